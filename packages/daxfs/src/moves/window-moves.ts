/**
 * Loads, stores and copies of a guest, whose memory is the host's.
 *
 *      guest page table ─▶ window page ─▶ host page table of the range ─▶ block or cached page
 *           └ absent: the guest's fault     └ absent, or not writable: the host's fault
 *                └ signal: SIGBUS                 └ signal: the page is gone, the move ends `Gone`
 *
 * The second level is walked anew for each line, as nobody tells a guest when the host takes a page
 * away. An access whose host found nothing begins anew in the guest, as on a CPU: only if the
 * guest's translation is still there is the page gone. Else the guest itself took it away, before
 * it asked its host to, and knows. What `Gone` leads to is the recipe's business. A copy of a call
 * begins at a place in the window and needs no translation of the guest.
 */
import { BLOCK_BYTES, LINE_BYTES, MoveStatus } from '@daxsim/sim';
import { LineOp, LineStatus } from '@daxsim/pmem';
import { Access, Signal, StoreFlag } from '../abi.js';
import { R } from '../registers.js';
import { HUGE_PAGES } from '../mm/huge.js';
import { Translation, translationKind, translationTarget } from '../mm/page-table.js';
import { isCopy } from '../mm/memory-maps.js';
import type { Frame } from '@daxsim/sim';
import type { World } from '../world.js';
import type { HostLines } from './host-lines.js';
import type { LinePort } from './line-port.js';

/** Outcomes of moves of a program. */
const SIGNALLED = 1;
const GONE = 2;
/** Outcome of a call's copy. */
const COPY_GONE = 1;

/** Values of `moveState`. */
const Phase = {
  Bytes: 0,
  Flush: 1,
  Fenced: 2,
  /** Taken up again after a guest fault that ended in a signal: see `UserMoves`. */
  Signalled: 3,
  /** In a fault of the host, before a line. */
  InHost: 5,
  /** The same before the write-back of a line. */
  InHostFlush: 6,
  /** The host's fault ended in a signal. */
  Lost: 7,
  /**
   * The host maps nothing there any more: the range was taken away meanwhile, and with it the
   * guest's translation, so the access begins anew; a second refusal at once is an error.
   */
  Refused: 8,
  /** As `Lost`, before the write-back of a line. */
  LostInFlush: 9,
} as const;

export class WindowMoves {
  outcome = 0;
  /** Where the trap happened: the host's mapping, or that of the guest. */
  trapsHost = false;
  trapMapping = 0;
  trapOffset = 0;
  trapAccess = 0;

  /** The move was taken up again after a refusal, and no line has been moved since. */
  private wasRefused = false;

  constructor(
    private readonly world: World,
    private readonly port: LinePort,
    private readonly lines: HostLines,
  ) {}

  /** A program loads. */
  load(frame: Frame): number {
    const { world } = this;
    if (this.isOver(frame, Access.Read)) return MoveStatus.Finished;
    const { mm } = world;
    const mapping = frame.get(R.mapping);
    const inode = mm.mappings.inode(mapping);
    const fileStart = mm.mappings.firstPage(mapping) * BLOCK_BYTES;
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    while (from < to) {
      const page = Math.floor(from / BLOCK_BYTES);
      const word = mm.hardwareWord(mapping, page);
      const kind = translationKind(word);
      if (kind === Translation.Absent) return this.trap(frame, from, Access.Read);
      const offset = from - page * BLOCK_BYTES;
      const start = from % LINE_BYTES;
      const count = Math.min(LINE_BYTES - start, to - from);
      let answered = true;
      if (isCopy(kind)) {
        const { lineBytes } = world.memory;
        mm.privatePages.read(translationTarget(word), offset, lineBytes, start, count);
      } else {
        const target = translationTarget(word);
        const there = this.lines.word(target);
        if (translationKind(there) === Translation.Absent) {
          return this.trapHost(frame, from, target, offset, Access.Read, Phase.InHost);
        }
        answered = this.lines.read(there, offset, start, count, LineOp.Load);
        if (this.lines.isUnreadable) return this.endUnreadable(frame, from);
      }
      world.payload.saw(frame.task, inode, fileStart + from, count, world.memory.lineBytes, start);
      this.wasRefused = false;
      from += count;
      if (answered && this.port.request.at < this.port.horizon) continue;
      frame.set(R.moveFrom, from);
      return answered ? MoveStatus.Yield : MoveStatus.Pending;
    }
    frame.set(R.moveFrom, from);
    return this.finish(0);
  }

