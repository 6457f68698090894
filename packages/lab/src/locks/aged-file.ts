/**
 * How much of a file on an aged device can be mapped by 2 MiB, and why the rest cannot.
 *
 *     aged free space ─▶ fallocate ─▶ extents ─▶ a store to the first page of each 2 MiB
 *                                                  ├─ mapped whole
 *                                                  └─ fell back, for a reason ─▶ 512 single faults
 *
 * The file system decides, by its allocator and its fault path; here it is only asked. What is
 * left out: how the faults of one slot follow each other. They are drawn in these shares.
 */
import type { FileSystemChoice } from '@daxsim/daxfs';
import { assert } from '@daxsim/sim';
import type { MachineChoice } from '../config/systems.js';
import type { AgeingProfile } from '../image/ageing.js';
import { PAGES_PER_TABLE } from './instances.js';
import { Recording, access } from './recording.js';
import { RecordedSystem } from './recorded-system.js';
import type { WorkloadPart } from './workloads.js';

const HUGE = 2097152;
const SLOTS = 32;

/** What became of faults that tried 2 MiB first; the keys of reasons are those of JSON results. */
export interface HugeFallbacks {
  readonly attempts: number;
  readonly mapped: number;
  readonly fallbacks: Readonly<Record<string, number>>;
  /** Pages that a fault maps when each page of the file is stored to, 1 … 512. */
  readonly pages_per_fault: number;
}

/** Writes to a new file on a device aged so, one store to each 2 MiB. */
export function hugeFallbacks(
  machine: MachineChoice,
  fileSystem: FileSystemChoice,
  ageing: AgeingProfile,
): HugeFallbacks {
  const recorded = new RecordedSystem(machine, fileSystem, ageing);
  const on = new Recording(recorded);
  const mapping = on.map(on.file('/file', SLOTS * HUGE), SLOTS * HUGE, 0);
  const { stats } = recorded.system.world.mm;
  const before = { ...stats };
  for (let slot = 0; slot < SLOTS; slot += 1) on.run(access('store', mapping, slot * HUGE));
  const count = (name: keyof typeof before): number => stats[name] - before[name];
  const fallbacks = {
    outside: count('fallbacksOutside'),
    colour: count('fallbacksColour'),
    private: count('fallbacksPrivate'),
    beyond_end: count('fallbacksBeyondEnd'),
    entry: count('fallbacksEntry'),
    short: count('fallbacksShort'),
    unaligned: count('fallbacksUnaligned'),
    no_space: count('fallbacksNoSpace'),
  };
  const mapped = count('hugeFaults');
  const attempts = mapped + count('fallbacks');
  const faults = mapped + (attempts - mapped) * PAGES_PER_TABLE;
  const pages_per_fault = (attempts * PAGES_PER_TABLE) / faults;
  return { attempts, mapped, fallbacks, pages_per_fault };
}

/** The faults of whoever stores to each page of such a file whose blocks are there. */
export function agedParts({ attempts, mapped }: HugeFallbacks): WorkloadPart[] {
  assert(attempts > 0, 'agedParts: no fault tried 2 MiB');
  const broken = attempts - mapped;
  const parts: WorkloadPart[] = [
    { operation: 'hugeRefault', share: mapped },
    { operation: 'fallbackFault', share: broken },
    { operation: 'writeFault', share: broken * (PAGES_PER_TABLE - 1) },
  ];
  return parts.filter(({ share }) => share > 0);
}
