/**
 * Power cuts: at drawn moments of a run, what would be left is recovered and held against what had
 * been promised.
 *
 *     moment ─▶ image: accepted lines, and of each other line a drawn prefix ─▶ recovery ─▶ fsck
 *            └▶ each file: exists, has its name, no synced byte lost, no foreign byte
 *
 * The run itself goes on as if nothing had happened: an image is a copy on write. The same seed draws
 * the same moments and the same survivors.
 */
import { MediaImage, MediaOutcome, fsck, recoverNow, type World } from '@daxsim/daxfs';
import type { Memory } from '@daxsim/pmem';
import { Point, type Decider, type Digest } from '@daxsim/sim';
import type { PayloadWords } from '../oracle/payload-words.js';
import type { RunParts } from '../replay/replay.js';
import { DurabilityWatch } from './durability-watch.js';
import type { DurableFile } from './durable-file.js';

/** What went wrong at one moment. */
export interface CutFailure {
  /** Number of the moment in the run, from 0. */
  readonly moment: number;
  readonly at_ps: number;
  readonly problems: readonly string[];
}

export interface CutSummary {
  moments: number;
  lostSyncedBytes: number;
  foreignBytes: number;
  lostSyncedNames: number;
  fsckErrors: number;
  bytesChecked: number;
  /** The first ones. */
  readonly failures: CutFailure[];
}

const FAILURES_KEPT = 20;
const PROBLEMS_KEPT = 10;
const CHUNK = 1 << 18;
const BLOCK = 4096;
const TWO_32 = 4294967296;
const REGULAR = 8;

export class PowerCuts {
  readonly summary: CutSummary = {
    moments: 0,
    lostSyncedBytes: 0,
    foreignBytes: 0,
    lostSyncedNames: 0,
    fsckErrors: 0,
    bytesChecked: 0,
    failures: [],
  };
  private readonly watch: DurabilityWatch;
  private readonly memory: Memory;
  private readonly world: World;
  private readonly words: PayloadWords;
  private readonly decider: Decider;
  private readonly digest: Digest;
  private readonly chunk = new Uint8Array(CHUNK);
  private problems: string[] = [];

  constructor(
    private readonly parts: RunParts,
    /** How many moments, and the length of the run that they are drawn over, in ticks. */
    moments: number,
    runTicks: number,
  ) {
    const { timed, source, due, decider, digest } = parts;
    this.memory = timed.memory;
    this.world = timed.system.world;
    this.words = timed.oracle.words;
    this.decider = decider;
    this.digest = digest;
    this.watch = new DurabilityWatch(this.world, timed.oracle, source);
    timed.oracle.listener = this.watch;
    source.listeners.push(this.watch);
    const drawn = Array.from({ length: moments }, () => this.draw(Point.Crash, TWO_32));
    due.cuts.push(...drawn.map((at) => Math.floor((at / TWO_32) * runTicks)).sort(ascending));
    due.onCut = (at) => this.cut(at);
  }

  private cut(at: number): void {
    this.parts.timed.system.mover.decideUntil(at);
    const image = this.memory.crashImage({
      keep: (_line, units) => this.draw(Point.Survivors, units + 1),
    });
    this.problems = [];
    const report = recoverNow(image);
    if (report.outcome !== MediaOutcome.Done) {
      this.summary.fsckErrors += 1;
      this.note('recovery finds no file system');
    } else {
      for (const { where, what } of fsck(image)) {
        this.summary.fsckErrors += 1;
        this.note(`fsck: ${where}: ${what}`);
      }
      this.judge(image);
    }
    const { failures, moments } = this.summary;
    if (this.problems.length > 0 && failures.length < FAILURES_KEPT) {
      failures.push({ moment: moments, at_ps: at, problems: this.problems });
    }
    this.summary.moments += 1;
  }

  private judge(memory: Memory): void {
    const image = MediaImage.open(memory);
    if (image === null) return;
    const inodeAt = new Map(image.files().map(({ path, inode }) => [path, inode]));
    for (const [content, file] of this.watch.files) {
      const { inode, generation } = content;
      const head = image.isUsed(inode) ? image.inode(inode) : undefined;
      // The oracle counts uses of an inode number from 1.
      const isThere = head !== undefined && head.generation === generation - 1;
      const mustExist = file.isPromised && this.isLinked(inode, generation);
      if (!isThere) {
        if (mustExist) this.lose(file, 'is gone');
        else if (!this.isLinked(inode, generation)) this.watch.files.delete(content);
        continue;
      }
      if (head.type !== REGULAR) continue;
      this.judgeFile(memory, image, file, head.sizeBytes);
      const name = file.promisedName;
      if (mustExist && name !== undefined && inodeAt.get(name) !== inode) {
        this.summary.lostSyncedNames += 1;
        this.note(`${name} does not name inode ${inode}`);
      }
    }
  }

  private judgeFile(memory: Memory, image: MediaImage, file: DurableFile, size: number): void {
    const { inode } = file.content;
    const tally = { lost: 0, foreign: 0 };
    const { chunk } = this;
    let at = 0;
    const zerosTo = (end: number): void => {
      for (; at < end; at += CHUNK) {
        const length = Math.min(CHUNK, end - at);
        chunk.fill(0, 0, length);
        this.judgeChunk(file, at, length, tally);
      }
    };
    for (const { fileBlock, block, length, isUnwritten } of image.extents(inode)) {
      zerosTo(Math.min(size, fileBlock * BLOCK));
      const first = fileBlock * BLOCK;
      const end = Math.min(size, first + length * BLOCK);
      for (at = first; at < end; at += CHUNK) {
        const count = Math.min(CHUNK, end - at);
        if (isUnwritten) chunk.fill(0, 0, count);
        else memory.peekBytes(block * BLOCK + at - first, chunk, 0, count);
        this.judgeChunk(file, at, count, tally);
      }
      at = first + length * BLOCK;
    }
    zerosTo(size);
    if (file.isPromised && size < file.syncedSize && !file.mayBeCut(size)) {
      tally.lost += file.syncedSize - size;
      this.note(`inode ${inode}: ${size} bytes of ${file.syncedSize} that were synced`);
    }
    this.summary.lostSyncedBytes += tally.lost;
    this.summary.foreignBytes += tally.foreign;
    if (tally.lost > 0) this.note(`inode ${inode}: ${tally.lost} synced bytes lost`);
    if (tally.foreign > 0) this.note(`inode ${inode}: ${tally.foreign} foreign bytes`);
  }

  private judgeChunk(
    file: DurableFile,
    at: number,
    length: number,
    tally: { lost: number; foreign: number },
  ): void {
    this.summary.bytesChecked += length;
    file.judge(this.words, at, length, this.chunk, tally);
  }

  private lose(file: DurableFile, what: string): void {
    this.summary.lostSyncedBytes += file.syncedSize;
    if (file.promisedName !== undefined) this.summary.lostSyncedNames += 1;
    this.note(`inode ${file.content.inode} (${file.promisedName ?? 'unnamed'}) ${what}`);
  }

  private isLinked(inode: number, generation: number): boolean {
    const { inodes } = this.world.volume;
    const isSame = inodes.isUsed(inode) && inodes.generation(inode) === generation - 1;
    return isSame && inodes.links(inode) > 0;
  }

  private note(problem: string): void {
    if (this.problems.length < PROBLEMS_KEPT) this.problems.push(problem);
  }

  private draw(point: (typeof Point)[keyof typeof Point], count: number): number {
    const choice = this.decider.decide(point, count);
    this.digest.addWord(choice);
    return choice;
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}
