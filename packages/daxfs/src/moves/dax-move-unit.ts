/**
 * The move unit of the file system: carries the running move of a task on, line by line, until it
 * ends, traps, waits for memory or its clock reaches the horizon; see `definitions.ts` for the
 * moves and `line-port.ts` for time. It is also the memory's clock for the machine.
 *
 * Exploring runs a move to its end or to a trap in one go, because time stands still and the memory
 * always answers at once: one indivisible action.
 */
import { MoveStatus, assert } from '@daxsim/sim';
import { Access, Signal, StoreFlag } from '../abi.js';
import { R } from '../registers.js';
import { AcrossMove } from './across-move.js';
import { BufferMoves } from './buffer-moves.js';
import { CacheMoves } from './cache-moves.js';
import { CopyMoves } from './copy-moves.js';
import { HostLines } from './host-lines.js';
import { LinePort } from './line-port.js';
import { LogMoves } from './log-moves.js';
import { MoveKind } from './definitions.js';
import { MappedCopy } from './mapped-copy.js';
import { UserMoves } from './user-moves.js';
import { WindowMoves } from './window-moves.js';
import { HOST, isHostedMove } from '../window/hosted.js';
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
  private readonly buffers: BufferMoves;
  /** Moves of a guest, and the unit that carries its host's moves on. */
  private readonly windows: WindowMoves | null;
  private readonly host: DaxMoveUnit | null;
  private readonly isHosted: Uint8Array;
  private readonly hostReadFault: number;
  private readonly hostWriteFault: number;
  private trapMm = 0;
  private trapMapping = 0;
  private isTrapOfProgram = false;
  private trapOffset = 0;
  private trapAccess = 0;

  constructor(
    private readonly world: World,
    set: ProgramSet<World>,
    taskCapacity: number,
    /** The memory's clock when another unit has made it: one record per CPU. */
    port?: LinePort,
  ) {
    this.kinds = Int32Array.from(set.moves, kindOf);
    this.readFault = set.programByName.get('readFault') ?? -1;
    this.writeFault = set.programByName.get('writeFault') ?? -1;
    this.port = port ?? new LinePort(world.memory, taskCapacity);
    this.copies = new CopyMoves(world, this.port);
    this.across = new AcrossMove(world, this.port, taskCapacity);
    this.logs = new LogMoves(world, this.port);
    this.mappedCopy = new MappedCopy(world, this.port);
    this.users = new UserMoves(world, this.port);
    this.caches = new CacheMoves(world, this.port);
    this.buffers = new BufferMoves(world);
    this.isHosted = Uint8Array.from(set.moves, (move) => (isHostedMove(move) ? 1 : 0));
    this.hostReadFault = set.programByName.get(`${HOST}readFault`) ?? -1;
    this.hostWriteFault = set.programByName.get(`${HOST}writeFault`) ?? -1;
    const { host } = world;
    this.windows =
      host === null ? null : new WindowMoves(world, this.port, new HostLines(world, this.port));
    this.host = host === null ? null : new DaxMoveUnit(host, set, taskCapacity, this.port);
  }

  /** CPU of each task; give it the timed machine's `cpuOf`, so that caches belong to CPUs. */
  set cpuOf(cpus: Int32Array) {
    this.port.cpuOf = cpus;
  }

  advance(move: number, frame: Frame, clock: Float64Array, horizon: number): number {
    const { task } = frame;
    this.port.start(task, clock[task], horizon);
    const { host } = this;
    let status: number;
    if (host !== null && this.isHosted[move] === 1) {
      status = host.run(this.kinds[move], frame);
      this.outcome = host.outcome;
      assert(status !== MoveStatus.Trap, 'DaxMoveUnit: a move of the host met an absent page');
    } else status = this.run(this.kinds[move], frame);
    clock[task] = this.port.request.at;
    return status;
  }

  fillTrap(task: number, frame: Frame): void {
    const { mappings } = this.world.mm;
    const mapping = this.trapMapping;
    frame.set(R.mapping, mapping);
    const isHost =
      this.trapProgram === this.hostReadFault || this.trapProgram === this.hostWriteFault;
    frame.set(R.mm, isHost ? this.trapMm : mappings.mm(mapping));
    frame.set(R.offset, this.trapOffset);
    frame.set(R.access, this.trapAccess);
    frame.set(R.byProgram, this.isTrapOfProgram ? 1 : 0);
    assert(frame.task === task, 'DaxMoveUnit: the trap has a frame of another task');
  }

  resume(frame: Frame, outcome: string): void {
    if (outcome === 'Ok') return;
    const signal = outcome === 'Denied' ? Signal.Segv : Signal.Bus;
    if (this.windows !== null) this.windows.endTrap(frame, signal);
    else this.users.endWithSignal(frame, signal);
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
      case MoveKind.WriteUnlogged:
        return this.logs.writeUnlogged(frame);
      case MoveKind.CopyPrivate:
        return this.copies.copyPrivate(frame);
      case MoveKind.UserLoad:
        return this.user(frame, this.users.load(frame));
      case MoveKind.UserFlush:
        return this.user(frame, this.users.flush(frame));
      case MoveKind.UserStore:
        return this.user(frame, this.users.store(frame));
      default:
        return isOfWindow(kind) ? this.window(kind, frame) : this.cached(kind, frame);
    }
  }

  private window(kind: number, frame: Frame): number {
    const { windows } = this;
    assert(windows !== null, 'DaxMoveUnit: a move of a guest without a window');
    const status = windowMove(windows, kind, frame);
    this.outcome = windows.outcome;
    if (status !== MoveStatus.Trap) return status;
    const isWrite = windows.trapAccess === Access.Write;
    this.trapMapping = windows.trapMapping;
    this.trapOffset = windows.trapOffset;
    this.trapAccess = windows.trapAccess;
    if (windows.trapsHost) {
      this.isTrapOfProgram = false;
      this.trapMm = this.world.window?.guestOfRange(windows.trapMapping) ?? 0;
      this.trapProgram = isWrite ? this.hostWriteFault : this.hostReadFault;
      return status;
    }
    this.isTrapOfProgram = (frame.get(R.flags) & StoreFlag.ByKernel) === 0;
    this.trapProgram = isWrite ? this.writeFault : this.readFault;
    return status;
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
      case MoveKind.BufferIn:
        return this.buffers.bufferIn(frame);
      case MoveKind.BufferOut:
        return this.buffers.bufferOut(frame);
      case MoveKind.CacheFrom:
        return this.copyFrom(frame);
      default:
        return caches.cacheWrite(frame, false);
    }
  }

  /** A copy with page faults disabled says that it could not. */
  private copyFrom(frame: Frame): number {
    const status = this.buffers.cacheFrom(frame);
    this.outcome = this.buffers.outcome;
    return status;
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

function isOfWindow(kind: number): boolean {
  return kind >= MoveKind.WindowLoad && kind <= MoveKind.WindowPrivate;
}

function windowMove(windows: WindowMoves, kind: number, frame: Frame): number {
  switch (kind) {
    case MoveKind.WindowLoad:
      return windows.load(frame);
    case MoveKind.WindowStore:
      return windows.store(frame);
    case MoveKind.WindowFlush:
      return windows.flush(frame);
    case MoveKind.WindowOut:
      return windows.copy(frame, false);
    case MoveKind.WindowIn:
      return windows.copy(frame, true);
    default:
      return windows.copyPrivate(frame);
  }
}

function kindOf(move: object): number {
  assert('kind' in move, 'DaxMoveUnit: a recipe moves bytes in a way the unit does not know');
  return (move as DaxMove).kind;
}
