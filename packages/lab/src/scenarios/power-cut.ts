/**
 * Power loss in a scenario: for each case of what survives, the device as recovery leaves it.
 *
 *     pending lines ─▶ cases of survivors ─▶ image ─▶ recover ─▶ fsck ─▶ mount
 *
 * Which cases stand for all is told in `corpus/survivors.ts`. Recovery runs twice: the second
 * must find nothing to do.
 */
import { assert } from '@daxsim/sim';
import { UntimedMemory } from '@daxsim/pmem';
import { fsck, recoverNow } from '@daxsim/daxfs';
import { survivorCases } from '../corpus/survivors.js';
import type { Geometry } from '@daxsim/daxfs';
import type { Memory, PendingLine } from '@daxsim/pmem';

const LINES_PER_BLOCK = 64;

/** A device after power loss, its log recovered. */
export interface RecoveredDevice {
  readonly memory: UntimedMemory;
  /** What survived, for people. */
  readonly survived: string;
  /** What fsck or a second recovery objects to; null if nothing. */
  readonly problem: string | null;
}

/** Every device that losing power now may leave, as far as recovery can tell them apart. */
export function* devicesAfterPowerLoss(
  memory: Memory,
  geometry: Geometry,
): Generator<RecoveredDevice> {
  const pending = memory.pendingLines();
  const firstFileLine = geometry.firstFileBlock * LINES_PER_BLOCK;
  for (const survivors of survivorCases(pending, firstFileLine)) {
    const image = memory.crashImage({ keep: (line) => survivors.get(line) ?? 0 });
    yield recoveredTwice(image, describe(pending, survivors));
  }
}

/** The device after an orderly end: everything that was stored is there. */
export function deviceAfterUnmount(memory: Memory): RecoveredDevice {
  return recovered(memory.crashImage({ keep: (_line, units) => units }), 'an orderly end');
}

function recovered(image: Memory, survived: string): RecoveredDevice {
  assert(image instanceof UntimedMemory, 'power cut: an image that cannot be mounted');
  recoverNow(image);
  const [first] = fsck(image);
  const problem = first === undefined ? null : `fsck: ${first.where}: ${first.what}`;
  return { memory: image, survived, problem };
}

/** After power loss a second recovery must find nothing to do. */
function recoveredTwice(image: Memory, survived: string): RecoveredDevice {
  const device = recovered(image, survived);
  const { records, homeLines, orphans } = recoverNow(device.memory);
  if (device.problem !== null || records + homeLines + orphans === 0) return device;
  return { ...device, problem: 'recovery was not done' };
}

function describe(pending: readonly PendingLine[], survivors: ReadonlyMap<number, number>): string {
  if (pending.length === 0) return 'nothing was pending';
  let kept = 0;
  let cut = 0;
  for (const { line, units } of pending) {
    const count = survivors.get(line) ?? 0;
    if (count === units) kept += 1;
    else if (count > 0) cut += 1;
  }
  const lost = pending.length - kept - cut;
  return `of ${pending.length} pending lines ${kept} survive, ${cut} are cut, ${lost} lost`;
}
