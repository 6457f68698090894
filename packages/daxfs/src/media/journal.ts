/**
 * The log: what is committed, what is durable, what is home.
 *
 *   ring      ┊ free ┊▓▓ home? ▓▓▓▓▓▓▓┊▒▒ in core only ▒▒┊ free ┊
 *                    ▲ tail           ▲ durable          ▲ head
 *             checkpointedSequence  durableSequence  committedSequence
 *
 * Positions count lines since mkfs or recovery and never wrap; a line's place in the ring is its
 * position modulo the ring's length. The whole ring has a mirror in core: commit writes there, a
 * force moves mirror lines to media, a checkpoint reads the records of durable ones back from it.
 * So a home unit always gets the value of a durable record, however much it changed since.
 *
 * Rules: records become durable in order; the tail moves only past records whose home units are
 * fenced; commit never finds the ring full, because steps ask `hasRoomFor` before they begin.
 */
import { IntColumn, NumberColumn, assert } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';
import { Checkpoint } from './checkpoint.js';
import type { SplitCommit } from './commit-rule.js';
import { InodeWord } from './inode-table.js';
import {
  BLOCK_UNITS,
  BYTES_PER_BLOCK,
  INODE_WORDS,
  LOG_HEAD_BLOCK,
  WORDS_PER_LINE,
} from './layout.js';
import type { Geometry } from './layout.js';
import {
  RECORD_HEAD_WORDS,
  RECORD_MAGIC,
  RUN_HEAD_WORDS,
  SEQUENCE_LIMIT,
  checksumEnd,
  checksumStart,
  checksumStep,
  recordLines,
  sequenceHigh,
  sequenceLow,
  sequenceOf,
  tailHighWord,
  tailRingLine,
} from './log-record.js';
import type { MediaMemory } from './media-memory.js';
import type { MetadataBlocks } from './metadata-blocks.js';
import type { JournalPort, LogNeed } from './volume.js';

/** Told when sequences get further; busy blocks wait for it. */
export interface LogWatcher {
  durable(sequence: number): void;
  checkpointed(sequence: number): void;
}

/** What a record is to hold. */
interface RecordUnits {
  readonly keys: Float64Array;
  /** Two words per unit; null for the present ones. */
  readonly values: Float64Array | null;
  readonly lines: number;
  readonly count: number;
}

/** Cells of the `log` column. */
const Cell = {
  committed: 0,
  durable: 1,
  checkpointed: 2,
  headPosition: 3,
  durablePosition: 4,
  tailPosition: 5,
} as const;

/** Most lines per `LogNeed`; the property test of the volume holds every commit against it. */
const NEED_LINES = [8, 768, 1280, 2560, 1280] as const;

const LINE_BYTES = WORDS_PER_LINE * 4;

export class Journal implements JournalPort {
  /** As a defect: how transactions become records; null for one with everything. */
  split: SplitCommit | null = null;
  /** As a defect: checksums are made before extents are filled in. */
  sumsExtents = true;
  lastLines = 0;
  planFirstLine = 0;
  readonly tailAddress = LOG_HEAD_BLOCK * BYTES_PER_BLOCK;

  private readonly state: NumberColumn;
  private readonly ring: IntColumn;
  private readonly checkpoint: Checkpoint;
  private readonly ringWords: number;
  private readonly ringAddress: number;

  constructor(
    space: StateSpace,
    private readonly geometry: Geometry,
    private readonly metadata: MetadataBlocks,
    private readonly watcher: LogWatcher,
  ) {
    this.state = new NumberColumn(space, 'log');
    this.ring = new IntColumn(space, 'logRing');
    this.ringWords = geometry.logLines * WORDS_PER_LINE;
    this.ringAddress = geometry.logFirstBlock * BYTES_PER_BLOCK;
    this.checkpoint = new Checkpoint(space, this.ring, this.ringWords);
  }

  /** Reads where the log, which is empty, goes on. */
  load(memory: MediaMemory): void {
    const low = memory.peek32(this.tailAddress);
    const high = memory.peek32(this.tailAddress + 4);
    const last = sequenceOf(low, high) - 1;
    for (const cell of [Cell.committed, Cell.durable, Cell.checkpointed])
      this.state.set(cell, last);
    const position = tailRingLine(high);
    for (const cell of [Cell.headPosition, Cell.durablePosition, Cell.tailPosition]) {
      this.state.set(cell, position);
    }
  }

