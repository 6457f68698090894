/**
 * Bytes from one place of the device to another, as copy_file_range and sendfile do without shared
 * blocks: each line is loaded, then stored past the caches; bytes that do not fill an aligned word
 * of the target go through them and are flushed.
 *
 *      source   │····■■■■│■■■■■■■■│■■······│
 *      target      │■■■■····│…                 a piece ends where a line of either ends
 *
 * Between the load and the store of a piece the task may wait; the bytes are kept per task until
 * then. That is no state of its own: when actions are indivisible, so is the whole move.
 */
import { LINE_BYTES, MoveStatus } from '@daxsim/sim';
import { LineOp } from '@daxsim/pmem';
import { R } from '../registers.js';
import type { Frame } from '@daxsim/sim';
import type { World } from '../world.js';
import type { LinePort } from './line-port.js';

const Phase = { Load: 0, Store: 1, Flush: 2 } as const;

export class AcrossMove {
  private readonly loaded: Uint8Array;

  constructor(
    private readonly world: World,
    private readonly port: LinePort,
    taskCapacity: number,
  ) {
    this.loaded = new Uint8Array(taskCapacity * LINE_BYTES);
  }

  advance(frame: Frame): number {
    const { port } = this;
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    let target = frame.get(R.moveFile);
    let phase = frame.get(R.moveState);
    while (from < to || phase === Phase.Flush) {
      let answered: boolean;
      if (phase === Phase.Load) {
        answered = this.load(frame.task, from);
        phase = Phase.Store;
      } else if (phase === Phase.Store) {
        const count = pieceBytes(from, target, to - from);
        answered = this.store(frame.task, from, target, count);
        from += count;
        target += count;
        phase = ((target | (target - count)) & 7) === 0 ? Phase.Load : Phase.Flush;
      } else {
        answered = port.issue(LineOp.Clwb, Math.floor((target - 1) / LINE_BYTES), 0, LINE_BYTES);
        phase = Phase.Load;
      }
      if (answered && port.request.at < port.horizon) continue;
      save(frame, from, target, phase);
      if (!answered) return MoveStatus.Pending;
      if (from < to || phase === Phase.Flush) return MoveStatus.Yield;
    }
    save(frame, from, target, phase);
    return MoveStatus.Finished;
  }

  private load(task: number, from: number): boolean {
    const line = Math.floor(from / LINE_BYTES);
    const answered = this.port.issue(LineOp.StreamLoad, line, 0, LINE_BYTES);
    this.loaded.set(this.world.memory.lineBytes, task * LINE_BYTES);
    return answered;
  }

  private store(task: number, from: number, target: number, count: number): boolean {
    const { lineBytes } = this.world.memory;
    const start = target % LINE_BYTES;
    const first = task * LINE_BYTES + (from % LINE_BYTES);
    for (let i = 0; i < count; i += 1) lineBytes[start + i] = this.loaded[first + i];
    const isWords = ((start | count) & 7) === 0;
    const op = isWords ? LineOp.NtStore : LineOp.Store;
    return this.port.issue(op, (target - start) / LINE_BYTES, start, start + count);
  }
}

/** Bytes up to the nearest end: of either line, of the move, or of the target's aligned words. */
function pieceBytes(from: number, target: number, left: number): number {
  const start = target % LINE_BYTES;
  const room = Math.min(LINE_BYTES - start, LINE_BYTES - (from % LINE_BYTES), left);
  if ((start & 7) !== 0 || room < 8) return Math.min(room, 8 - (start & 7));
  return room & ~7;
}

function save(frame: Frame, from: number, target: number, phase: number): void {
  frame.set(R.moveFrom, from);
  frame.set(R.moveFile, target);
  frame.set(R.moveState, phase);
}
