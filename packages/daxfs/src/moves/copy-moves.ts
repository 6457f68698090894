/**
 * Moves between a caller's buffer and the device, as read(2) and write(2) make them, and zeroing.
 *
 *      write   [edge|████████|████████|edge]     aligned 8-byte words pass the caches (ntstore),
 *                                                other bytes go through them and are flushed
 *      read    streamed loads, then a wait until the last has arrived
 *
 * As Linux 6.12 arch/x86/lib/usercopy_64.c has it. The caller's buffer is not on the device and
 * costs nothing. Each method carries one move on and answers a `MoveStatus`; where it stops is in
 * the registers.
 */
import { LINE_BYTES, MoveStatus } from '@daxsim/sim';
import { LineOp, LineStatus } from '@daxsim/pmem';
import { Errno } from '../abi.js';
import { R } from '../registers.js';
import type { Frame } from '@daxsim/sim';
import type { World } from '../world.js';
import { isKnownBad, recoverForWrite } from './known-errors.js';
import type { LinePort } from './line-port.js';

/**
 * Phases of `moveState`: at the next bytes, a flush due for the line just left, done but a fence.
 */
const Phase = { Bytes: 0, Flush: 1, Fenced: 2 } as const;
const ZERO_CHUNK_BYTES = 4096;

export class CopyMoves {
  private readonly zeros = new Uint8Array(ZERO_CHUNK_BYTES);

  constructor(
    private readonly world: World,
    private readonly port: LinePort,
  ) {}

  copyIn(frame: Frame): number {
    const { port, world } = this;
    const { lineBytes } = world.memory;
    const { payload } = world;
    const flushesEdges = world.knobs.copyEdges === 'flushed';
    const source = frame.get(R.source);
    if (world.memory.badBlocks !== undefined && this.isRefused(frame)) return MoveStatus.Finished;
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    let file = frame.get(R.moveFile);
    let phase = frame.get(R.moveState);
    while (from < to || phase === Phase.Flush) {
      let answered: boolean;
      if (phase === Phase.Flush) {
        phase = Phase.Bytes;
        answered = port.issue(LineOp.Clwb, Math.floor((from - 1) / LINE_BYTES), 0, LINE_BYTES);
      } else {
        const start = from % LINE_BYTES;
        const end = pieceEnd(start, to - from);
        const op = isEdge(start, end) ? LineOp.Store : LineOp.NtStore;
        if (op === LineOp.Store && flushesEdges) phase = Phase.Flush;
        payload.fill(source, file, end - start, lineBytes, start);
        answered = port.issue(op, (from - start) / LINE_BYTES, start, end);
        if (port.request.status === LineStatus.Absent) return endShort(frame, file);
        from += end - start;
        file += end - start;
      }
      if (answered && port.request.at < port.horizon) continue;
      save(frame, from, file, phase);
      if (!answered) return MoveStatus.Pending;
      if (from < to || phase === Phase.Flush) return MoveStatus.Yield;
    }
    save(frame, from, file, phase);
    return MoveStatus.Finished;
  }

  /** Mends known errors that a write is about to meet, and cuts it short before what it may not. */
  private isRefused(frame: Frame): boolean {
    const from = frame.get(R.moveFrom);
    const file = frame.get(R.moveFile);
    if (file !== frame.get(R.cursor) || frame.get(R.moveState) !== Phase.Bytes) return false;
    const end = recoverForWrite(this.world.memory, from, frame.get(R.moveTo));
    if (end === frame.get(R.moveTo)) return false;
    endShort(frame, file + end - from, Errno.Fault);
    frame.set(R.moveTo, end);
    return end === from;
  }

  /** Payload through the caches, not flushed. */
  deviceStore(frame: Frame): number {
    const { port, world } = this;
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    let file = frame.get(R.moveFile);
    while (from < to) {
      const start = from % LINE_BYTES;
      const count = Math.min(LINE_BYTES - start, to - from);
      world.payload.fill(frame.get(R.source), file, count, world.memory.lineBytes, start);
      const answered = port.issue(LineOp.Store, (from - start) / LINE_BYTES, start, start + count);
      from += count;
      file += count;
      if (answered && port.request.at < port.horizon) continue;
      save(frame, from, file, Phase.Bytes);
      return answered ? MoveStatus.Yield : MoveStatus.Pending;
    }
    save(frame, from, file, Phase.Bytes);
    return MoveStatus.Finished;
  }

  copyOut(frame: Frame): number {
    const { port, world } = this;
    const { lineBytes } = world.memory;
    const { payload } = world;
    const inode = frame.get(R.inode);
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    let file = frame.get(R.moveFile);
    const tells = world.knobs.poison === 'reported';
    if (tells && isKnownBad(world.memory, from, to)) return endShort(frame, file);
    while (from < to) {
      const start = from % LINE_BYTES;
      const count = Math.min(LINE_BYTES - start, to - from);
      const answered = port.issue(LineOp.StreamLoad, (from - start) / LINE_BYTES, 0, LINE_BYTES);
      if (isUnreadable(port.request.status, world)) return endShort(frame, file);
      payload.saw(frame.task, inode, file, count, lineBytes, start);
      from += count;
      file += count;
      if (answered && port.request.at < port.horizon) continue;
      save(frame, from, file, Phase.Bytes);
      return answered ? MoveStatus.Yield : MoveStatus.Pending;
    }
    save(frame, from, file, frame.get(R.moveState));
    return this.finishWith(frame, LineOp.Mfence);
  }

