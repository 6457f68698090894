/**
 * write(2) whose caller's buffer is itself a mapping of a file.
 *
 *      source  (mapping, offset) ─▶ translation ─▶ line ─ load ─┐
 *                   └ absent: trap, with the locks of the call held    ─▶ store past the caches
 *
 * A source that ends in a signal ends the copy with what was copied until then, or EFAULT.
 */
import { BLOCK_BYTES, LINE_BYTES, MoveStatus } from '@daxsim/sim';
import { LineOp } from '@daxsim/pmem';
import { Errno, Signal } from '../abi.js';
import { isCopy } from '../mm/memory-maps.js';
import { Translation, translationKind, translationTarget } from '../mm/page-table.js';
import { R } from '../registers.js';
import type { Frame } from '@daxsim/sim';
import type { World } from '../world.js';
import type { LinePort } from './line-port.js';

/** `moveState` of a move whose trap ended in a signal; see user-moves.ts. */
const SIGNALLED = 3;
const LINES_PER_BLOCK = BLOCK_BYTES / LINE_BYTES;

export class MappedCopy {
  /** Where the trap happened: offset in the mapping. */
  trapOffset = 0;
  private readonly piece = new Uint8Array(LINE_BYTES);

  constructor(
    private readonly world: World,
    private readonly port: LinePort,
  ) {}

  /** From `offset2` of `mapping`, at the same distance as the file byte from `offset`. */
  advance(frame: Frame): number {
    const { port, world } = this;
    if (frame.get(R.moveState) === SIGNALLED) return this.endShort(frame);
    const to = frame.get(R.moveTo);
    while (frame.get(R.moveFrom) < to) {
      const from = frame.get(R.moveFrom);
      const file = frame.get(R.moveFile);
      const start = from % LINE_BYTES;
      const source = frame.get(R.offset2) + file - frame.get(R.offset);
      const room = LINE_BYTES - (source % LINE_BYTES);
      const count = Math.min(LINE_BYTES - start, to - from, room);
      if (!this.load(frame, source, count)) {
        this.trapOffset = source;
        return MoveStatus.Trap;
      }
      world.memory.lineBytes.set(this.piece.subarray(0, count), start);
      const isWords = ((start | count) & 7) === 0;
      const line = (from - start) / LINE_BYTES;
      port.issue(isWords ? LineOp.NtStore : LineOp.Store, line, start, start + count);
      if (!isWords) port.issue(LineOp.Clwb, line, 0, LINE_BYTES);
      frame.set(R.moveFrom, from + count);
      frame.set(R.moveFile, file + count);
    }
    return MoveStatus.Finished;
  }

  /** Leaves bytes of the source in `piece`; false if its page has no translation. */
  private load(frame: Frame, source: number, count: number): boolean {
    const { mm, memory } = this.world;
    const page = Math.floor(source / BLOCK_BYTES);
    const word = mm.hardwareWord(frame.get(R.mapping), page);
    const kind = translationKind(word);
    if (kind === Translation.Absent) return false;
    const offset = source - page * BLOCK_BYTES;
    if (kind === Translation.Zero) this.piece.fill(0);
    else if (isCopy(kind)) {
      mm.privatePages.read(translationTarget(word), offset, this.piece, 0, count);
    } else {
      const start = offset % LINE_BYTES;
      const line = translationTarget(word) * LINES_PER_BLOCK + (offset - start) / LINE_BYTES;
      this.port.issue(LineOp.Load, line, 0, LINE_BYTES);
      this.piece.set(memory.lineBytes.subarray(start, start + count));
    }
    return true;
  }

  private endShort(frame: Frame): number {
    const moved = frame.get(R.moveFile) - frame.get(R.cursor);
    frame.set(R.signal, Signal.None);
    frame.set(R.moveState, 0);
    if (this.world.knobs.failedCopies === 'ignored') return MoveStatus.Finished;
    frame.set(R.chunk, moved);
    frame.set(R.end, frame.get(R.cursor) + moved);
    if (frame.get(R.done) + moved === 0) frame.set(R.errno, Errno.Fault);
    return MoveStatus.Finished;
  }
}
