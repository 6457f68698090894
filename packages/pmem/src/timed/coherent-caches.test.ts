/**
 * Copies of lines in several caches: one writer or many readers, and a table that says the truth.
 */
import { Prng } from '@daxsim/sim';
import { describe, expect, test } from '@jest/globals';
import { Removed } from './cache-level.js';
import { Caches, Found } from './caches.js';
import { CoherentCaches } from './coherent-caches.js';

const SMALL = { capacityBytes: 64 * 4, ways: 2 };
const LARGE = { capacityBytes: 64 * 16, ways: 4 };

function caches(sockets: readonly number[]): CoherentCaches {
  return new CoherentCaches(sockets, SMALL, SMALL, LARGE, 1 << 20);
}

/** What of the rules does not hold of a line. */
function broken({ copies }: CoherentCaches, sockets: readonly number[], line: number): string[] {
  const slot = copies.find(line);
  if (slot < 0) return [];
  const found: string[] = [];
  const llcs = copies.llcs[slot];
  const holders = sockets.map((_, core) => core).filter((core) => copies.has(slot, core));
  const places = new Set(holders.map((core) => sockets[core]));
  if (llcs !== 0) [0, 1].filter((s) => ((llcs >>> s) & 1) === 1).forEach((s) => places.add(s));
  if (holders.length !== copies.holders[slot]) found.push('holders are not counted');
  if (holders.length === 0 && llcs === 0) found.push('nobody has it, and it is known');
  if (copies.isOwned[slot] === 1 && (holders.length !== 1 || llcs !== 0)) {
    found.push('owned, and elsewhere');
  }
  if (copies.isDirty[slot] === 1 && copies.isOwned[slot] === 0 && llcs === 0) {
    found.push('dirty nowhere');
  }
  if (copies.isDirty[slot] === 1 && places.size > 1) found.push('dirty, and on two sockets');
  const forward = copies.forward[slot];
  if (forward >= 0 && !holders.includes(forward)) found.push('who answers does not have it');
  if (forward >= 0 && ((llcs >>> sockets[forward]) & 1) === 1) found.push('two answer');
  return found;
}

/** Takes everything out of the caches; answers where tags and table differ. */
function differences(found: CoherentCaches, lines: number): string[] {
  const different: string[] = [];
  for (let line = 0; line < lines; line += 1) {
    const slot = found.copies.find(line);
    found.l1.forEach((l1, core) => {
      const isIn = [l1, found.l2[core]].map((level) => level.remove(line) !== Removed.Absent);
      const count = isIn.filter(Boolean).length;
      const said = slot >= 0 && found.copies.has(slot, core) ? 1 : 0;
      if (count !== said) different.push(`line ${line}, core ${core}: ${count}, said ${said}`);
    });
    found.llc.forEach((llc, socket) => {
      const isIn = llc.remove(line) !== Removed.Absent;
      const said = slot >= 0 && ((found.copies.llcs[slot] >>> socket) & 1) === 1;
      if (isIn !== said) different.push(`line ${line}, LLC ${socket}: ${String(isIn)}`);
    });
  }
  return different;
}

describe('one core reads, then', () => {
  const [A, B, C] = [0, 1, 2];
  const read = (): CoherentCaches => {
    const found = caches([0, 0, 0]);
    expect(found.use(A, 7, false)).toBe(Found.Memory);
    return found;
  };

  test('writes without asking, as nobody else has it', () => {
    expect(read().use(A, 7, true)).toBe(Found.L1);
  });

  test('another reads: it is forwarded, and both keep it', () => {
    const found = read();
    expect(found.use(B, 7, false)).toBe(Found.OtherClean);
    expect([found.use(A, 7, false), found.use(B, 7, false)]).toEqual([Found.L1, Found.L1]);
  });

  test('writes when others have read: it must ask, and they lose it', () => {
    const found = read();
    found.use(B, 7, false);
    found.use(C, 7, false);
    expect(found.use(A, 7, true)).toBe(Found.Upgrade);
    expect(found.invalidated).toBe(2);
    expect(found.use(B, 7, false)).toBe(Found.OtherCore);
  });

  test('writes: who reads finds it modified, who reads after that finds it in the LLC', () => {
    const found = read();
    found.use(A, 7, true);
    expect(found.use(B, 7, false)).toBe(Found.OtherCore);
    expect(found.use(C, 7, false)).toBe(Found.Llc);
    expect(found.isKeptByLlc).toBe(true);
    expect(found.flush(7, false)).toBe(true);
    expect(found.flush(7, false)).toBe(false);
  });

  test('another writes: it moves, dirty or not, and the LLC does not get it', () => {
    const found = read();
    expect(found.use(B, 7, true)).toBe(Found.OtherClean);
    expect(found.use(A, 7, true)).toBe(Found.OtherCore);
    expect(found.copies.llcs[found.copies.find(7)]).toBe(0);
  });
});

test('a line that the other socket modified comes from there, and goes to memory', () => {
  const found = caches([0, 1]);
  found.use(0, 7, true);
  expect(found.use(1, 7, false)).toBe(Found.OtherSocket);
  expect(found.writtenBack).toBe(7);
  expect(found.flush(7, false)).toBe(false);
});

test('one core alone finds and loses what it does without states', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const prng = new Prng(seed);
    const plain = new Caches(1, SMALL, SMALL, LARGE, 1 << 20);
    const states = caches([0]);
    let same = true;
    for (let i = 0; i < 2000; i += 1) {
      const line = prng.below(48);
      if (prng.below(8) === 0) {
        const drops = prng.below(2) === 0;
        same &&= states.flush(line, drops) === plain.flush(line, drops);
      } else {
        const writes = prng.below(3) === 0;
        same &&= states.use(0, line, writes) === plain.use(0, line, writes);
        same &&= states.writtenBack === plain.writtenBack;
      }
    }
    expect({ seed, same }).toEqual({ seed, same: true });
  }
});

test.each([[[0, 0]], [[0, 1]], [[0, 0, 0, 0, 0]], [[0, 1, 1, 0, 1, 0]]])(
  'whatever cores on sockets %j do: one writer or many readers, and the table is right',
  (sockets) => {
    for (let seed = 1; seed <= 8; seed += 1) {
      const prng = new Prng(seed);
      const found = caches(sockets);
      const lines = 8 + prng.below(60);
      const wrong: string[] = [];
      for (let i = 0; i < 1500; i += 1) {
        const line = prng.below(lines);
        if (prng.below(10) === 0) found.flush(line, prng.below(2) === 0);
        else found.use(prng.below(sockets.length), line, prng.below(3) === 0);
        wrong.push(...broken(found, sockets, line));
        if (i % 50 > 0) continue;
        for (const each of found.copies.lines()) wrong.push(...broken(found, sockets, each));
      }
      expect(wrong).toEqual([]);
      expect(differences(found, lines)).toEqual([]);
    }
  },
);
