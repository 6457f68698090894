/**
 * Moves of the page cache: between a caller and cached pages, and between cached pages and the
 * device, which is a block device here.
 *
 *      caller ──cacheIn──▶ page ──cacheWrite: ntstore, fence──▶ device
 *      caller ◀─cacheOut── page ◀─cacheFill:  streamed load──── device
 *
 * Copies in memory cost what the prices of their steps say, those with the device what it takes.
 * Places are bytes of the file; each page is found when it is moved, so a folio need not lie in one
 * piece; one that a lock plan let somebody take away reads as zeros. Copies in memory are
 * indivisible. As Linux 6.12 drivers/nvdimm/pmem.c moves a bio:
 * memcpy_flushcache for writes, memcpy_mcsafe for reads.
 */
import { LINE_BYTES, MoveStatus } from '@daxsim/sim';
import { LineOp } from '@daxsim/pmem';
import { R } from '../registers.js';
import { PAGE_BYTES } from '../mm/page-bytes.js';
import { NO_PAGE } from '../mm/page-table.js';
import type { Frame } from '@daxsim/sim';
import type { World } from '../world.js';
import type { LinePort } from './line-port.js';

const Phase = { Bytes: 0, Fenced: 2 } as const;

export class CacheMoves {
  private readonly buffer = new Uint8Array(PAGE_BYTES);

  constructor(
    private readonly world: World,
    private readonly port: LinePort,
  ) {}

  /** The caller's bytes into cached pages. */
  cacheIn(frame: Frame): number {
    const { payload, mm } = this.world;
    const source = frame.get(R.source);
    this.eachPage(frame, (file, slot, offset, count) => {
      payload.fill(source, file, count, this.buffer, 0);
      if (slot !== NO_PAGE) mm.cache.bytes.write(slot, offset, this.buffer, 0, count);
    });
    return MoveStatus.Finished;
  }

  cacheOut(frame: Frame): number {
    const { payload, mm } = this.world;
    const inode = frame.get(R.inode);
    this.eachPage(frame, (file, slot, offset, count) => {
      if (slot === NO_PAGE) this.buffer.fill(0);
      else mm.cache.bytes.read(slot, offset, this.buffer, 0, count);
      payload.saw(frame.task, inode, file, count, this.buffer, 0);
    });
    return MoveStatus.Finished;
  }

  cacheZero(frame: Frame): number {
    this.eachPage(frame, (_file, slot, offset, count) => {
      if (slot !== NO_PAGE) this.world.mm.cache.bytes.zero(slot, offset, count);
    });
    return MoveStatus.Finished;
  }

  /** From cached pages of `inode2`, at `moveFrom`, to those of `inode`. */
  cacheAcross(frame: Frame): number {
    const { cache } = this.world.mm;
    const source = frame.get(R.inode2);
    const shift = frame.get(R.moveFrom) - frame.get(R.moveFile);
    this.eachPage(frame, (file, slot, offset, count) => {
      for (let done = 0; done < count;) {
        const from = file + shift + done;
        const inPage = from % PAGE_BYTES;
        const piece = Math.min(count - done, PAGE_BYTES - inPage);
        const fromSlot = cache.slot(source, Math.floor(from / PAGE_BYTES));
        if (slot !== NO_PAGE && fromSlot !== NO_PAGE) {
          cache.bytes.read(fromSlot, inPage, this.buffer, 0, piece);
          cache.bytes.write(slot, offset + done, this.buffer, 0, piece);
        }
        done += piece;
      }
    });
    return MoveStatus.Finished;
  }

  /** A page of the cache, by its slot `block`, into a private copy. */
  cachePrivate(frame: Frame): number {
    const { cache, privatePages } = this.world.mm;
    cache.bytes.read(frame.get(R.block), 0, this.buffer, 0, PAGE_BYTES);
    privatePages.write(frame.get(R.moveFile), 0, this.buffer, 0, PAGE_BYTES);
    return MoveStatus.Finished;
  }

  /** Bytes `moveFrom` … `moveTo` of the page in slot `block`, as a pin shows them. */
  cachePinned(frame: Frame): number {
    const from = frame.get(R.moveFrom);
    const count = frame.get(R.moveTo) - from;
    this.world.mm.cache.bytes.read(frame.get(R.block), from, this.buffer, 0, count);
    const inode = frame.get(R.inode);
    this.world.payload.saw(frame.task, inode, frame.get(R.moveFile), count, this.buffer, 0);
    return MoveStatus.Finished;
  }

