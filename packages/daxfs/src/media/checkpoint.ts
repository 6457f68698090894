/**
 * A checkpoint: the home lines that the oldest durable records ask for.
 *
 *   records  5{a=1 b=2}  6{a=3}  7{c=4}   ──▶   home lines  {a=3 b=2 …}  {c=4 …}
 *
 * Within one checkpoint a unit is written once, with the value of the last record that has it: the
 * tail passes all of them together, so that a crash in between replays all of them again.
 *
 * The plan is state, because its lines are asked for one by one while other tasks run.
 */
import { IntColumn, IntTable, NumberColumn } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';
import { BLOCK_UNITS, UNIT_BYTES, WORDS_PER_LINE } from './layout.js';
import { RECORD_HEAD_WORDS, RUN_HEAD_WORDS, recordLines } from './log-record.js';

const Cell = { lines: 0, upTo: 1, endPosition: 2 } as const;
const UNITS_PER_LINE = 8;

export class Checkpoint {
  private readonly state: NumberColumn;
  private readonly addresses: NumberColumn;
  private readonly masks: IntColumn;
  private readonly words: IntColumn;

  constructor(
    space: StateSpace,
    private readonly ring: IntColumn,
    private readonly ringWords: number,
  ) {
    this.state = new NumberColumn(space, 'checkpoint');
    this.addresses = new NumberColumn(space, 'checkpointAddresses');
    this.masks = new IntColumn(space, 'checkpointMasks');
    this.words = new IntColumn(space, 'checkpointWords');
  }

  /** Last sequence of the plan. */
  get upTo(): number {
    return this.state.get(Cell.upTo);
  }

  /** Log position after its last record. */
  get endPosition(): number {
    return this.state.get(Cell.endPosition);
  }

  address(index: number): number {
    return this.addresses.get(index);
  }

  mask(index: number): number {
    return this.masks.get(index);
  }

  wordsInto(index: number, words: Int32Array): void {
    for (let i = 0; i < WORDS_PER_LINE; i += 1) words[i] = this.words.get(index * 16 + i);
  }

  /** Plans the records after `from` to `upTo`, which begin at `position`; answers the lines. */
  plan(position: number, from: number, upTo: number): number {
    this.clear();
    if (upTo <= from) return 0;
    const lastWord = new IntTable();
    let at = position;
    for (let sequence = from; sequence < upTo; sequence += 1) {
      const start = (at * WORDS_PER_LINE) % this.ringWords;
      const runWords = this.ring.get(start + 2) >>> 8;
      this.collect(start + RECORD_HEAD_WORDS, runWords, lastWord);
      at += recordLines(runWords);
    }
    this.state.set(Cell.upTo, upTo);
    this.state.set(Cell.endPosition, at);
    return this.fill(lastWord);
  }

  clear(): void {
    const lines = this.state.get(Cell.lines);
    for (let i = 0; i < lines; i += 1) {
      this.addresses.set(i, 0);
      this.masks.set(i, 0);
    }
    for (let i = 0; i < lines * WORDS_PER_LINE; i += 1) this.words.set(i, 0);
    this.state.set(Cell.lines, 0);
  }

  /** Notes for each unit of a record where its words are in the ring; later records win. */
  private collect(from: number, runWords: number, lastWord: IntTable): void {
    for (let at = from, end = from + runWords; at < end;) {
      const block = this.ringWord(at);
      const run = this.ringWord(at + 1);
      at += RUN_HEAD_WORDS;
      const first = block * BLOCK_UNITS + (run & 0xffff);
      for (let i = 0; i < run >>> 16; i += 1, at += 2) {
        lastWord.set(first + i, at + 1);
      }
    }
  }

  private fill(lastWord: IntTable): number {
    let lines = 0;
    let lineOf = -1;
    for (const key of lastWord.keys()) {
      const unit = key % UNITS_PER_LINE;
      if (key - unit !== lineOf) {
        lineOf = key - unit;
        this.addresses.set(lines, lineOf * UNIT_BYTES);
        lines += 1;
      }
      const index = lines - 1;
      const from = lastWord.get(key) - 1;
      this.masks.set(index, this.masks.get(index) | (1 << unit));
      this.words.set(index * WORDS_PER_LINE + unit * 2, this.ringWord(from));
      this.words.set(index * WORDS_PER_LINE + unit * 2 + 1, this.ringWord(from + 1));
    }
    this.state.set(Cell.lines, lines);
    return lines;
  }

  private ringWord(word: number): number {
    return this.ring.get(word < this.ringWords ? word : word - this.ringWords);
  }
}
