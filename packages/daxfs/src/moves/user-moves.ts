/**
 * Loads and stores of a program through its mapping.
 *
 *      (mapping, offset) ─▶ translation ─▶ line of the device        next line …
 *                     └ absent, or not writable: trap ─▶ fault recipe ─▶ the same line again
 *                                                              └ signal: ends with the bytes done
 *
 * A store is an ordinary cached store: when it becomes durable is the program's business (its own
 * flush and fence with `StoreFlag.Flush`) or that of fsync. A line is translated anew whenever the
 * move is taken up again, because another task may have changed the page table meanwhile.
 */
import { BLOCK_BYTES, LINE_BYTES, MoveStatus } from '@daxsim/sim';
import { LineOp, LineStatus } from '@daxsim/pmem';
import { Access, Signal, StoreFlag } from '../abi.js';
import { R } from '../registers.js';
import { Translation, translationKind, translationTarget } from '../mm/page-table.js';
import { isCopy } from '../mm/memory-maps.js';
import type { Frame } from '@daxsim/sim';
import type { World } from '../world.js';
import { isKnownBad } from './known-errors.js';
import type { LinePort } from './line-port.js';

const Phase = { Bytes: 0, Flush: 1, Fenced: 2, Signalled: 3 } as const;
const LINES_PER_BLOCK = BLOCK_BYTES / LINE_BYTES;

export class UserMoves {
  /** Outcome index of the move that finished. */
  outcome = 0;
  /** Where the trap happened: offset in the mapping, and what was wanted. */
  trapOffset = 0;
  trapAccess = 0;
  /** A `Signal`: how the store to a line ended. */
  private refusal: number = Signal.None;

  constructor(
    private readonly world: World,
    private readonly port: LinePort,
  ) {}

  load(frame: Frame): number {
    const { port, world } = this;
    const { mm, payload, memory } = world;
    if (frame.get(R.moveState) === Phase.Signalled) return this.finish(1);
    const mapping = frame.get(R.mapping);
    const inode = mm.mappings.inode(mapping);
    const fileStart = mm.mappings.firstPage(mapping) * BLOCK_BYTES;
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    let page = -1;
    let word = 0;
    while (from < to) {
      const start = from % LINE_BYTES;
      const count = Math.min(LINE_BYTES - start, to - from);
      if (Math.floor(from / BLOCK_BYTES) !== page) {
        page = Math.floor(from / BLOCK_BYTES);
        word = mm.hardwareWord(mapping, page);
      }
      const kind = translationKind(word);
      if (kind === Translation.Absent) return this.trap(frame, from, Access.Read);
      let answered = true;
      const offset = from - page * BLOCK_BYTES;
      if (kind === Translation.Zero) memory.lineWords.fill(0);
      else if (isCached(kind)) {
        mm.cache.bytes.read(translationTarget(word), offset, memory.lineBytes, start, count);
      } else if (isCopy(kind)) {
        mm.privatePages.read(translationTarget(word), offset, memory.lineBytes, start, count);
      } else {
        const line = translationTarget(word) * LINES_PER_BLOCK + (offset - start) / LINE_BYTES;
        if (memory.badBlocks !== undefined && this.isRefused(line)) {
          return this.signal(frame, from, Signal.Poison);
        }
        answered = port.issue(LineOp.Load, line, 0, LINE_BYTES);
        const { status } = port.request;
        if (status === LineStatus.Poison && world.knobs.poison === 'reported') {
          return this.signal(frame, from, Signal.Poison);
        }
        if (status === LineStatus.Absent) return this.signal(frame, from, Signal.Bus);
      }
      payload.saw(frame.task, inode, fileStart + from, count, memory.lineBytes, start);
      from += count;
      if (answered && port.request.at < port.horizon) continue;
      frame.set(R.moveFrom, from);
      if (!answered) return MoveStatus.Pending;
      if (from < to) return MoveStatus.Yield;
    }
    frame.set(R.moveFrom, from);
    return this.finish(0);
  }

