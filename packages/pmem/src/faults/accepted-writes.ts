/**
 * What the write queue took last, and what was on the media before: all that is lost when the queue
 * is not drained at power loss.
 *
 *     flush, ntstore ─▶ sent ─ fence ─▶ ring of the last lines: (line, durable words before)
 *
 * A line is accepted when its source fences, as in the untimed memory. Report state: it is kept for
 * one run and cleared before the next, and the function of the memory does not read it.
 */
const LINE_WORDS = 16;

/** What `save` answers. */
export interface SavedWrites {
  readonly sent: readonly number[];
  readonly lines: Int32Array;
  readonly words: Int32Array;
  readonly count: number;
}

export class AcceptedWrites {
  private readonly sent = new Set<number>();
  private readonly lines: Int32Array;
  private readonly words: Int32Array;
  private count = 0;

  constructor(
    /** Lines that the queue holds. */
    readonly slots: number,
    /** Leaves what of a line is durable now in `into[at…]`. */
    private readonly durable: (line: number, into: Int32Array) => void,
  ) {
    this.lines = new Int32Array(slots);
    this.words = new Int32Array(slots * LINE_WORDS);
  }

  clear(): void {
    this.sent.clear();
    this.count = 0;
  }

  /** Everything that is kept, for `restore`. */
  save(): SavedWrites {
    const { sent, lines, words, count } = this;
    return { sent: [...sent], lines: lines.slice(), words: words.slice(), count };
  }

  restore(saved: SavedWrites): void {
    this.sent.clear();
    for (const line of saved.sent) this.sent.add(line);
    this.lines.set(saved.lines);
    this.words.set(saved.words);
    this.count = saved.count;
  }

  /** A line is on its way. */
  send(line: number): void {
    this.sent.add(line);
  }

  /** What is on its way is about to be durable. */
  accept(): void {
    for (const line of this.sent) {
      const at = this.count % this.slots;
      this.lines[at] = line;
      this.durable(line, this.words.subarray(at * LINE_WORDS, (at + 1) * LINE_WORDS));
      this.count += 1;
    }
    this.sent.clear();
  }

  /** Tells of the last `most` accepted lines, the latest first, with what they held before. */
  forLast(most: number, tell: (line: number, before: Int32Array) => void): void {
    const known = Math.min(most, this.slots, this.count);
    for (let i = 1; i <= known; i += 1) {
      const at = (this.count - i) % this.slots;
      tell(this.lines[at], this.words.subarray(at * LINE_WORDS, (at + 1) * LINE_WORDS));
    }
  }
}
