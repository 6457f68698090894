/** What operations cost without the memory: sums that DESIGN.md tells. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { Ran, StateSpace, TICKS_PER_NS, assert } from '@daxsim/sim';
import { createUntimedMemory } from '@daxsim/pmem';
import { parse } from 'yaml';
import {
  MapFlag,
  OpenFlag,
  R,
  createSystem,
  fileSystemConfig,
  mkfs,
  resolveFileSystem,
} from '../src/index.js';
import type { RegisterName, System } from '../src/index.js';

const path = fileURLToPath(
  new URL('../../../../configs/filesystems/xfs-dax.yaml', import.meta.url),
);
const CAPACITY_BYTES = 16 * 1024 * 1024;
const PAGE = 4096;

function timedSystem(): System {
  const config = fileSystemConfig.parse(parse(readFileSync(path, 'utf8')));
  const choice = resolveFileSystem('xfs-dax', config);
  const space = new StateSpace();
  const memory = createUntimedMemory(space, CAPACITY_BYTES, 'adr');
  mkfs(memory, {
    capacityBytes: CAPACITY_BYTES,
    logBytes: 512 * 1024,
    inodes: 64,
    stripeBlocks: 0,
    seed: 1,
    label: 'test',
  });
  return createSystem({ ...choice, memory, space, taskCapacity: 1 });
}

/** Nanoseconds that an operation takes on a memory that costs nothing. */
function cost(system: System, recipe: string, args: { readonly [n in RegisterName]?: number }) {
  const { interpreter, set } = system;
  const program = set.programByName.get(recipe);
  assert(program !== undefined, 'no such recipe');
  const frame = interpreter.begin(0, program);
  for (const [name, value] of Object.entries(args)) frame.set(R[name as RegisterName], value);
  const start = interpreter.clock[0];
  let ran: number = Ran.On;
  while (ran === Ran.On) ran = interpreter.execute(0, Infinity);
  interpreter.end(0);
  return (interpreter.clock[0] - start) / TICKS_PER_NS;
}

function withFile(): System {
  const system = timedSystem();
  const flags = OpenFlag.ReadWrite | OpenFlag.Create;
  cost(system, 'open', { path: system.world.paths.idOf('/a'), flags, mode: 0o644, handle: 1 });
  cost(system, 'write', { handle: 1, length: 8 * PAGE, source: 1 });
  return system;
}

test('a read of 4 KiB is the sum of its parts', () => {
  const parts = 250 + 120 + 10 + 180 + 60 + 60 + 40 + 40;
  const locks = 6 * 5;
  expect(cost(withFile(), 'read', { handle: 1, length: PAGE })).toBe(parts + locks);
});

test('a second extent costs a read one more lookup and step of the loop', () => {
  const system = withFile();
  const hole = { handle: 1, offset: 16 * PAGE, length: PAGE };
  cost(system, 'ftruncate', { handle: 1, length: 17 * PAGE });
  const reading = { handle: 1, offset: 7 * PAGE, length: PAGE };
  const whole = cost(system, 'read', { ...reading, length: 2 * PAGE });
  // One page of zeros is cleared in the caller's buffer.
  expect(whole - cost(system, 'read', reading)).toBe(180 + 60 + 10 + 60);
  expect(cost(system, 'read', hole)).toBe(cost(system, 'read', reading) + 60);
});

test('a store to a page costs its fault, the first of 2 MiB two vain attempts more', () => {
  const system = withFile();
  const flags = MapFlag.Read | MapFlag.Write | MapFlag.Shared;
  cost(system, 'mmap', { mapping: 1, mm: 1, handle: 1, length: 8 * PAGE, flags });
  const store = { mapping: 1, mm: 1, offset: 100, length: 8, source: 2 };
  const parts = 700 + 60 + 100 + 90 + 350 + 160 + 220;
  const locks = 5 * 10;
  // 1 GiB and 2 MiB: stamp, check and the locks of both.
  const attempts = 2 * (60 + 100 + 2 * 10);
  expect(cost(system, 'store', store)).toBe(parts + locks + attempts);
  expect(cost(system, 'store', store)).toBe(0);
  expect(cost(system, 'store', { ...store, offset: 3 * PAGE })).toBe(parts + locks);
});

test('fsync of a clean file is a call and a fence, of a written one a log force', () => {
  const system = withFile();
  const force = cost(system, 'fsync', { handle: 1 });
  const clean = cost(system, 'fsync', { handle: 1 });
  expect(force - clean).toBe(5000 + 1500 + 2 * 5);
});