  store(frame: Frame): number {
    const { port, world } = this;
    const { mm, memory } = world;
    let phase = frame.get(R.moveState);
    if (phase === Phase.Signalled) return this.finish(1);
    const mapping = frame.get(R.mapping);
    const fileStart = mm.mappings.firstPage(mapping) * BLOCK_BYTES;
    const source = frame.get(R.source);
    const flushes = (frame.get(R.flags) & StoreFlag.Flush) !== 0;
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    while (from < to || phase === Phase.Flush) {
      // A flush is due for the line that holds the byte before.
      const at = phase === Phase.Flush ? from - 1 : from;
      const page = Math.floor(at / BLOCK_BYTES);
      const word = mm.hardwareWord(mapping, page);
      const kind = translationKind(word);
      const isUsable = phase === Phase.Flush ? kind !== Translation.Absent : mayStore(kind);
      if (!isUsable) {
        frame.set(R.moveState, phase);
        return this.trap(frame, from, phase === Phase.Flush ? Access.Read : Access.Write, at);
      }
      const start = at % LINE_BYTES;
      const offset = at - page * BLOCK_BYTES;
      const line = translationTarget(word) * LINES_PER_BLOCK + (offset - start) / LINE_BYTES;
      let answered = true;
      if (phase === Phase.Flush) {
        phase = Phase.Bytes;
        if (kind === Translation.Writable || kind === Translation.ReadOnly) {
          answered = port.issue(LineOp.Clwb, line, 0, LINE_BYTES);
        }
      } else {
        const count = Math.min(LINE_BYTES - start, to - from);
        world.payload.fill(source, fileStart + from, count, memory.lineBytes, start);
        if (kind === Translation.Private) {
          mm.privatePages.write(translationTarget(word), offset, memory.lineBytes, start, count);
        } else if (kind === Translation.CachedWritable) {
          mm.cache.bytes.write(translationTarget(word), offset, memory.lineBytes, start, count);
        } else {
          answered = this.storeLine(line, start, start + count);
          if (this.refusal !== Signal.None) return this.signal(frame, from, this.refusal);
        }
        from += count;
        if (flushes) phase = Phase.Flush;
      }
      if (answered && port.request.at < port.horizon) continue;
      frame.set(R.moveFrom, from);
      frame.set(R.moveState, phase);
      if (!answered) return MoveStatus.Pending;
      // The fence too is a request, and may not be made beyond the horizon.
      if (from < to || flushes) return MoveStatus.Yield;
    }
    frame.set(R.moveFrom, from);
    frame.set(R.moveState, phase);
    if (!flushes || phase === Phase.Fenced) return this.finish(0);
    frame.set(R.moveState, Phase.Fenced);
    return port.issue(LineOp.Sfence, 0, 0, LINE_BYTES) ? this.finish(0) : MoveStatus.Pending;
  }

  /** clwb of every line with a byte in the range. It faults where a load would. */
  flush(frame: Frame): number {
    const { port, world } = this;
    const { mm } = world;
    if (frame.get(R.moveState) === Phase.Signalled) return this.finish(1);
    const mapping = frame.get(R.mapping);
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    while (from < to) {
      const page = Math.floor(from / BLOCK_BYTES);
      const word = mm.table.word(mapping, page);
      const kind = translationKind(word);
      if (kind === Translation.Absent) return this.trap(frame, from, Access.Read);
      const start = from % LINE_BYTES;
      let answered = true;
      if (kind === Translation.Writable || kind === Translation.ReadOnly) {
        const lineInPage = (from - page * BLOCK_BYTES - start) / LINE_BYTES;
        const line = translationTarget(word) * LINES_PER_BLOCK + lineInPage;
        answered = port.issue(LineOp.Clwb, line, 0, LINE_BYTES);
      }
      from = Math.min(to, from - start + LINE_BYTES);
      if (answered && port.request.at < port.horizon) continue;
      frame.set(R.moveFrom, from);
      if (!answered) return MoveStatus.Pending;
      if (from < to) return MoveStatus.Yield;
    }
    frame.set(R.moveFrom, from);
    return this.finish(0);
  }

  /** Makes the move end with a signal when it is taken up again. */
  endWithSignal(frame: Frame, signal: number): void {
    frame.set(R.signal, signal);
    frame.set(R.moveState, Phase.Signalled);
  }

  /** Stores to a line, and leaves in `refusal` the signal that it ends in. */
  private storeLine(line: number, fromByte: number, toByte: number): boolean {
    this.refusal = Signal.Poison;
    if (this.world.memory.badBlocks !== undefined && this.isRefused(line)) return true;
    const answered = this.port.issue(LineOp.Store, line, fromByte, toByte);
    this.refusal = this.port.request.status === LineStatus.Absent ? Signal.Bus : Signal.None;
    return answered;
  }

  /** Whether an error in the line's page is known, so that nobody gets to it by a mapping. */
  private isRefused(line: number): boolean {
    if (this.world.knobs.poison !== 'reported') return false;
    const at = line * LINE_BYTES;
    return isKnownBad(this.world.memory, at, at + LINE_BYTES);
  }

  /** Ends at the line at `from`, whose media do not answer. */
  private signal(frame: Frame, from: number, signal: number): number {
    frame.set(R.moveFrom, from);
    frame.set(R.signal, signal);
    return this.finish(1);
  }

  private trap(frame: Frame, from: number, access: Access, at = from): number {
    frame.set(R.moveFrom, from);
    this.trapOffset = at;
    this.trapAccess = access;
    return MoveStatus.Trap;
  }

  private finish(outcome: number): number {
    this.outcome = outcome;
    return MoveStatus.Finished;
  }
}

function mayStore(kind: number): boolean {
  return (
    kind === Translation.Writable ||
    kind === Translation.Private ||
    kind === Translation.CachedWritable
  );
}

/** Pages of the cache are ordinary memory, whose caches are not modelled: no request, no time. */
function isCached(kind: number): boolean {
  return (
    kind === Translation.Cached ||
    kind === Translation.CachedWritable ||
    kind === Translation.CachedDirty
  );
}
