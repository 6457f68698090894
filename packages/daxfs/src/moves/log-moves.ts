/**
 * Moves of the journal: the lines of a force, the home lines of a checkpoint, the tail.
 *
 *      line ─▶ store ─▶ clwb ─▶ next line … ─▶ fence
 *
 * The contents of a line are asked for when it is stored, so the last line of a force holds
 * whatever was committed until then; only what the plan covers counts as durable. The knob
 * `logForceFlush` plants the classic defect: the stores are made and fenced, but never flushed.
 */
import { LINE_BYTES, MoveStatus } from '@daxsim/sim';
import { LineOp } from '@daxsim/pmem';
import { R } from '../registers.js';
import type { Frame } from '@daxsim/sim';
import type { World } from '../world.js';
import { FENCED } from './definitions.js';
import type { LinePort } from './line-port.js';

/** `moveState`: 0 … 7 is the next unit to store of the line, then its flush, then the fence. */
const FLUSH_DUE = 8;
/** A fence in the middle of a long force. */
const PIECE_DUE = 10;
/** Lines, 1 MiB: what is on its way is bounded, as when the CIL is pushed by parts. */
const PIECE_LINES = 16384;
const UNITS_PER_LINE = 8;
const UNIT_BYTES = 8;

export class LogMoves {
  constructor(
    private readonly world: World,
    private readonly port: LinePort,
  ) {}

  writeLog(frame: Frame): number {
    const { port, world } = this;
    const { journal } = world.volume;
    const flushes = world.knobs.logForceFlush === 'yes';
    const to = frame.get(R.moveTo);
    let position = frame.get(R.moveFrom);
    let phase = frame.get(R.moveState);
    while (position < to) {
      let answered: boolean;
      const line = journal.lineAddress(position) / LINE_BYTES;
      if (phase === FLUSH_DUE) {
        answered = port.issue(LineOp.Clwb, line, 0, LINE_BYTES);
        position += 1;
        phase = position % PIECE_LINES === 0 && position < to ? PIECE_DUE : 0;
      } else if (phase === PIECE_DUE) {
        answered = port.issue(LineOp.Sfence, 0, 0, LINE_BYTES);
        phase = 0;
      } else {
        journal.lineInto(position, world.memory.lineWords);
        answered = port.issue(LineOp.Store, line, 0, LINE_BYTES);
        if (flushes) phase = FLUSH_DUE;
        else position += 1;
      }
      if (answered && port.request.at < port.horizon) continue;
      frame.set(R.moveFrom, position);
      frame.set(R.moveState, phase);
      return answered ? MoveStatus.Yield : MoveStatus.Pending;
    }
    frame.set(R.moveFrom, position);
    return this.fenceCopies(frame);
  }

  writeHome(frame: Frame): number {
    const { port, world } = this;
    const { journal } = world.volume;
    const to = frame.get(R.moveTo);
    let index = frame.get(R.moveFrom);
    let phase = frame.get(R.moveState);
    while (index < to) {
      let answered = true;
      const line = journal.homeAddress(index) / LINE_BYTES;
      if (phase === FLUSH_DUE) {
        answered = port.issue(LineOp.Clwb, line, 0, LINE_BYTES);
        phase = 0;
        index += 1;
      } else {
        const mask = journal.homeMask(index);
        const start = nextUnit(mask, phase, 1);
        const end = nextUnit(mask, start, 0);
        if (start < UNITS_PER_LINE) {
          journal.homeInto(index, world.memory.lineWords);
          answered = port.issue(LineOp.Store, line, start * UNIT_BYTES, end * UNIT_BYTES);
        }
        phase = end === UNITS_PER_LINE ? FLUSH_DUE : end;
      }
      if (answered && port.request.at < port.horizon) continue;
      frame.set(R.moveFrom, index);
      frame.set(R.moveState, phase);
      return answered ? MoveStatus.Yield : MoveStatus.Pending;
    }
    frame.set(R.moveFrom, index);
    return this.fenceCopies(frame);
  }

  /** One store of 8 bytes, which the device keeps whole. */
  writeTail(frame: Frame): number {
    const { port, world } = this;
    const { journal } = world.volume;
    const start = journal.tailAddress % LINE_BYTES;
    const line = (journal.tailAddress - start) / LINE_BYTES;
    if (frame.get(R.moveState) === 0) {
      frame.set(R.moveState, FLUSH_DUE);
      world.memory.lineWords[start >>> 2] = journal.tailLow();
      world.memory.lineWords[(start >>> 2) + 1] = journal.tailHigh();
      if (!port.issue(LineOp.Store, line, start, start + UNIT_BYTES)) return MoveStatus.Pending;
      if (port.request.at >= port.horizon) return MoveStatus.Yield;
    }
    if (frame.get(R.moveState) === FLUSH_DUE) {
      frame.set(R.moveState, 1);
      if (!port.issue(LineOp.Clwb, line, 0, LINE_BYTES)) return MoveStatus.Pending;
      if (port.request.at >= port.horizon) return MoveStatus.Yield;
    }
    return this.fence(frame);
  }

  /** Units that no record has, of [moveFrom, moveTo): they may reach the media or not. */
  writeUnlogged(frame: Frame): number {
    const { port, world } = this;
    const { unlogged } = world.volume;
    const to = unlogged === null ? 0 : frame.get(R.moveTo);
    for (let index = frame.get(R.moveFrom); unlogged !== null && index < to;) {
      const address = unlogged.address(index);
      const start = address % LINE_BYTES;
      unlogged.wordsInto(index, world.memory.lineWords, start >>> 2);
      const line = (address - start) / LINE_BYTES;
      const answered = port.issue(LineOp.Store, line, start, start + UNIT_BYTES);
      index += 1;
      frame.set(R.moveFrom, index);
      if (!answered) return MoveStatus.Pending;
      if (port.request.at >= port.horizon) return MoveStatus.Yield;
    }
    return MoveStatus.Finished;
  }

  /** The fence between the log and the home of a change; missing as a defect. */
  private fenceCopies(frame: Frame): number {
    const isMissing = this.world.knobs.nameCommits === 'unfencedCopies';
    return isMissing ? MoveStatus.Finished : this.fence(frame);
  }

  fence(frame: Frame): number {
    if (frame.get(R.moveState) === FENCED) return MoveStatus.Finished;
    frame.set(R.moveState, FENCED);
    const answered = this.port.issue(LineOp.Sfence, 0, 0, LINE_BYTES);
    return answered ? MoveStatus.Finished : MoveStatus.Pending;
  }
}

/** The first unit at or after `from` whose bit in `mask` is `bit`; 8 if there is none. */
function nextUnit(mask: number, from: number, bit: number): number {
  let unit = from;
  while (unit < UNITS_PER_LINE && ((mask >>> unit) & 1) !== bit) unit += 1;
  return unit;
}