  /** A program stores, with flush and fence if its flags say so. */
  store(frame: Frame): number {
    const { world, port } = this;
    if (this.isOver(frame, Access.Write)) return MoveStatus.Finished;
    const { mm } = world;
    const mapping = frame.get(R.mapping);
    const fileStart = mm.mappings.firstPage(mapping) * BLOCK_BYTES;
    const flushes = (frame.get(R.flags) & StoreFlag.Flush) !== 0;
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    let phase = frame.get(R.moveState);
    while (from < to || phase === Phase.Flush) {
      // A flush is due for the line that holds the byte before.
      const at = phase === Phase.Flush ? from - 1 : from;
      const access = phase === Phase.Flush ? Access.Read : Access.Write;
      const page = Math.floor(at / BLOCK_BYTES);
      const word = mm.hardwareWord(mapping, page);
      const kind = translationKind(word);
      const isOwn = kind === Translation.Writable || kind === Translation.Private;
      if (phase === Phase.Flush ? kind === Translation.Absent : !isOwn) {
        frame.set(R.moveState, phase);
        return this.trap(frame, from, access, at);
      }
      const offset = at - page * BLOCK_BYTES;
      const start = at % LINE_BYTES;
      const count = Math.min(LINE_BYTES - start, to - from);
      let answered = true;
      if (phase === Phase.Bytes) {
        world.payload.fill(frame.get(R.source), fileStart + from, count, this.line, start);
      }
      if (kind === Translation.Private) {
        if (phase === Phase.Bytes) {
          mm.privatePages.write(translationTarget(word), offset, this.line, start, count);
        }
      } else {
        const target = translationTarget(word);
        const there = this.lines.word(target);
        if (!this.lines.allows(there, access)) {
          const resumeAt = phase === Phase.Flush ? Phase.InHostFlush : Phase.InHost;
          return this.trapHost(frame, from, target, offset, access, resumeAt);
        }
        if (phase === Phase.Flush) answered = this.lines.clwb(there, offset);
        else {
          answered = this.lines.write(there, offset, start, count);
          if (this.lines.isUnreadable) return this.endUnreadable(frame, from);
        }
      }
      this.wasRefused = false;
      if (phase === Phase.Flush) phase = Phase.Bytes;
      else {
        from += count;
        if (flushes) phase = Phase.Flush;
      }
      if (answered && port.request.at < port.horizon) continue;
      keepPlace(frame, from, phase);
      if (!answered) return MoveStatus.Pending;
      if (from < to || flushes) return MoveStatus.Yield;
    }
    keepPlace(frame, from, phase);
    return flushes ? this.fence(frame, LineOp.Sfence) : this.finish(0);
  }

  /** clwb of every line of a program's range. */
  flush(frame: Frame): number {
    if (this.isOver(frame, Access.Read)) return MoveStatus.Finished;
    const { mm } = this.world;
    const mapping = frame.get(R.mapping);
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    while (from < to) {
      const page = Math.floor(from / BLOCK_BYTES);
      const word = mm.table.word(mapping, page);
      const kind = translationKind(word);
      if (kind === Translation.Absent) return this.trap(frame, from, Access.Read);
      const offset = from - page * BLOCK_BYTES;
      let answered = true;
      if (!isCopy(kind))
        answered = this.lines.clwb(this.lines.word(translationTarget(word)), offset);
      from = Math.min(to, from - (from % LINE_BYTES) + LINE_BYTES);
      frame.set(R.moveFrom, from);
      if (answered && this.port.request.at < this.port.horizon) continue;
      return answered ? MoveStatus.Yield : MoveStatus.Pending;
    }
    return this.finish(0);
  }

  /** A call copies out of the window, or into it, from a place in it. */
  copy(frame: Frame, isIn: boolean): number {
    const { world, port } = this;
    if (this.isLost(frame)) return this.finish(COPY_GONE);
    const access = isIn ? Access.Write : Access.Read;
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    let file = frame.get(R.moveFile);
    while (from < to) {
      const target = Math.floor(from / BLOCK_BYTES);
      const offset = from % BLOCK_BYTES;
      const there = this.lines.word(target);
      if (!this.lines.allows(there, access)) {
        frame.set(R.moveFile, file);
        return this.trapHost(frame, from, target, offset, access, Phase.InHost);
      }
      const start = from % LINE_BYTES;
      const count = Math.min(LINE_BYTES - start, to - from);
      let answered: boolean;
      if (isIn) {
        world.payload.fill(frame.get(R.source), file, count, this.line, start);
        answered = this.lines.write(there, offset, start, count);
      } else answered = this.lines.read(there, offset, start, count, LineOp.StreamLoad);
      if (this.lines.isUnreadable) return this.finish(COPY_GONE);
      if (!isIn) world.payload.saw(frame.task, frame.get(R.inode), file, count, this.line, start);
      from += count;
      file += count;
      frame.set(R.moveFrom, from);
      frame.set(R.moveFile, file);
      if (answered && port.request.at < port.horizon) continue;
      return answered ? MoveStatus.Yield : MoveStatus.Pending;
    }
    return isIn ? this.finish(0) : this.fence(frame, LineOp.Mfence);
  }

  /** A page of the window into a private copy: `moveFile` is its slot. */
  copyPrivate(frame: Frame): number {
    const { world } = this;
    if (this.isLost(frame)) return this.finish(COPY_GONE);
    const to = frame.get(R.moveTo);
    for (let from = frame.get(R.moveFrom); from < to; from += LINE_BYTES) {
      const target = Math.floor(from / BLOCK_BYTES);
      const offset = from % BLOCK_BYTES;
      const there = this.lines.word(target);
      if (translationKind(there) === Translation.Absent) {
        return this.trapHost(frame, from, target, offset, Access.Read, Phase.InHost);
      }
      const answered = this.lines.read(there, offset, 0, LINE_BYTES, LineOp.StreamLoad);
      world.mm.privatePages.write(frame.get(R.moveFile), offset, this.line, 0, LINE_BYTES);
      frame.set(R.moveFrom, from + LINE_BYTES);
      if (answered && this.port.request.at < this.port.horizon) continue;
      return answered ? MoveStatus.Yield : MoveStatus.Pending;
    }
    return this.fence(frame, LineOp.Mfence);
  }

