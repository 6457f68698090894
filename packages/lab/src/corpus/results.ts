/**
 * What the operations of a scenario came to, as state: two ways that led to the same file system
 * but to different answers are different states.
 *
 *     label   unbound ─▶ began ─▶ returned with a status, a number and perhaps bytes
 *     order   for pairs that a check asks about: had `earlier` returned when `later` began?
 *
 * Only what some check reads is kept, so that nothing else keeps states apart.
 */
import { IntColumn, NumberColumn } from '@daxsim/sim';
import { ERRNO_NAMES } from '@daxsim/daxfs';
import { NOTHING, OK } from './checks/values.js';
import type { StateSpace } from '@daxsim/sim';
import type { Mentions } from './checks/syntax.js';
import type { Value } from './checks/values.js';
import type { ResultKind } from './calls.js';

/** How a result is kept: 1 success, −1 and −2 signals, else 2 + the error number. */
const Status = { Unbound: 0, Ok: 1, Errno: 2, Bus: -1, Poison: -2 } as const;

/** A label: what its operation answers. */
export interface LabelShape {
  readonly name: string;
  readonly result: ResultKind;
  readonly asked: number;
}

/** How an operation ended. */
export interface OperationEnd {
  readonly errno: number;
  /** A signal came; at the offset `result` of its mapping. */
  readonly signal: 'none' | 'bus' | 'poison';
  readonly result: number;
}

export class Results {
  private readonly statuses: IntColumn;
  private readonly numbers: NumberColumn;
  private readonly words: IntColumn;
  /** Per label: 1 began, 2 returned. */
  private readonly moments: IntColumn;
  private readonly orders: IntColumn;
  private readonly indexes = new Map<string, number>();
  private readonly firstWords: number[] = [];

  constructor(
    space: StateSpace,
    private readonly labels: readonly LabelShape[],
    private readonly mentions: Mentions,
  ) {
    this.statuses = new IntColumn(space, 'results.status');
    this.numbers = new NumberColumn(space, 'results.number');
    this.words = new IntColumn(space, 'results.bytes');
    this.moments = new IntColumn(space, 'results.moments');
    this.orders = new IntColumn(space, 'results.orders');
    let words = 0;
    for (const [index, label] of labels.entries()) {
      this.indexes.set(label.name, index);
      this.firstWords.push(words);
      if (label.result === 'bytes') words += Math.ceil(label.asked / 4);
    }
  }

  began(label: string): void {
    const index = this.indexes.get(label) ?? -1;
    if (this.mentions.moments.has(label)) this.moments.set(index, this.moments.get(index) | 1);
    for (const [other, at] of this.indexes) {
      if (!this.mentions.orders.has(`${label},${other}`) || !this.isDone(other)) continue;
      this.orders.set(index * this.labels.length + at, 1);
    }
  }

  /** A byte that an operation with bytes for its result has read. */
  saw(label: string, at: number, byte: number): void {
    if (!this.mentions.labels.has(label)) return;
    const word = (this.firstWords[this.indexes.get(label) ?? 0] ?? 0) + (at >>> 2);
    const shift = (at & 3) * 8;
    this.words.set(word, (this.words.get(word) & ~(255 << shift)) | (byte << shift));
  }

  returned(label: string): void {
    if (!this.mentions.moments.has(label)) return;
    const index = this.indexes.get(label) ?? -1;
    this.moments.set(index, this.moments.get(index) | 2);
  }

  answered(label: string, end: OperationEnd): void {
    const index = this.indexes.get(label) ?? -1;
    if (!this.mentions.labels.has(label)) return;
    if (end.signal !== 'none') {
      this.statuses.set(index, end.signal === 'bus' ? Status.Bus : Status.Poison);
    } else this.statuses.set(index, end.errno === 0 ? Status.Ok : Status.Errno + end.errno);
    this.numbers.set(index, end.result);
  }

  isDone(label: string): boolean {
    return (this.moments.get(this.indexes.get(label) ?? -1) & 2) !== 0;
  }

  isStarted(label: string): boolean {
    return this.moments.get(this.indexes.get(label) ?? -1) !== 0;
  }

  isAfter(later: string, earlier: string): boolean {
    const index = this.indexes.get(later) ?? -1;
    const at = this.indexes.get(earlier) ?? -1;
    return this.orders.get(index * this.labels.length + at) !== 0;
  }

  value(label: string): Value {
    const index = this.indexes.get(label) ?? -1;
    const shape = this.labels[index];
    const status = this.statuses.get(index);
    if (shape === undefined || status === Status.Unbound) return NOTHING;
    const number = this.numbers.get(index);
    if (status < 0) return { kind: 'signal', isPoison: status === Status.Poison, offset: number };
    if (status !== Status.Ok) {
      return { kind: 'errno', name: ERRNO_NAMES.get(status - Status.Errno) ?? 'unknown' };
    }
    if (shape.result === 'status') return OK;
    if (shape.result === 'count') return { kind: 'count', value: number, asked: shape.asked };
    return { kind: 'bytes', bytes: this.bytes(index, number), asked: shape.asked };
  }

  /** All that is kept, in order: equal texts mean equal results. */
  fingerprint(): string {
    const parts: number[] = [];
    for (let i = 0; i < this.labels.length; i += 1) {
      parts.push(this.statuses.get(i), this.numbers.get(i), this.moments.get(i));
      for (let j = 0; j < this.labels.length; j += 1) {
        parts.push(this.orders.get(i * this.labels.length + j));
      }
    }
    return parts.join(' ');
  }

  /** Continues in another space with what there is in this one. */
  copyInto(other: Results): void {
    const count = this.labels.length;
    const last = this.labels[count - 1];
    const words = (this.firstWords[count - 1] ?? 0) + Math.ceil((last?.asked ?? 0) / 4);
    for (let i = 0; i < count; i += 1) {
      other.statuses.set(i, this.statuses.get(i));
      other.numbers.set(i, this.numbers.get(i));
      other.moments.set(i, this.moments.get(i));
    }
    for (let i = 0; i < count * count; i += 1) other.orders.set(i, this.orders.get(i));
    for (let i = 0; i < words; i += 1) {
      if (this.words.get(i) !== 0) other.words.set(i, this.words.get(i));
    }
  }

  private bytes(index: number, count: number): Uint8Array {
    const first = this.firstWords[index] ?? 0;
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i += 1) {
      bytes[i] = this.words.get(first + (i >>> 2)) >>> ((i & 3) * 8);
    }
    return bytes;
  }
}
