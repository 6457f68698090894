/**
 * The move unit of the file system: carries the running move of a task on, line by line, until it
 * ends, traps, waits for memory or its clock reaches the horizon; see `definitions.ts` for the
 * moves and `line-port.ts` for time. It is also the memory's clock for the machine.
 *
 * Exploring runs a move to its end or to a trap in one go, because time stands still and the memory
 * always answers at once: one indivisible action.
 */
import { assert } from '@daxsim/sim';
import { Access, Signal, StoreFlag } from '../abi.js';
import { R } from '../registers.js';
import { AcrossMove } from './across-move.js';
import { CacheMoves } from './cache-moves.js';
import { CopyMoves } from './copy-moves.js';
import { LinePort } from './line-port.js';
import { LogMoves } from './log-moves.js';
import { MoveKind } from './definitions.js';
import { MappedCopy } from './mapped-copy.js';
import { UserMoves } from './user-moves.js';
import type { Frame, MemoryClock, MoveUnit, ProgramSet } from '@daxsim/sim';
import type { World } from '../world.js';
import type { DaxMove } from './definitions.js';

export class DaxMoveUnit implements MoveUnit, MemoryClock {
  outcome = 0;
  trapProgram = 0;
  private readonly kinds: Int32Array;
  private readonly readFault: number;
  private readonly writeFault: number;
  private readonly port: LinePort;
  private readonly copies: CopyMoves;
  private readonly across: AcrossMove;
  private readonly logs: LogMoves;
  private readonly users: UserMoves;
  private readonly caches: CacheMoves;
  private readonly mappedCopy: MappedCopy;
  private trapMapping = 0;
  private isTrapOfProgram = false;
  private trapOffset = 0;
  private trapAccess = 0;

  constructor(
    private readonly world: World,
    set: ProgramSet<World>,
    taskCapacity: number,
  ) {
    this.kinds = Int32Array.from(set.moves, kindOf);
    this.readFault = set.programByName.get('readFault') ?? -1;
    this.writeFault = set.programByName.get('writeFault') ?? -1;
    this.port = new LinePort(world.memory, taskCapacity);
    this.copies = new CopyMoves(world, this.port);
    this.across = new AcrossMove(world, this.port, taskCapacity);
    this.logs = new LogMoves(world, this.port);
    this.mappedCopy = new MappedCopy(world, this.port);
    this.users = new UserMoves(world, this.port);
    this.caches = new CacheMoves(world, this.port);
  }

  /** CPU of each task; give it the timed machine's `cpuOf`, so that caches belong to CPUs. */
  set cpuOf(cpus: Int32Array) {
    this.port.cpuOf = cpus;
  }

  advance(move: number, frame: Frame, clock: Float64Array, horizon: number): number {
    const { task } = frame;
    this.port.start(task, clock[task], horizon);
    const status = this.run(this.kinds[move], frame);
    clock[task] = this.port.request.at;
    return status;
  }

  fillTrap(task: number, frame: Frame): void {
    const { mappings } = this.world.mm;
    const mapping = this.trapMapping;
    frame.set(R.mapping, mapping);
    frame.set(R.mm, mappings.mm(mapping));
    frame.set(R.offset, this.trapOffset);
    frame.set(R.access, this.trapAccess);
    frame.set(R.byProgram, this.isTrapOfProgram ? 1 : 0);
    assert(frame.task === task, 'DaxMoveUnit: the trap has a frame of another task');
  }

  resume(frame: Frame, outcome: string): void {
    if (outcome === 'Ok') return;
    this.users.endWithSignal(frame, outcome === 'Denied' ? Signal.Segv : Signal.Bus);
  }

  nextDecisionAt(): number {
    return this.port.nextDecisionAt();
  }

  decideUntil(at: number): void {
    this.port.decideUntil(at);
  }

  takeCompleted(): number {
    return this.port.takeCompleted();
  }

  completedAt(task: number): number {
    return this.port.completedAt(task);
  }

  private run(kind: number, frame: Frame): number {
    this.outcome = 0;
    switch (kind) {
      case MoveKind.CopyIn:
        if (frame.get(R.source) < 0) return this.mapped(frame);
        return this.copies.copyIn(frame);
      case MoveKind.DeviceStore:
        return this.copies.deviceStore(frame);
      case MoveKind.CopyOut:
        return this.copies.copyOut(frame);
      case MoveKind.CopyHole:
        return this.copies.copyHole(frame);
      case MoveKind.CopyAcross:
        return this.across.advance(frame);
      case MoveKind.ZeroBlocks:
        return this.copies.zeroBlocks(frame);
      case MoveKind.ZeroBytes:
        return this.copies.zeroBytes(frame);
      case MoveKind.FlushBlocks:
        return this.copies.flushBlocks(frame);
      case MoveKind.Fence:
        return this.logs.fence(frame);
      case MoveKind.WriteLog:
        return this.logs.writeLog(frame);
      case MoveKind.WriteHome:
        return this.logs.writeHome(frame);
      case MoveKind.WriteTail:
        return this.logs.writeTail(frame);
      case MoveKind.CopyPrivate:
        return this.copies.copyPrivate(frame);
      case MoveKind.UserLoad:
        return this.user(frame, this.users.load(frame));
      case MoveKind.UserFlush:
        return this.user(frame, this.users.flush(frame));
      case MoveKind.UserStore:
        return this.user(frame, this.users.store(frame));
      default:
        return this.cached(kind, frame);
    }
  }

  private cached(kind: number, frame: Frame): number {
    const { caches } = this;
    switch (kind) {
      case MoveKind.CacheIn:
        return caches.cacheIn(frame);
      case MoveKind.CacheOut:
        return caches.cacheOut(frame);
      case MoveKind.CacheZero:
        return caches.cacheZero(frame);
      case MoveKind.CacheAcross:
        return caches.cacheAcross(frame);
      case MoveKind.CachePrivate:
        return caches.cachePrivate(frame);
      case MoveKind.CachePinned:
        return caches.cachePinned(frame);
      case MoveKind.CacheFill:
        return caches.cacheFill(frame, false);
      case MoveKind.PageFill:
        return caches.cacheFill(frame, true);
      case MoveKind.PageWrite:
        return caches.cacheWrite(frame, true);
      case MoveKind.PageCopy:
        return caches.pageCopy(frame);
      case MoveKind.PageIn:
        return caches.pageIn(frame);
      default:
        return caches.cacheWrite(frame, false);
    }
  }

  /** A copy whose source is a mapping traps like a load of it. */
  private mapped(frame: Frame): number {
    const status = this.mappedCopy.advance(frame);
    this.trapMapping = frame.get(R.mapping);
    this.trapOffset = this.mappedCopy.trapOffset;
    this.trapAccess = Access.Read;
    this.trapProgram = this.readFault;
    return status;
  }

  /** Takes over how a user move went, and where to trap to. */
  private user(frame: Frame, status: number): number {
    this.outcome = this.users.outcome;
    this.trapMapping = frame.get(R.mapping);
    this.isTrapOfProgram = (frame.get(R.flags) & StoreFlag.ByKernel) === 0;
    this.trapOffset = this.users.trapOffset;
    this.trapAccess = this.users.trapAccess;
    this.trapProgram = this.users.trapAccess === Access.Write ? this.writeFault : this.readFault;
    return status;
  }
}

function kindOf(move: object): number {
  assert('kind' in move, 'DaxMoveUnit: a recipe moves bytes in a way the unit does not know');
  return (move as DaxMove).kind;
}
