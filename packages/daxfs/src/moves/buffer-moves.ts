/**
 * Moves between pages in memory and a caller's buffer that is a mapping of a cached file.
 *
 *      bufferIn    pinned pages of the buffer ─▶ a page in memory       direct write of a client
 *      bufferOut   a page in memory ─▶ pinned pages of the buffer       direct read of a client
 *      cacheFrom   what a mapping shows ─▶ cached pages of the file     write(2), no faults: all
 *                  of it or, where a translation is missing, nothing
 *
 * All are indivisible and cost what the prices of their steps say.
 */
import { MoveStatus } from '@daxsim/sim';
import { isCopy } from '../mm/memory-maps.js';
import { NO_PAGE, Translation, translationKind, translationTarget } from '../mm/page-table.js';
import { PAGE_BYTES } from '../mm/page-bytes.js';
import { R } from '../registers.js';
import type { Frame } from '@daxsim/sim';
import type { World } from '../world.js';

/** Outcomes of `cacheFrom`. */
const COPIED = 0;
const SHORT = 1;

export class BufferMoves {
  outcome = 0;
  private readonly buffer = new Uint8Array(PAGE_BYTES);

  constructor(private readonly world: World) {}

  /**
   * Bytes `moveFrom` … `moveTo` of pin `pin` into the page in `slot`, at their place in the file.
   */
  bufferIn(frame: Frame): number {
    const { bytes } = this.world.mm.cache;
    const target = frame.get(R.slot);
    let inPage = frame.get(R.moveFile) % PAGE_BYTES;
    this.eachPinned(frame, (slot, offset, count) => {
      bytes.read(slot, offset, this.buffer, 0, count);
      bytes.write(target, inPage, this.buffer, 0, count);
      inPage += count;
    });
    return MoveStatus.Finished;
  }

  /** The other way. */
  bufferOut(frame: Frame): number {
    const { bytes } = this.world.mm.cache;
    const source = frame.get(R.slot);
    let inPage = frame.get(R.moveFile) % PAGE_BYTES;
    this.eachPinned(frame, (slot, offset, count) => {
      bytes.read(source, inPage, this.buffer, 0, count);
      bytes.write(slot, offset, this.buffer, 0, count);
      inPage += count;
    });
    return MoveStatus.Finished;
  }

  /**
   * Bytes of `mapping`, from `offset2` on at the same distance as the file byte from `offset`, into
   * cached pages `moveFile` … `moveTo`.
   */
  cacheFrom(frame: Frame): number {
    const shift = frame.get(R.offset2) - frame.get(R.offset);
    const from = frame.get(R.moveFile) + shift;
    const to = frame.get(R.moveTo) + shift;
    this.outcome = COPIED;
    for (let page = Math.floor(from / PAGE_BYTES); page * PAGE_BYTES < to; page += 1) {
      if (translationKind(this.wordOf(frame, page)) !== Translation.Absent) continue;
      this.outcome = SHORT;
      return MoveStatus.Finished;
    }
    for (let at = from; at < to;) {
      const count = Math.min(to - at, PAGE_BYTES - (at % PAGE_BYTES));
      const room = PAGE_BYTES - ((at - shift) % PAGE_BYTES);
      const piece = Math.min(count, room);
      this.load(frame, at, piece);
      this.store(frame, at - shift, piece);
      at += piece;
    }
    frame.set(R.moveFile, to - shift);
    return MoveStatus.Finished;
  }

  private wordOf(frame: Frame, page: number): number {
    return this.world.mm.hardwareWord(frame.get(R.mapping), page);
  }

  private load(frame: Frame, at: number, count: number): void {
    const { cache, privatePages } = this.world.mm;
    const word = this.wordOf(frame, Math.floor(at / PAGE_BYTES));
    const pages = isCopy(translationKind(word)) ? privatePages : cache.bytes;
    pages.read(translationTarget(word), at % PAGE_BYTES, this.buffer, 0, count);
  }

  private store(frame: Frame, file: number, count: number): void {
    const { cache } = this.world.mm;
    const slot = cache.slot(frame.get(R.inode), Math.floor(file / PAGE_BYTES));
    if (slot !== NO_PAGE) cache.bytes.write(slot, file % PAGE_BYTES, this.buffer, 0, count);
  }

  /** The pinned pages of bytes `moveFrom` … `moveTo` of a pin, each with the bytes of it. */
  private eachPinned(
    frame: Frame,
    act: (slot: number, offset: number, count: number) => void,
  ): void {
    const { pins } = this.world.mm;
    const pin = frame.get(R.pin);
    const start = pins.start(pin);
    const to = frame.get(R.moveTo);
    for (let at = frame.get(R.moveFrom); at < to;) {
      const byte = start + at;
      const count = Math.min(to - at, PAGE_BYTES - (byte % PAGE_BYTES));
      const slot = pins.cachedSlot(pin, pins.pageAt(pin, at));
      if (slot !== NO_PAGE) act(slot, byte % PAGE_BYTES, count);
      at += count;
    }
    frame.set(R.moveFrom, to);
  }
}
