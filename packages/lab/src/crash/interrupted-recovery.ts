/**
 * Power lost in recovery too: at every fence of it, in every way, the next recovery must make of
 * what is there what the first would have made.
 *
 *     image ─▶ home lines ─ fence ─ tail ─ fence ─ orphans ─ fence …  ─▶ names, sizes, blocks
 *                           │cut          │cut          │cut              ║ the same?
 *                           └▶ recover ───┴▶ recover ───┴▶ recover ───────╨▶ names, sizes, blocks
 *
 * Between two fences states only grow in number, so the moments before fences stand for all. Only
 * lines that the second recovery or a check reads are varied. Contents of files are left out:
 * recovery writes none, which the crash judge sees to.
 */
import { FilteredMemory, Fsck, MediaImage, Recovery } from '@daxsim/daxfs';
import { LineOp } from '@daxsim/pmem';
import { Survivors } from './survivors.js';
import { TreeReader } from './recovered-tree.js';
import { useAndSync } from './usability.js';
import type { ReplayRule } from '@daxsim/daxfs';
import type { LineRequest, Memory, UntimedMemory } from '@daxsim/pmem';
import type { CrashSetting } from './crash-system.js';
import type { RecoveryChange } from './recovery-change.js';

/** What came of it. */
export interface InterruptedRecovery {
  /** Second recoveries that were run. */
  readonly recoveries: number;
  /** Null, or the first that ended otherwise. */
  readonly problem: string | null;
}

/** More second recoveries than any image of a small device needs. */
const RECOVERIES_MOST = 20_000;

/**
 * Recovers the image, which holds what power loss left, and loses power at every fence of that.
 * Afterwards the image is recovered. With a `change` the first recovery is another one; then power
 * is lost behind it as well, and what it leaves is held against the right one's.
 */
export function interruptRecovery(
  image: UntimedMemory,
  rule: ReplayRule,
  change: RecoveryChange | null = null,
): InterruptedRecovery {
  const undisturbed = image.crashImage({ keep: (_line, units) => units });
  new Recovery(undisturbed, 0, rule).run();
  const expected = verdictOf(undisturbed);
  let recoveries = 0;
  let problem: string | null = null;
  let fences = 0;
  const cut = (): void => {
    fences += 1;
    if (problem !== null) return;
    const survivors = new Survivors(image, () => false);
    const left = image.powerLossImage();
    const again = new Recovery(left, 0, rule);
    survivors.restart();
    do {
      left.restart(survivors.keep);
      again.run();
      recoveries += 1;
      const found = verdictOf(left);
      if (found === expected) continue;
      problem = `power lost before fence ${fences} of recovery, the next one leaves ${found}; \
undisturbed: ${expected}`;
      return;
    } while (survivors.next() && recoveries < RECOVERIES_MOST);
  };
  const watched = fenced(image, cut);
  if (change === null) {
    new Recovery(watched, 0, rule).run();
    return { recoveries, problem };
  }
  const changed = new FilteredMemory(watched);
  changed.lets = change.lets;
  new Recovery(changed, 0, rule).run();
  cut();
  const left = verdictOf(image);
  if (left !== expected) problem ??= `recovery leaves ${left}, the right one ${expected}`;
  return { recoveries, problem };
}

/**
 * Uses the image that recovery left, makes a name durable and loses power again: everything must be
 * there. What recovery did not make durable itself may be lost now, when others rest on it.
 */
export function loseAfterUse(
  image: UntimedMemory,
  rule: ReplayRule,
  setting: CrashSetting,
): string | null {
  const problem = useAndSync(image, setting);
  if (problem !== null) return problem;
  const survivors = new Survivors(image, () => false);
  const left = image.powerLossImage();
  const recovery = new Recovery(left, 0, rule);
  const undisturbed = image.crashImage({ keep: (_line, units) => units });
  new Recovery(undisturbed, 0, rule).run();
  const expected = verdictOf(undisturbed);
  survivors.restart();
  for (let images = 0; images < RECOVERIES_MOST; images += 1) {
    left.restart(survivors.keep);
    recovery.run();
    const found = verdictOf(left);
    if (found !== expected) return `used after recovery, then lost: ${found}, not ${expected}`;
    if (!survivors.next()) break;
  }
  return null;
}

/** All that recovery decides, as text: what fsck says, else every name with its blocks. */
function verdictOf(memory: Memory): string {
  const media = MediaImage.open(memory);
  if (media === null) return 'no file system';
  const fsck = new Fsck(memory, media);
  const [problem] = fsck.run();
  if (problem !== undefined) return `fsck: ${problem.where}: ${problem.what}`;
  return new TreeReader(fsck)
    .read()
    .map(({ path, inode, size, links, attribute }) => {
      const blocks = fsck
        .extents(inode)
        .map(({ fileBlock, block, length, isUnwritten }) => {
          return `${fileBlock}+${length}@${block}${isUnwritten ? 'u' : ''}`;
        })
        .join(' ');
      const words = [`${size} bytes`, `${links} names`, ...(attribute === 0 ? [] : ['attribute'])];
      return `${path} (${words.join(', ')}${blocks === '' ? '' : `, ${blocks}`})`;
    })
    .sort()
    .join(', ');
}

/** The memory, with `before` called before each fence. */
function fenced(memory: UntimedMemory, before: () => void): Memory {
  return {
    capacityBytes: memory.capacityBytes,
    lineBytes: memory.lineBytes,
    lineWords: memory.lineWords,
    access: (request: LineRequest) => {
      if (request.op === LineOp.Sfence || request.op === LineOp.Mfence) before();
      return memory.access(request);
    },
    nextDecisionAt: () => memory.nextDecisionAt(),
    decideUntil: () => {
      memory.decideUntil();
    },
    takeCompleted: () => memory.takeCompleted(),
    peek32: (address) => memory.peek32(address),
    peekBytes: (address, target, at, length) => {
      memory.peekBytes(address, target, at, length);
    },
    peekWords: (address, target, at, count) => {
      memory.peekWords(address, target, at, count);
    },
    poke32: (address, value) => {
      memory.poke32(address, value);
    },
    pokeBytes: (address, bytes, at, length) => {
      memory.pokeBytes(address, bytes, at, length);
    },
    mediaHash: () => memory.mediaHash(),
    pendingLines: () => memory.pendingLines(),
    crashImage: (choice) => memory.crashImage(choice),
  };
}
