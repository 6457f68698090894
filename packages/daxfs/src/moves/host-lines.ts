/**
 * Lines of the host's memory as a guest reaches them: the second level of its page tables, and what
 * lies there.
 *
 *      window page ─▶ range, page in it ─▶ page table of the host ─▶ block │ page of its cache
 *
 * A page of the host's cache is ordinary memory, which costs nothing here. What comes and goes is
 * in `memory.lineBytes`.
 */
import { BLOCK_BYTES, LINE_BYTES, assert } from '@daxsim/sim';
import { LineOp, LineStatus } from '@daxsim/pmem';
import { Access } from '../abi.js';
import { HUGE_PAGES } from '../mm/huge.js';
import { Translation, translationKind, translationTarget } from '../mm/page-table.js';
import type { World } from '../world.js';
import type { LinePort } from './line-port.js';

const LINES_PER_BLOCK = BLOCK_BYTES / LINE_BYTES;

export class HostLines {
  /** The last line was not given: a media error that is told, or no media. */
  isUnreadable = false;
  private readonly host: World;

  constructor(
    private readonly world: World,
    private readonly port: LinePort,
  ) {
    assert(world.host !== null, 'HostLines: a world without a host');
    this.host = world.host;
  }

  /** What the second level has for a page of the window: the host's page table, if it hears. */
  word(windowPage: number): number {
    const range = Math.floor(windowPage / HUGE_PAGES);
    return this.host.mm.hardwareWord(range, windowPage % HUGE_PAGES);
  }

  allows(word: number, access: Access): boolean {
    const kind = translationKind(word);
    if (access === Access.Read) return kind !== Translation.Absent;
    return kind === Translation.Writable || kind === Translation.CachedWritable;
  }

  read(word: number, offset: number, start: number, count: number, op: number): boolean {
    const { memory } = this.world;
    this.isUnreadable = false;
    const kind = translationKind(word);
    if (kind === Translation.Zero) {
      memory.lineWords.fill(0);
      return true;
    }
    if (isCached(kind)) {
      const slot = translationTarget(word);
      this.host.mm.cache.bytes.read(slot, offset, memory.lineBytes, start, count);
      return true;
    }
    return this.issue(op, lineOf(word, offset), 0, LINE_BYTES);
  }

  write(word: number, offset: number, start: number, count: number): boolean {
    this.isUnreadable = false;
    if (isCached(translationKind(word))) {
      const slot = translationTarget(word);
      this.host.mm.cache.bytes.write(slot, offset, this.world.memory.lineBytes, start, count);
      return true;
    }
    return this.issue(LineOp.Store, lineOf(word, offset), start, start + count);
  }

  private issue(op: number, line: number, from: number, to: number): boolean {
    const answered = this.port.issue(op, line, from, to);
    const { status } = this.port.request;
    const isTold = status === LineStatus.Poison && this.world.knobs.poison === 'reported';
    this.isUnreadable = isTold || status === LineStatus.Absent;
    return answered;
  }

  clwb(word: number, offset: number): boolean {
    const kind = translationKind(word);
    if (kind !== Translation.Writable && kind !== Translation.ReadOnly) return true;
    return this.port.issue(LineOp.Clwb, lineOf(word, offset), 0, LINE_BYTES);
  }
}

function lineOf(word: number, offset: number): number {
  return translationTarget(word) * LINES_PER_BLOCK + Math.floor(offset / LINE_BYTES);
}

/** Pages of the host's cache are ordinary memory: no request, no time. */
function isCached(kind: number): boolean {
  return (
    kind === Translation.Cached ||
    kind === Translation.CachedWritable ||
    kind === Translation.CachedDirty
  );
}
