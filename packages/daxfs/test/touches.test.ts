/**
 * Declarations of steps are checked in every test of single operations (`Driver`); here: that every
 * arena has names, and the canary, a step whose declaration is wrong.
 */
import { expect, test } from '@jest/globals';
import { TouchCheck, describeUndeclared } from '@daxsim/sim';
import { touchNames } from '../src/index.js';
import { Driver } from './driver.js';

test('every arena of a file system can be declared by a name', () => {
  const { space, system } = new Driver();
  const { from, to } = system.interpreter.privateArenas;
  const namesOf = touchNames(system.world);
  const nameless: string[] = [];
  for (let arena = 0; arena < space.arenaCount; arena += 1) {
    if (arena >= from && arena < to) continue;
    if (namesOf(space.arenaName(arena), 0).length === 0) nameless.push(space.arenaName(arena));
  }
  // Give a new arena its names in touch-names.ts.
  expect(nameless).toEqual([]);
});

test('a step that declares less than it touches is named, with what to declare', () => {
  const driver = new Driver();
  const handle = driver.open('/f');
  const { interpreter, world } = driver.system;
  const check = new TouchCheck(driver.space, touchNames(world), interpreter.privateArenas);
  driver.space.watch = check;
  check.began('honest', ['handle']);
  world.handles.inode(handle);
  check.ended();
  expect(check.undeclared).toEqual([]);
  check.began('dishonest', ['size']);
  world.handles.inode(handle);
  check.ended();
  driver.space.watch = null;
  expect(check.undeclared.map(describeUndeclared)).toEqual([
    'step "dishonest" reads cell 0 of arena "handle" undeclared: ' +
      'declare "handle" beside [size]',
  ]);
});
