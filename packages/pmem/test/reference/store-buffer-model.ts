/**
 * Reference: the store buffer of one core, a queue that stores leave in order, and a process that
 * finds them fill buffers.
 */
import { Signal, type Process } from './kernel.js';

export interface StoreEntry {
  readonly line: number;
  readonly from: number;
  readonly to: number;
  isFilled: boolean;
  readonly filled: Signal;
  isOut: boolean;
  readonly out: Signal;
  /** Takes the fill buffers that the store needs; null: it needs none. */
  readonly post: ((entry: StoreEntry) => Process) | null;
}

export class StoreBufferModel {
  /** Oldest first. */
  readonly entries: StoreEntry[] = [];
  /** Those that wait for a fill buffer. */
  readonly waiting: StoreEntry[] = [];
  readonly posted = new Signal();
  readonly left = new Signal();
  private readonly queued = new Signal();

  constructor(readonly size: number) {}

  push(line: number, from: number, to: number, post: StoreEntry['post']): StoreEntry {
    const entry = {
      line,
      from,
      to,
      isFilled: false,
      filled: new Signal(),
      isOut: false,
      out: new Signal(),
      post,
    };
    this.entries.push(entry);
    if (post !== null) {
      this.waiting.push(entry);
      this.queued.fire();
    }
    return entry;
  }

  *drain(): Process {
    for (;;) {
      while (this.waiting.length === 0) yield this.queued;
      const entry = this.waiting[0];
      if (entry.post !== null) yield* entry.post(entry);
      this.waiting.shift();
      this.posted.fire();
    }
  }

  /** The entry's line is there: it leaves, unless an older one has to. */
  fill(entry: StoreEntry): void {
    entry.isFilled = true;
    entry.filled.fire();
    while (this.entries.length > 0 && this.entries[0].isFilled) {
      const [first] = this.entries.splice(0, 1);
      first.isOut = true;
      first.out.fire();
      this.left.fire();
    }
  }

  /** The youngest entry that a write of the line has to let go first; of those older than one. */
  holder(line: number, than?: StoreEntry): StoreEntry | undefined {
    const end = than === undefined ? this.entries.length : this.entries.indexOf(than);
    return this.entries.slice(0, end).findLast((entry) => entry.line === line);
  }

  overlapping(line: number, from: number, to: number): StoreEntry | undefined {
    return this.entries.findLast(
      (entry) => entry.line === line && entry.from < to && from < entry.to,
    );
  }

  filling(line: number): StoreEntry | undefined {
    return this.entries.findLast((entry) => entry.line === line && !entry.isFilled);
  }
}