  /** A fault of this unit ended in a signal: the guest's own, or that of the host under it. */
  endTrap(frame: Frame, signal: number): void {
    const phase = frame.get(R.moveState);
    if (phase === Phase.InHost || phase === Phase.InHostFlush) {
      const lost = phase === Phase.InHost ? Phase.Lost : Phase.LostInFlush;
      frame.set(R.moveState, signal === Signal.Segv ? Phase.Refused : lost);
      return;
    }
    frame.set(R.signal, signal);
    frame.set(R.moveState, Phase.Signalled);
  }

  private get line(): Uint8Array {
    return this.world.memory.lineBytes;
  }

  /** Whether the move was taken up again only to end; else it goes on where it stopped. */
  private isOver(frame: Frame, access: Access): boolean {
    const phase = frame.get(R.moveState);
    const isLost = phase === Phase.Lost || phase === Phase.LostInFlush;
    if (isLost && this.leadsOn(frame, phase, access)) {
      this.finish(GONE);
      return true;
    }
    if (phase === Phase.Signalled) {
      this.finish(SIGNALLED);
      if (frame.get(R.signal) === Signal.None) frame.set(R.signal, Signal.Bus);
      return true;
    }
    if (phase === Phase.Fenced) {
      this.finish(0);
      return true;
    }
    this.wasRefused = phase === Phase.Refused;
    frame.set(R.moveState, resumed(phase));
    return false;
  }

  /** Whether the guest's translation still leads to where the host found nothing. */
  private leadsOn(frame: Frame, phase: number, access: Access): boolean {
    const isFlush = phase === Phase.LostInFlush;
    const at = isFlush ? frame.get(R.moveFrom) - 1 : frame.get(R.moveFrom);
    const { mm } = this.world;
    const word = mm.hardwareWord(frame.get(R.mapping), Math.floor(at / BLOCK_BYTES));
    const kind = translationKind(word);
    if (access === Access.Write && !isFlush) return kind === Translation.Writable;
    return kind !== Translation.Absent && !isCopy(kind);
  }

  /** Whether a copy was taken up again only to end; its range is held, so nothing is refused. */
  private isLost(frame: Frame): boolean {
    const phase = frame.get(R.moveState);
    this.wasRefused = false;
    if (phase === Phase.Lost || phase === Phase.Refused) return true;
    frame.set(R.moveState, resumed(phase));
    return false;
  }

  /** The host's media do not give the line. */
  private endUnreadable(frame: Frame, from: number): number {
    const isPoison = this.port.request.status === LineStatus.Poison;
    frame.set(R.moveFrom, from);
    if (!isPoison) return this.finish(GONE);
    frame.set(R.signal, Signal.Poison);
    return this.finish(SIGNALLED);
  }

  private fence(frame: Frame, op: number): number {
    if (frame.get(R.moveState) === Phase.Fenced) return this.finish(0);
    frame.set(R.moveState, Phase.Fenced);
    return this.port.issue(op, 0, 0, LINE_BYTES) ? this.finish(0) : MoveStatus.Pending;
  }

  private trap(frame: Frame, from: number, access: Access, at = from): number {
    frame.set(R.moveFrom, from);
    this.trapsHost = false;
    this.trapMapping = frame.get(R.mapping);
    this.trapOffset = at;
    this.trapAccess = access;
    return MoveStatus.Trap;
  }

  /** The second level has no page: an exit to the host, whose fault it is. */
  private trapHost(
    frame: Frame,
    from: number,
    windowPage: number,
    offset: number,
    access: Access,
    phase: number,
  ): number {
    frame.set(R.moveFrom, from);
    if (this.wasRefused) return this.finish(GONE);
    frame.set(R.moveState, phase);
    this.trapsHost = true;
    this.trapMapping = Math.floor(windowPage / HUGE_PAGES);
    this.trapOffset = (windowPage % HUGE_PAGES) * BLOCK_BYTES + offset;
    this.trapAccess = access;
    if (this.world.window !== null) this.world.window.figures.hostFaults += 1;
    return MoveStatus.Trap;
  }

  private finish(outcome: number): number {
    this.outcome = outcome;
    return MoveStatus.Finished;
  }
}

function keepPlace(frame: Frame, from: number, phase: number): void {
  frame.set(R.moveFrom, from);
  frame.set(R.moveState, phase);
}

function resumed(phase: number): number {
  if (phase === Phase.InHost || phase === Phase.Refused || phase === Phase.Lost) return Phase.Bytes;
  return phase === Phase.InHostFlush || phase === Phase.LostInFlush ? Phase.Flush : phase;
}
