/**
 * A recovered image, held against what had been promised.
 *
 *     image ─▶ every name from the root ─▶ names as promised?
 *          ├─▶ every regular file found  ─▶ each byte one that it may hold, long enough?
 *          └─▶ every promised file       ─▶ is it there?
 *
 * The image is read through `MediaImage` alone. A file found under several names is judged once. Of
 * files of more than 4 MiB only a part is read each time, see touched-regions.ts.
 */
import { MediaImage } from '@daxsim/daxfs';
import type { Memory } from '@daxsim/pmem';
import type { PayloadWords } from '../oracle/payload-words.js';
import type { DurabilityWatch } from './durability-watch.js';
import type { DurableFile, Tally } from './durable-file.js';
import { REGION_BYTES, nextRegion } from './touched-regions.js';
import { bindingOf, nameKey, type NameWatch } from './name-watch.js';

/** What was wrong with one image. */
export interface Findings {
  lostSyncedBytes: number;
  /** Bytes of another file, of an earlier time, or that nobody wrote. */
  foreignBytes: number;
  /** Names that are gone or lead elsewhere, or that nobody made. */
  lostSyncedNames: number;
  bytesChecked: number;
  /** The first problems, one line each. */
  readonly problems: string[];
}

const PROBLEMS_KEPT = 10;
/** Files up to this size are read whole each time. */
const WHOLE_BYTES = 4_194_304;
const BLOCK = 4096;
const ROOT = 1;
const REGULAR = 8;
const DIRECTORY = 4;

export class ImageJudge {
  private readonly chunk = new Uint8Array(REGION_BYTES);

  constructor(
    private readonly watch: DurabilityWatch,
    private readonly names: NameWatch,
    private readonly words: PayloadWords,
  ) {}

  /**
   * Judges an image that was recovered; one without a file system is a problem of fsck's. `moment`
   * numbers the images of a run: of large files each shows what changed and another part.
   */
  judge(memory: Memory, moment: number): Findings {
    const findings: Findings = {
      lostSyncedBytes: 0,
      foreignBytes: 0,
      lostSyncedNames: 0,
      bytesChecked: 0,
      problems: [],
    };
    const image = MediaImage.open(memory);
    if (image === null) return findings;
    const found = new Map<string, string>();
    const inodes = new Set<number>();
    walk(image, found, inodes);
    for (const problem of this.names.judge(found)) {
      findings.lostSyncedNames += 1;
      note(findings, problem);
    }
    for (const inode of inodes) {
      const head = image.inode(inode);
      if (head.type !== REGULAR) continue;
      const file = this.watch.found(inode, head.generation + 1);
      this.judgeFile(memory, image, file, head.sizeBytes, moment, findings);
    }
    for (const file of inOrder(this.watch.files())) {
      const { inode, generation } = file.content;
      const isThere = image.isUsed(inode) && image.inode(inode).generation + 1 === generation;
      if (isThere || !file.isPromised || !this.watch.isLinked(file)) continue;
      findings.lostSyncedBytes += file.syncedSize;
      note(findings, `inode ${inode} is gone, ${file.syncedSize} bytes of it were synced`);
    }
    return findings;
  }

  private judgeFile(
    memory: Memory,
    image: MediaImage,
    file: DurableFile,
    size: number,
    moment: number,
    findings: Findings,
  ): void {
    const { inode } = file.content;
    const tally: Tally = { lost: 0, foreign: 0 };
    const isWhole = size <= WHOLE_BYTES;
    for (const { from, to } of file.content.running) file.regions.touch(from, to);
    const isDue = (offset: number): boolean => isWhole || file.regions.isDue(offset, moment);
    let at = 0;
    const zerosTo = (end: number): void => {
      for (; at < end; at = nextRegion(at)) {
        if (!isDue(at)) continue;
        const count = Math.min(nextRegion(at), end) - at;
        this.chunk.fill(0, 0, count);
        this.judgeChunk(file, at, count, tally, findings);
      }
    };
    for (const { fileBlock, block, length, isUnwritten } of image.extents(inode)) {
      const first = fileBlock * BLOCK;
      zerosTo(Math.min(size, first));
      const end = Math.min(size, first + length * BLOCK);
      for (at = first; at < end; at = nextRegion(at)) {
        if (!isDue(at)) continue;
        const count = Math.min(nextRegion(at), end) - at;
        if (isUnwritten) this.chunk.fill(0, 0, count);
        else memory.peekBytes(block * BLOCK + at - first, this.chunk, 0, count);
        this.judgeChunk(file, at, count, tally, findings);
      }
      at = first + length * BLOCK;
    }
    zerosTo(size);
    const missing = file.isPromised ? Math.max(0, file.syncedSize - size) : 0;
    if (missing > 0 && !this.mayBeCut(file, size)) {
      tally.lost += missing;
      note(findings, `inode ${inode}: ${size} bytes long, ${file.syncedSize} were synced`);
    }
    findings.lostSyncedBytes += tally.lost;
    findings.foreignBytes += tally.foreign;
    if (tally.lost > 0) note(findings, `inode ${inode}: ${tally.lost} synced bytes lost`);
    if (tally.foreign > 0) note(findings, `inode ${inode}: ${tally.foreign} foreign bytes`);
  }

  private judgeChunk(
    file: DurableFile,
    at: number,
    length: number,
    tally: Tally,
    findings: Findings,
  ): void {
    findings.bytesChecked += length;
    const before = tally.lost;
    file.judge(this.words, at, length, this.chunk, tally);
    // An open that empties a file is running, and nobody can tell yet which one.
    if (this.watch.emptying > 0) tally.lost = before;
  }

  private mayBeCut(file: DurableFile, size: number): boolean {
    return this.watch.emptying > 0 || file.mayBeCut(size);
  }
}

/** By inode, so that what is found does not depend on who was met first. */
function inOrder(files: Iterable<DurableFile>): DurableFile[] {
  return [...files].sort(
    ({ content: a }, { content: b }) => a.inode - b.inode || a.generation - b.generation,
  );
}

/** Every name, and every inode that has one. */
function walk(image: MediaImage, found: Map<string, string>, inodes: Set<number>): void {
  const waiting = [ROOT];
  inodes.add(ROOT);
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    const { generation } = image.inode(dir);
    for (const { name, inode, type } of image.entries(dir)) {
      const key = nameKey(dir, generation, new TextDecoder().decode(name));
      found.set(key, bindingOf(inode, image.inode(inode).generation));
      if (inodes.has(inode)) continue;
      inodes.add(inode);
      if (type === DIRECTORY) waiting.push(inode);
    }
  }
}

function note({ problems }: Findings, problem: string): void {
  if (problems.length < PROBLEMS_KEPT) problems.push(problem);
}
