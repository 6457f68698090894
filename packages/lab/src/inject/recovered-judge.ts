/**
 * Whether what recovery made of an image keeps all promises; the bytes of the image itself are
 * looked at, through the faults that outlive power.
 *
 *     recovery ─▶ fails? finds nothing? ─▶ fsck ─▶ names of a state since the last promise?
 *                                                       └▶ each byte: of a version since then,
 *                                                          an older one (lost), or foreign (wrong)
 *
 * The crash search holds every content that a line may have against the model at once and needs no
 * image for file contents; here a line may have a content that no store explains.
 */
import { Fsck, MediaImage, MediaOutcome, recoverNow } from '@daxsim/daxfs';
import { NoProgress } from '@daxsim/pmem';
import { CELL_BYTES } from '../crash/crash-model.js';
import { LegalContents } from '../crash/legal-contents.js';
import { sizeIn, stateBetween } from '../crash/state-between.js';
import { TreeReader, expectedTree, treeHash } from '../crash/recovered-tree.js';
import { MASKED, worse } from './outcome.js';
import type { FaultOverlay } from '@daxsim/pmem';
import type { CrashMoment } from '../crash/crash-judge.js';
import type { ModelState } from '../crash/crash-model.js';
import type { TreeEntry } from '../crash/recovered-tree.js';
import type { WrongCell } from '../crash/legal-contents.js';
import type { Finding } from './outcome.js';

/** Reads that a recovery of these small devices never needs. */
const READS_MAX = 4_000_000;
const BLOCK = 4096;
const BLOCK_LINES = 64;
const LINE_CELLS = 16;
const NONE = -1;

/** Recovers the image and judges it. */
export function judgeImage(image: FaultOverlay, moment: CrashMoment): Finding {
  const failed = guarded(image, 'recovery', () => recover(image));
  if (failed !== null) return failed;
  const media = MediaImage.open(image);
  if (media === null) return { outcome: 'recovery_crash', problem: 'no file system' };
  const fsck = new Fsck(image, media);
  const broken = guarded(image, 'fsck', () => {
    const [problem] = fsck.run();
    if (image.failures.metLine !== NONE || problem === undefined) return null;
    return { outcome: 'wrong_data', problem: `fsck: ${problem.where}: ${problem.what}` };
  });
  return broken ?? new ImageReader(image, fsck, moment).judge();
}

function recover(image: FaultOverlay): Finding | null {
  const { outcome } = recoverNow(image);
  if (image.failures.metLine !== NONE || outcome === MediaOutcome.Done) return null;
  return { outcome: 'recovery_crash', problem: 'recovery finds no file system' };
}