  copyHole(frame: Frame): number {
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    let file = frame.get(R.moveFile);
    while (from < to) {
      const count = Math.min(ZERO_CHUNK_BYTES, to - from);
      this.world.payload.saw(frame.task, frame.get(R.inode), file, count, this.zeros, 0);
      from += count;
      file += count;
    }
    save(frame, from, file, Phase.Bytes);
    return MoveStatus.Finished;
  }

  copyPrivate(frame: Frame): number {
    const { port, world } = this;
    const slot = frame.get(R.moveFile);
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    while (from < to) {
      const answered = port.issue(LineOp.StreamLoad, from / LINE_BYTES, 0, LINE_BYTES);
      const offset = from % ZERO_CHUNK_BYTES;
      world.mm.privatePages.write(slot, offset, world.memory.lineBytes, 0, LINE_BYTES);
      from += LINE_BYTES;
      if (answered && port.request.at < port.horizon) continue;
      save(frame, from, slot, Phase.Bytes);
      return answered ? MoveStatus.Yield : MoveStatus.Pending;
    }
    save(frame, from, slot, frame.get(R.moveState));
    return this.finishWith(frame, LineOp.Mfence);
  }

  /** Whole lines of zeros past the caches. */
  zeroBlocks(frame: Frame): number {
    const { port, world } = this;
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    // pmem_dax_zero_page_range clears what it overwrites.
    world.memory.badBlocks?.clear(from, to);
    while (from < to) {
      world.memory.lineWords.fill(0);
      const answered = port.issue(LineOp.NtStore, from / LINE_BYTES, 0, LINE_BYTES);
      from += LINE_BYTES;
      if (answered && port.request.at < port.horizon) continue;
      frame.set(R.moveFrom, from);
      return answered ? MoveStatus.Yield : MoveStatus.Pending;
    }
    frame.set(R.moveFrom, from);
    return this.finishWith(frame, LineOp.Sfence);
  }

  /** Any bytes of zeros through the caches, flushed. */
  zeroBytes(frame: Frame): number {
    const { port, world } = this;
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    let phase = frame.get(R.moveState);
    const flushes = world.knobs.partialZeros === 'flushed';
    while (from < to || phase === Phase.Flush) {
      let answered: boolean;
      if (phase === Phase.Flush) {
        phase = Phase.Bytes;
        answered = port.issue(LineOp.Clwb, Math.floor((from - 1) / LINE_BYTES), 0, LINE_BYTES);
      } else {
        const start = from % LINE_BYTES;
        const count = Math.min(LINE_BYTES - start, to - from);
        world.memory.lineWords.fill(0);
        if (flushes) phase = Phase.Flush;
        answered = port.issue(LineOp.Store, (from - start) / LINE_BYTES, start, start + count);
        from += count;
      }
      if (answered && port.request.at < port.horizon) continue;
      save(frame, from, 0, phase);
      return answered ? MoveStatus.Yield : MoveStatus.Pending;
    }
    save(frame, from, 0, phase);
    return this.finishWith(frame, LineOp.Sfence);
  }

  /** Writes lines back: `moveFrom` … `moveTo` in whole lines. */
  flushBlocks(frame: Frame): number {
    const { port } = this;
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    while (from < to) {
      const answered = port.issue(LineOp.Clwb, from / LINE_BYTES, 0, LINE_BYTES);
      from += LINE_BYTES;
      if (answered && port.request.at < port.horizon) continue;
      frame.set(R.moveFrom, from);
      return answered ? MoveStatus.Yield : MoveStatus.Pending;
    }
    frame.set(R.moveFrom, from);
    return this.finishWith(frame, LineOp.Sfence);
  }

  /** Ends a move with a fence, which may have to be waited for. */
  finishWith(frame: Frame, op: number): number {
    if (frame.get(R.moveState) === Phase.Fenced) return MoveStatus.Finished;
    frame.set(R.moveState, Phase.Fenced);
    return this.port.issue(op, 0, 0, LINE_BYTES) ? MoveStatus.Finished : MoveStatus.Pending;
  }
}

/** Where the piece of a line that starts at `start` ends: an edge, or all its aligned words. */
function pieceEnd(start: number, left: number): number {
  const end = Math.min(LINE_BYTES, start + left);
  if ((start & 7) !== 0 || end - start < 8) return Math.min(end, (start | 7) + 1);
  return end & ~7;
}

function isEdge(start: number, end: number): boolean {
  return ((start | end) & 7) !== 0;
}

/** Whether a load is told that it did not get the line. */
function isUnreadable(status: number, world: World): boolean {
  if (status === LineStatus.Poison) return world.knobs.poison === 'reported';
  return status === LineStatus.Absent;
}

/** A media error ends a copy with what was copied before it; an error if that is nothing. */
function endShort(frame: Frame, file: number, errno: number = Errno.Io): number {
  const moved = file - frame.get(R.cursor);
  frame.set(R.chunk, moved);
  frame.set(R.end, frame.get(R.cursor) + moved);
  if (frame.get(R.done) + moved === 0) frame.set(R.errno, errno);
  return MoveStatus.Finished;
}

function save(frame: Frame, from: number, file: number, phase: number): void {
  frame.set(R.moveFrom, from);
  frame.set(R.moveFile, file);
  frame.set(R.moveState, phase);
}