  get committedSequence(): number {
    return this.state.get(Cell.committed);
  }

  get durableSequence(): number {
    return this.state.get(Cell.durable);
  }

  get checkpointedSequence(): number {
    return this.state.get(Cell.checkpointed);
  }

  spaceLines(): number {
    const used = this.state.get(Cell.headPosition) - this.state.get(Cell.tailPosition);
    return this.ringWords / WORDS_PER_LINE - used;
  }

  /** Whether the live records go over the end of the ring. */
  hasWrapped(): boolean {
    const last = this.state.get(Cell.headPosition) - 1;
    return this.wordAt(last) < this.wordAt(this.state.get(Cell.tailPosition));
  }

  needLines(kind: LogNeed): number {
    return NEED_LINES[kind];
  }

  hasRoomFor(kind: LogNeed): boolean {
    return this.spaceLines() >= NEED_LINES[kind];
  }

  /** Writes the touched units as a record into the mirror; answers its sequence. */
  commit(): number {
    const count = this.metadata.touchedCount;
    if (count === 0) return this.committedSequence;
    const { touched } = this.metadata;
    sortKeys(touched, count);
    if (this.split === null) return this.append(touched, count, null);
    let lines = 0;
    for (const { keys, values } of this.split.partsOf(touched, count, this.committedSequence + 1)) {
      this.append(keys, keys.length, values);
      lines += this.lastLines;
    }
    this.lastLines = lines;
    return this.committedSequence;
  }

  /** Writes a record of units, with their present values if there are no others. */
  private append(keys: Float64Array, count: number, values: Float64Array | null): number {
    const sequence = this.committedSequence + 1;
    assert(sequence < SEQUENCE_LIMIT, 'Journal: out of sequence numbers');
    const position = this.state.get(Cell.headPosition);
    const start = this.wordAt(position);
    const runWords = runWordsOf(keys, count);
    const lines = recordLines(runWords);
    assert(lines <= this.spaceLines(), 'Journal: commit into a full ring');
    this.writeRecord(start, sequence, runWords, { keys, values, lines, count });
    this.state.set(Cell.committed, sequence);
    this.state.set(Cell.headPosition, position + lines);
    this.lastLines = lines;
    return sequence;
  }

  planForce(upTo: number): number {
    assert(upTo <= this.committedSequence, 'Journal: force beyond the last commit');
    this.planFirstLine = this.state.get(Cell.durablePosition);
    return this.positionAfter(upTo) - this.planFirstLine;
  }

  lineAddress(position: number): number {
    return this.ringAddress + (this.wordAt(position) / WORDS_PER_LINE) * LINE_BYTES;
  }

  lineInto(position: number, words: Int32Array): void {
    const from = this.wordAt(position);
    for (let i = 0; i < WORDS_PER_LINE; i += 1) words[i] = this.ring.get(from + i);
  }

  forceDone(upTo: number): void {
    assert(upTo <= this.committedSequence, 'Journal: forced beyond the last commit');
    if (upTo <= this.durableSequence) return;
    this.state.set(Cell.durablePosition, this.positionAfter(upTo));
    this.state.set(Cell.durable, upTo);
    this.watcher.durable(upTo);
  }

  planCheckpoint(maxRecords: number): number {
    const from = this.checkpointedSequence;
    const upTo = Math.min(this.durableSequence, from + maxRecords);
    return this.checkpoint.plan(this.state.get(Cell.tailPosition), from, upTo);
  }

  homeAddress(index: number): number {
    return this.checkpoint.address(index);
  }

  homeMask(index: number): number {
    return this.checkpoint.mask(index);
  }

  homeInto(index: number, words: Int32Array): void {
    this.checkpoint.wordsInto(index, words);
  }

  tailLow(): number {
    return sequenceLow(this.checkpoint.upTo + 1);
  }

  tailHigh(): number {
    const ringLine = this.wordAt(this.checkpoint.endPosition) / WORDS_PER_LINE;
    return tailHighWord(ringLine, this.checkpoint.upTo + 1);
  }