/** What it finds, or that it met a line that cannot be read, or did not come to its end. */
function guarded(image: FaultOverlay, what: string, run: () => Finding | null): Finding | null {
  image.failures.metLine = NONE;
  image.budget = READS_MAX;
  let found: Finding | null;
  try {
    found = run();
  } catch (thrown) {
    const problem = `${what}: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    found = { outcome: thrown instanceof NoProgress ? 'hang' : 'recovery_crash', problem };
  }
  image.budget = Infinity;
  if (image.failures.metLine === NONE || found?.outcome === 'hang') return found;
  const problem = `${what} ends at line ${image.failures.metLine}, which cannot be read`;
  return { outcome: 'error_reported', problem };
}

class ImageReader {
  private readonly words = new Int32Array(LINE_CELLS);
  private finding = MASKED;

  constructor(
    private readonly image: FaultOverlay,
    private readonly fsck: Fsck,
    private readonly moment: CrashMoment,
  ) {}

  /** Names may be those of several states, in which a name led to different files. */
  judge(): Finding {
    const tree = new TreeReader(this.fsck).read();
    const states = statesOf(tree, this.moment);
    let best: Finding | null = null;
    for (const state of states) {
      this.finding = MASKED;
      for (const entry of tree) {
        if (!entry.isDirectory) this.readFile(entry, state.names.get(entry.path) ?? 0);
      }
      if (best === null || worse(this.finding, best) === best) best = this.finding;
      if (best.outcome === 'masked') break;
    }
    return best ?? describeTree(tree, this.moment);
  }

  private readFile(entry: TreeEntry, number: number): void {
    const legal = legalOf(number, this.moment);
    const blocks = Math.ceil(entry.size / BLOCK);
    let at = 0;
    const zerosTo = (end: number): void => {
      for (; at < end; at += 1) {
        const wrong = legal.judgeZeros(at, cellsOf(entry, at * BLOCK, BLOCK));
        if (wrong !== null) this.note(entry, number, wrong);
      }
    };
    for (const { fileBlock, block, length, isUnwritten } of this.fsck.extents(entry.inode)) {
      const end = Math.min(blocks, fileBlock + length);
      zerosTo(Math.min(blocks, fileBlock));
      if (isUnwritten) zerosTo(end);
      for (; at < end; at += 1) this.readBlock(entry, number, legal, at, block + at - fileBlock);
    }
    zerosTo(blocks);
  }

  private readBlock(
    entry: TreeEntry,
    number: number,
    legal: LegalContents,
    fileBlock: number,
    block: number,
  ): void {
    const { image, words } = this;
    for (let i = 0; i < BLOCK_LINES; i += 1) {
      const offset = fileBlock * BLOCK + i * BLOCK_LINES;
      const cells = cellsOf(entry, offset, BLOCK_LINES);
      if (cells <= 0) return;
      image.failures.metLine = NONE;
      image.peekWords(block * BLOCK + i * BLOCK_LINES, words, 0, LINE_CELLS);
      if (image.failures.metLine !== NONE) {
        const problem = `${entry.path}: byte ${offset} cannot be read`;
        this.finding = worse(this.finding, { outcome: 'error_reported', problem });
        continue;
      }
      const wrong = legal.judgeCells(words, offset / CELL_BYTES, cells);
      if (wrong !== null) this.note(entry, number, wrong);
    }
  }

  private note(entry: TreeEntry, number: number, wrong: WrongCell): void {
    const hex = (wrong.value >>> 0).toString(16).padStart(8, '0');
    const isOld = wrong.value === 0 || wasThere(number, wrong, this.moment);
    const what = isOld ? 'what was promised is not there' : 'nobody wrote that there';
    const problem = `${entry.path}: 0x${hex} at byte ${wrong.offset}, ${what}`;
    this.finding = worse(this.finding, { outcome: isOld ? 'lost_data' : 'wrong_data', problem });
  }
}

/** Four-byte cells of the file in [offset, offset + length). */
function cellsOf(entry: TreeEntry, offset: number, length: number): number {
  return Math.ceil(Math.min(length, entry.size - offset) / CELL_BYTES);
}

/** The states that may be found, the latest first. */
function* candidates({ now, next }: CrashMoment): Generator<ModelState> {
  if (next !== null) yield next;
  for (let state: ModelState | null = now; state !== null; state = state.before) {
    if (state.index < now.promised) return;
    yield state;
  }
}

/** The states whose names the image has, or else one with sizes on their way to the next. */
function statesOf(tree: readonly TreeEntry[], moment: CrashMoment): ModelState[] {
  const found = treeHash(tree);
  const states = [...candidates(moment)];
  const same = states.filter((state) => treeHash(expectedTree(state)) === found);
  if (same.length > 0) return distinct(same);
  const between = stateBetween(tree, moment);
  return between === null ? [] : [between];
}

/** One state for each way in which names lead to files. */
function distinct(states: readonly ModelState[]): ModelState[] {
  const seen = new Set<string>();
  return states.filter((state) => {
    const key = [...state.names].map(([path, number]) => `${path}:${number}`).join(' ');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function legalOf(number: number, { now, next }: CrashMoment): LegalContents {
  const after = next?.inodes.get(number);
  let last = now.inodes.get(number);
  for (let state: ModelState | null = now; last === undefined && state !== null;) {
    if (after !== undefined) break;
    last = state.inodes.get(number);
    state = state.before;
  }
  return new LegalContents(last, after);
}

/** Whether the file held the value there at any time. */
function wasThere(number: number, wrong: WrongCell, { now, next }: CrashMoment): boolean {
  const cell = wrong.offset / CELL_BYTES;
  for (let state: ModelState | null = next ?? now; state !== null; state = state.before) {
    const versions = state.inodes.get(number)?.versions ?? [];
    if (versions.some(({ cells }) => cells[cell] === wrong.value)) return true;
  }
  return false;
}

/** Names that every state since the last promise has are lost if they are not there, else wrong. */
function describeTree(tree: readonly TreeEntry[], moment: CrashMoment): Finding {
  const found = new Map(tree.map((entry) => [entry.path, entry]));
  const states = [...candidates(moment)];
  const [latest] = states;
  for (const [path, number] of latest?.names ?? []) {
    if (!states.every((state) => state.names.get(path) === number)) continue;
    const entry = found.get(path);
    const least = Math.min(...states.map((state) => sizeIn(state, number)));
    if (entry === undefined) return { outcome: 'lost_data', problem: `${path} is gone` };
    if (!entry.isDirectory && entry.size < least) {
      const problem = `${path} has ${entry.size} bytes, ${least} were promised`;
      return { outcome: 'lost_data', problem };
    }
  }
  const names = tree.map(({ path, size }) => `${path} (${size})`).sort();
  const problem = `names of no state since the last promise: ${names.join(', ')}`;
  return { outcome: isOlder(tree, moment) ? 'lost_data' : 'wrong_data', problem };
}

/** Whether the names are those of a state before the last promise. */
function isOlder(tree: readonly TreeEntry[], { now }: CrashMoment): boolean {
  const hash = treeHash(tree);
  for (let state: ModelState | null = now; state !== null; state = state.before) {
    if (treeHash(expectedTree(state)) === hash) return true;
  }
  return false;
}
