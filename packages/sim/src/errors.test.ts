/** What a user reads when an input cannot be used, and units at their edges. */
import { describe, expect, test } from '@jest/globals';
import {
  ConfigError,
  InvariantError,
  TraceError,
  UserError,
  assert,
  nearestName,
} from './errors.js';
import { NEVER, checkedTicks, later, nsFromTicks, ticks, ticksFromNs } from './units.js';

describe('a user error', () => {
  test('says where, what was found, what is allowed, the nearest name, and shows the line', () => {
    const error = new ConfigError({
      where: 'cfg.yaml:3:10',
      found: 'unknown machine "optnae"',
      allowed: 'optane or dram',
      nearest: 'optane',
      excerpt: 'machine: optnae\n         ^',
    });
    expect(error.message).toBe(
      'cfg.yaml:3:10: unknown machine "optnae"; allowed: optane or dram; ' +
        'did you mean "optane"?\nmachine: optnae\n         ^',
    );
  });

  test('leaves out what there is nothing to say about', () => {
    const error = new TraceError({ where: 'a.log:7', found: 'no such action', allowed: '' });
    expect(error.message).toBe('a.log:7: no such action');
    expect(error.parts.where).toBe('a.log:7');
  });

  test('is told apart from our own errors by its class, and carries its name', () => {
    const ours = new InvariantError('broken');
    expect(ours).not.toBeInstanceOf(UserError);
    const parts = { where: 'x', found: 'y' };
    expect(new ConfigError(parts)).toBeInstanceOf(UserError);
    expect([new ConfigError(parts).name, new TraceError(parts).name, ours.name]).toEqual([
      'ConfigError',
      'TraceError',
      'InvariantError',
    ]);
  });
});

describe('the nearest name', () => {
  const valid = ['xfs-dax', 'ext4-dax', 'virtiofs-dax', 'lock'];
  test.each([
    ['xfs-dx', 'xfs-dax'],
    ['XFS-DAX', 'xfs-dax'],
    ['etx4-dax', 'ext4-dax'],
    ['virtofs-dax', 'virtiofs-dax'],
    ['lokc', 'lock'],
  ])('of %s is %s', (wrong, right) => {
    expect(nearestName(wrong, valid)).toBe(right);
  });

  test('is none when nothing is near', () => {
    expect(nearestName('zonefs', valid)).toBeUndefined();
    expect(nearestName('', [])).toBeUndefined();
  });

  test('of two equally near ones is the first', () => {
    expect(nearestName('ab', ['ac', 'ad'])).toBe('ac');
  });
});

test('assert throws our own error, and only when its condition does not hold', () => {
  expect(() => assert(true, 'fine')).not.toThrow();
  expect(() => assert(false, 'Wpq: no credit')).toThrow(InvariantError);
});

describe('ticks', () => {
  test('from outside are whole, not negative and at most 2^51', () => {
    expect(checkedTicks(2 ** 51)).toBe(2 ** 51);
    for (const bad of [-1, 0.5, 2 ** 51 + 1, NaN, Infinity]) {
      expect(() => checkedTicks(bad)).toThrow(InvariantError);
    }
  });

  test('are picoseconds: 0.3 ns is 300, and back', () => {
    expect(ticksFromNs(0.3)).toBe(300);
    expect(nsFromTicks(ticksFromNs(94.9))).toBe(94.9);
  });

  test('never is later than any time', () => {
    expect(later(ticks(2 ** 52), NEVER)).toBe(NEVER);
    expect(later(ticks(3), ticks(2))).toBe(3);
  });
});
