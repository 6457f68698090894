/** Reference: the fill buffers of a core. Any that is over serves whoever comes next. */
import { type Kernel, Signal } from './kernel.js';
import { StoreBufferModel } from './store-buffer-model.js';

/** One line's way through a fill buffer. */
export interface Buffer {
  line: number;
  /** The how-manieth use of a buffer by its core this is. */
  use: number;
  kind: 'none' | 'stream' | 'store' | 'write' | 'eviction';
  isDone: boolean;
  readonly over: Signal;
  /** Of a write: it was accepted, and the core knows. */
  isOrdered: boolean;
  readonly ordered: Signal;
}

/** A buffer that waits for the rest of its line. */
export interface OpenBuffer {
  readonly buffer: Buffer;
  readonly written: boolean[];
  /** Of the ntstore that came last. */
  rank: number;
  stores: number;
  accepted: (at: number) => void;
}

export class Core {
  /** Some buffer is over. */
  private readonly freed = new Signal();
  private readonly buffers: Buffer[];
  /** Buffers taken so far. */
  private taken = 0;
  /** Null: the core has no store buffer. */
  readonly stores: StoreBufferModel | null;
  /** Open write-combining buffers, oldest first. */
  open: OpenBuffer[] = [];

  constructor(
    private readonly kernel: Kernel,
    readonly id: number,
    buffers: number,
    storeEntries: number,
  ) {
    this.stores = storeEntries === 0 ? null : new StoreBufferModel(storeEntries);
    this.buffers = Array.from({ length: buffers }, emptyBuffer);
    for (const { over } of this.buffers) announce(over, this.freed);
  }

  /** Waits until stores and writes are over, and streaming loads, too, if `waitsForLoads`. */
  *drains(waitsForLoads: boolean): Generator<Signal, void> {
    const { stores } = this;
    while (stores !== null && stores.entries.length > 0) yield stores.left;
    for (const buffer of this.buffers) {
      const counts = buffer.kind === 'store' || buffer.kind === 'write';
      if (!counts && !(waitsForLoads && buffer.kind === 'stream')) continue;
      if (waitsForLoads) while (!buffer.isDone) yield buffer.over;
      else while (!buffer.isOrdered) yield buffer.ordered;
    }
  }

  *take(kind: Buffer['kind'], line: number): Generator<number | Signal, Buffer> {
    const buffer = yield* this.takeSlot();
    this.occupy(buffer, kind, line);
    return buffer;
  }

  /** A buffer, behind the stores that wait for one. */
  *takeSlot(): Generator<number | Signal, Buffer> {
    const { stores } = this;
    while (stores !== null && stores.waiting.length > 0) yield stores.posted;
    return yield* this.free();
  }

  /** Waits for some buffer to be over; goes on among the cores of that tick. */
  *free(): Generator<number | Signal, Buffer> {
    for (;;) {
      const free = this.buffers.find((buffer) => buffer.isDone);
      if (free !== undefined) return free;
      yield this.freed;
      yield this.kernel.now;
    }
  }

  occupy(buffer: Buffer, kind: Buffer['kind'], line: number, use = this.nextUse()): void {
    buffer.use = use;
    buffer.kind = kind;
    buffer.line = line;
    buffer.isDone = false;
    buffer.isOrdered = false;
  }

  /** Of what the core sends for next: the how-manieth it is. */
  nextUse(): number {
    this.taken += 1;
    return this.taken;
  }

  /** The core's latest fill of the line that is not over. */
  filling(line: number): Buffer | undefined {
    const fills = this.buffers.filter(
      (buffer) =>
        (buffer.kind === 'store' || buffer.kind === 'stream') &&
        buffer.line === line &&
        !buffer.isDone,
    );
    return fills.toSorted((a, b) => b.use - a.use)[0];
  }
}

export function emptyBuffer(): Buffer {
  const [over, ordered] = [new Signal(), new Signal()];
  return { line: -1, use: 0, kind: 'none', isDone: true, over, isOrdered: true, ordered };
}

/** A buffer is free again. */
export function finish(buffer: Buffer): void {
  order(buffer);
  buffer.isDone = true;
  buffer.over.fire();
}

/** A write of the buffer was accepted, and its core knows. */
export function order(buffer: Buffer): void {
  buffer.isOrdered = true;
  buffer.ordered.fire();
}

/** Whenever `from` fires, so does `to`. */
function announce(from: Signal, to: Signal): void {
  from.wait(() => {
    to.fire();
    announce(from, to);
  });
}