  checkpointDone(): void {
    const upTo = this.checkpoint.upTo;
    assert(upTo > this.checkpointedSequence, 'Journal: no checkpoint was planned');
    this.state.set(Cell.checkpointed, upTo);
    this.state.set(Cell.tailPosition, this.checkpoint.endPosition);
    this.checkpoint.clear();
    this.watcher.checkpointed(upTo);
  }

  private wordAt(position: number): number {
    return (position * WORDS_PER_LINE) % this.ringWords;
  }

  /** Walks the records that are not durable; each is walked once per force. */
  private positionAfter(upTo: number): number {
    if (upTo === this.committedSequence) return this.state.get(Cell.headPosition);
    let position = this.state.get(Cell.durablePosition);
    for (let sequence = this.durableSequence; sequence < upTo; sequence += 1) {
      position += recordLines(this.ring.get(this.wordAt(position) + 2) >>> 8);
    }
    return position;
  }

  private writeRecord(start: number, sequence: number, runWords: number, units: RecordUnits): void {
    const second = sequenceLow(sequence);
    const third = sequenceHigh(sequence) | (runWords << 8);
    this.ring.set(start, RECORD_MAGIC);
    this.ring.set(start + 1, second);
    this.ring.set(start + 2, third);
    let sum = checksumStep(checksumStep(checksumStart(), RECORD_MAGIC), second);
    sum = checksumStep(sum, third);
    this.ring.set(start + 3, checksumEnd(this.writeRuns(start, units, sum)));
  }

  /** Writes the runs of neighbouring units and pads the last line; answers the running checksum. */
  private writeRuns(start: number, units: RecordUnits, headSum: number): number {
    const { keys, values, lines, count } = units;
    let sum = headSum;
    let to = start + RECORD_HEAD_WORDS;
    for (let i = 0; i < count;) {
      let end = i + 1;
      while (end < count && continues(keys, end)) end += 1;
      const block = Math.floor(keys[i] / BLOCK_UNITS);
      const unit = keys[i] - block * BLOCK_UNITS;
      sum = this.put(to, block, sum);
      sum = this.put(to + 1, unit | ((end - i) << 16), sum);
      to += RUN_HEAD_WORDS;
      const handle = this.metadata.at(block);
      for (let word = unit * 2; i < end; i += 1, word += 2, to += 2) {
        const low = values === null ? this.metadata.get(handle, word) : values[i * 2];
        const high = values === null ? this.metadata.get(handle, word + 1) : values[i * 2 + 1];
        const after = this.put(to + 1, high, this.put(to, low, sum));
        sum = this.sumsExtents || !this.isExtent(block, word) ? after : sum;
      }
    }
    for (const end = start + lines * WORDS_PER_LINE; to < end; to += 1) this.put(to, 0, 0);
    return sum;
  }

  private isExtent(block: number, word: number): boolean {
    const { inodeFirstBlock, inodeBlocks } = this.geometry;
    const isInode = block >= inodeFirstBlock && block < inodeFirstBlock + inodeBlocks;
    return isInode && word % INODE_WORDS >= InodeWord.root;
  }

  private put(word: number, value: number, sum: number): number {
    this.ring.set(word < this.ringWords ? word : word - this.ringWords, value);
    return checksumStep(sum, value);
  }
}

/** Whether the unit at `index` follows the one before in the same block. */
function continues(keys: Float64Array, index: number): boolean {
  return keys[index] === keys[index - 1] + 1 && keys[index] % BLOCK_UNITS !== 0;
}

function runWordsOf(keys: Float64Array, count: number): number {
  let words = count * 2;
  for (let i = 0; i < count; i += 1) if (i === 0 || !continues(keys, i)) words += RUN_HEAD_WORDS;
  return words;
}

/** Ascending. Touched units come nearly sorted and are few: insertion beats a call to sort. */
function sortKeys(keys: Float64Array, count: number): void {
  if (count > 64) {
    keys.subarray(0, count).sort();
    return;
  }
  for (let i = 1; i < count; i += 1) {
    const key = keys[i];
    let at = i;
    while (at > 0 && keys[at - 1] > key) {
      keys[at] = keys[at - 1];
      at -= 1;
    }
    keys[at] = key;
  }
}