  /** A page in memory over another. */
  pageCopy(frame: Frame): number {
    this.world.mm.cache.bytes.copy(frame.get(R.block), frame.get(R.slot));
    return MoveStatus.Finished;
  }

  /** The caller's bytes into a page in memory that no file caches. */
  pageIn(frame: Frame): number {
    const file = frame.get(R.moveFile);
    const count = frame.get(R.moveTo) - file;
    this.world.payload.fill(frame.get(R.source), file, count, this.buffer, 0);
    const { bytes } = this.world.mm.cache;
    bytes.write(frame.get(R.slot), file % PAGE_BYTES, this.buffer, 0, count);
    return MoveStatus.Finished;
  }

  /**
   * Whole lines of the device, `moveFrom` … `moveTo`, into cached pages from `moveFile` on, or into
   * a page by its slot.
   */
  cacheFill(frame: Frame, bySlot: boolean): number {
    const { port, world } = this;
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    let file = frame.get(R.moveFile);
    while (from < to) {
      const answered = port.issue(LineOp.StreamLoad, from / LINE_BYTES, 0, LINE_BYTES);
      const slot = bySlot ? Math.floor(file / PAGE_BYTES) : this.slotAt(frame, file);
      const { bytes } = world.mm.cache;
      if (slot !== NO_PAGE) {
        bytes.write(slot, file % PAGE_BYTES, world.memory.lineBytes, 0, LINE_BYTES);
      }
      from += LINE_BYTES;
      file += LINE_BYTES;
      if (answered && port.request.at < port.horizon) continue;
      save(frame, from, file);
      return answered ? MoveStatus.Yield : MoveStatus.Pending;
    }
    save(frame, from, file);
    return this.finishWith(frame, LineOp.Mfence);
  }

  /**
   * Cached pages from `moveFile` on, or a page by its slot, to the device, past the caches; durable
   * when it ends.
   */
  cacheWrite(frame: Frame, bySlot: boolean): number {
    const { port, world } = this;
    const to = frame.get(R.moveTo);
    let from = frame.get(R.moveFrom);
    let file = frame.get(R.moveFile);
    while (from < to) {
      const slot = bySlot ? Math.floor(file / PAGE_BYTES) : this.slotAt(frame, file);
      const { bytes } = world.mm.cache;
      if (slot === NO_PAGE) world.memory.lineBytes.fill(0);
      else bytes.read(slot, file % PAGE_BYTES, world.memory.lineBytes, 0, LINE_BYTES);
      const answered = port.issue(LineOp.NtStore, from / LINE_BYTES, 0, LINE_BYTES);
      from += LINE_BYTES;
      file += LINE_BYTES;
      if (answered && port.request.at < port.horizon) continue;
      save(frame, from, file);
      return answered ? MoveStatus.Yield : MoveStatus.Pending;
    }
    save(frame, from, file);
    return this.finishWith(frame, LineOp.Sfence);
  }

  private finishWith(frame: Frame, op: number): number {
    if (frame.get(R.moveState) === Phase.Fenced) return MoveStatus.Finished;
    frame.set(R.moveState, Phase.Fenced);
    return this.port.issue(op, 0, 0, LINE_BYTES) ? MoveStatus.Finished : MoveStatus.Pending;
  }

  private slotAt(frame: Frame, file: number): number {
    return this.world.mm.cache.slot(frame.get(R.inode), Math.floor(file / PAGE_BYTES));
  }

  /** The pages of file bytes `moveFile` … `moveTo`, each with its slot and the bytes of it. */
  private eachPage(
    frame: Frame,
    act: (file: number, slot: number, offset: number, count: number) => void,
  ): void {
    const to = frame.get(R.moveTo);
    let file = frame.get(R.moveFile);
    while (file < to) {
      const offset = file % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - offset, to - file);
      act(file, this.slotAt(frame, file), offset, count);
      file += count;
    }
    frame.set(R.moveFile, file);
  }
}

function save(frame: Frame, from: number, file: number): void {
  frame.set(R.moveFrom, from);
  frame.set(R.moveFile, file);
}
