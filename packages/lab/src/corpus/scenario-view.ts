/**
 * What checks may ask: results of operations, files, and, while power is on, mappings.
 *
 * A load by a check is a load through the scenario's own mapping with all that it shows by then: a
 * translation that is there is used, stale or not; where none is, a fault would map what the
 * extents say.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import {
  RANGE_BYTES,
  Translation,
  isCopy,
  translationKind,
  translationTarget,
} from '@daxsim/daxfs';
import { NOTHING, number } from './checks/values.js';
import type { World } from '@daxsim/daxfs';
import type { CheckView } from './checks/evaluate.js';
import type { CorpusMap } from './calls.js';
import type { MediaView } from './media-view.js';
import type { Results } from './results.js';
import type { Value } from './checks/values.js';

const RANGE_PAGES = RANGE_BYTES / BLOCK_BYTES;

export class ScenarioView implements CheckView {
  constructor(
    readonly results: Results,
    readonly media: MediaView,
    private readonly freeAtStart: number,
    /** Null after power loss. */
    private readonly world: World | null,
    private readonly maps: ReadonlyMap<string, CorpusMap>,
  ) {}

  label(name: string): Value {
    return this.results.value(name);
  }

  isDone(name: string): boolean {
    return this.results.isDone(name);
  }

  isStarted(name: string): boolean {
    return this.results.isStarted(name);
  }

  isAfter(later: string, earlier: string): boolean {
    return this.results.isAfter(later, earlier);
  }

  size(file: string): number {
    return this.media.size(file);
  }

  blocks(file: string): number {
    return this.media.blocks(file);
  }

  exists(file: string): boolean {
    return this.media.inodeOf(file) !== 0;
  }

  extentState(file: string, block: number): Value {
    return this.media.extentState(file, block);
  }

  blockOf(file: string, block: number): Value {
    return this.media.blockOf(file, block);
  }

  pread(file: string, offset: number, length: number): Value {
    return this.media.pread(file, offset, length);
  }

  freeBlocks(): number {
    return this.media.freeBlocks();
  }

  freeBlocksAtStart(): number {
    return this.freeAtStart;
  }

  pteBlock(name: string, page: number): Value {
    const word = this.wordAt(name, page);
    if (word === null) return NOTHING;
    const kind = translationKind(word);
    if (kind === Translation.Absent || isCopy(kind)) return { kind: 'word', word: 'none' };
    if (kind === Translation.Zero) return { kind: 'word', word: 'zero_page' };
    return number(translationTarget(word));
  }

  load(name: string, offset: number, length: number): Value {
    const { world } = this;
    const map = this.maps.get(name);
    if (map === undefined || world === null) return NOTHING;
    if (!world.mm.mappings.isLive(map.number)) return NOTHING;
    const inode = world.mm.mappings.inode(map.number);
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const from = offset + at;
      const count = Math.min(BLOCK_BYTES - (from % BLOCK_BYTES), length - at);
      const page = Math.floor(from / BLOCK_BYTES);
      const word = this.wordAt(name, page) ?? 0;
      const kind = translationKind(word);
      if (kind === Translation.Absent) {
        const filePage = world.mm.mappings.firstPage(map.number) + page;
        if (filePage * BLOCK_BYTES >= world.volume.inodes.sizeBytes(world.serverInode(inode))) {
          return { kind: 'signal', isPoison: false, offset: from };
        }
        const part = bytes.subarray(at, at + count);
        this.media.bytesInto(
          world.serverInode(inode),
          filePage * BLOCK_BYTES + (from % BLOCK_BYTES),
          part,
        );
      } else if (isCopy(kind)) {
        const slot = translationTarget(word);
        world.mm.privatePages.read(slot, from % BLOCK_BYTES, bytes, at, count);
      } else if (isCached(kind)) {
        world.mm.cache.bytes.read(translationTarget(word), from % BLOCK_BYTES, bytes, at, count);
      } else if (kind !== Translation.Zero) {
        this.peek(world, translationTarget(word), inode, map, from, bytes, at, count);
      }
      at += count;
    }
    return { kind: 'bytes', bytes, asked: length };
  }

  /** Bytes of a page that a translation shows; of a guest's window, what its host has there. */
  private peek(
    world: World,
    target: number,
    inode: number,
    map: CorpusMap,
    from: number,
    bytes: Uint8Array,
    at: number,
    count: number,
  ): void {
    let block = target;
    if (world.host !== null) {
      const there = world.host.mm.table.word(
        Math.floor(target / RANGE_PAGES),
        target % RANGE_PAGES,
      );
      if (translationKind(there) === Translation.Absent) {
        const part = bytes.subarray(at, at + count);
        this.media.bytesInto(world.serverInode(inode), map.offset + from, part);
        return;
      }
      if (translationKind(there) === Translation.Zero) return;
      block = translationTarget(there);
    }
    world.memory.peekBytes(block * BLOCK_BYTES + (from % BLOCK_BYTES), bytes, at, count);
  }

  /** The word that the hardware has for a page of a mapping; null without the mapping. */
  private wordAt(name: string, page: number): number | null {
    const map = this.maps.get(name);
    if (map === undefined || this.world === null) return null;
    return this.world.mm.table.word(map.number, page);
  }
}

/** Whether a translation shows a page of the page cache. */
function isCached(kind: number): boolean {
  return (
    kind === Translation.Cached ||
    kind === Translation.CachedWritable ||
    kind === Translation.CachedDirty
  );
}
