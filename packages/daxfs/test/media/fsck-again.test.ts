/**
 * fsck of what differs finds what fsck of everything finds: after random changes, and for random
 * damage to an image that was sound.
 *
 *     change ─▶ lines that differ ─▶ the same findings?      damage ─▶ the same? ─▶ mended ─▶ none
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Fsck, fsck } from '../../src/media/fsck.js';
import { LineList } from '../../src/media/line-list.js';
import { RepeatedImage } from '../../src/media/repeated-image.js';
import { FILL, MediaFixture } from './media-fixture.js';
import { blockWriter } from './crash-fixture.js';
import { change, makeChange } from './random-metadata.js';
import type { Change } from './random-metadata.js';

const BLOCKS = 120;
const FILL_WORD = Math.imul(FILL, 0x01010101);
const LINE_WORDS = 16;
/** Of blocks of names and trees. */
const MAGICS: readonly number[] = [0x44584144, 0x54584144];
/** Words of an inode that say nothing to fsck: generation, owners, stamps, what attributes hold. */
const UNREAD: readonly number[] = [1, 4, 5, 10, 11, 12, 13, 14, 15];
const EXTENTS_AT = 20;

/** A word that becomes another: one that stands elsewhere, one more, or with a bit turned. */
interface Damage {
  readonly place: number;
  readonly kind: number;
  readonly other: number;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  place: fc.nat({ max: 1e6 }),
  kind: fc.nat({ max: 2 }),
  other: fc.nat({ max: 1e6 }),
});
const step = fc.record({
  changes: fc.array(change, { maxLength: 3 }),
  damage: fc.array(damage, { minLength: 4, maxLength: 12 }),
});

class Checked {
  readonly fixture = new MediaFixture(BLOCKS);
  found = 0;
  private readonly check: Fsck;
  private readonly write = blockWriter(this.fixture.memory);
  /** Of all blocks behind the log. */
  private readonly words: Int32Array;
  private readonly now: Int32Array;
  private readonly first: number;
  private telling: readonly number[] = [];

  constructor() {
    const { memory, volume } = this.fixture;
    this.check = new Fsck(memory, new RepeatedImage(memory, volume.geometry));
    expect(this.check.run()).toEqual([]);
    this.first = volume.geometry.inodeBitmapFirstBlock * 1024;
    this.words = new Int32Array(BLOCKS * 1024 - this.first);
    this.now = this.words.slice();
    memory.peekWords(this.first * 4, this.words, 0, this.words.length);
  }

  change(one: Change): void {
    makeChange(this.fixture.volume, one, 1000, this.write);
  }

  /** Checks what differs since the last time. */
  compareAll(): void {
    const { words, now } = this;
    this.fixture.memory.peekWords(this.first * 4, now, 0, now.length);
    const lines = new LineList();
    for (let word = 0; word < words.length; word += 1) {
      if (now[word] === words[word]) continue;
      lines.add((this.first + word) >>> 4);
      word |= LINE_WORDS - 1;
    }
    words.set(now);
    this.compare(lines);
    this.telling = this.tellingWords();
  }

  /** Damages a word that says something, and mends it again. */
  damage({ place, kind, other }: Damage): void {
    const { memory } = this.fixture;
    const { words, telling } = this;
    const at = telling[place % telling.length];
    const before = words[at];
    const values = [words[telling[other % telling.length]], before + 1, before ^ (1 << other)];
    const word = this.first + at;
    const lines = new LineList();
    lines.add(word >>> 4);
    memory.poke32(word * 4, values[kind]);
    this.compare(lines);
    memory.poke32(word * 4, before);
    this.compare(lines);
  }

  /** Both ways to check what the memory holds now. */
  private compare(lines: LineList): void {
    const problems = this.check.run({ isAll: false, lines });
    expect(problems).toEqual(fsck(this.fixture.memory));
    if (problems.length > 0) this.found += 1;
  }

  /** Words that fsck looks at: of bitmaps, used inodes, names and trees. */
  private tellingWords(): readonly number[] {
    const { words, first } = this;
    const { geometry } = this.fixture.volume;
    const table = geometry.inodeFirstBlock * 1024 - first;
    const bitmap = geometry.blockBitmapFirstBlock * 1024 - first;
    const files = geometry.firstFileBlock * 1024 - first;
    const telling: number[] = [];
    for (let i = 0; i < words.length; i += 1) {
      // Behind the last block the bitmap is all ones.
      if (words[i] === 0 || words[i] === FILL_WORD || words[i] === -1) continue;
      if (i >= files && !MAGICS.includes(words[i - (i % 1024)])) continue;
      const at = i >= table && i < bitmap ? (i - table) % 128 : 0;
      const isTarget = at >= EXTENTS_AT && words[i] > BLOCKS;
      if (!isTarget && !UNREAD.includes(at)) telling.push(i);
    }
    return telling;
  }
}

test('what differs is found sound or wrong as everything is', () => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 8 }), (steps) => {
      const checked = new Checked();
      for (const { changes, damage: damages } of steps) {
        for (const one of changes) checked.change(one);
        checked.fixture.quiesce();
        checked.compareAll();
        for (const one of damages) checked.damage(one);
      }
      found += checked.found;
    }),
    { seed: 1, numRuns: 12 },
  );
  expect(found).toBeGreaterThan(60);
});
