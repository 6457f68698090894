/**
 * Differential runs: the same sequences on this machine's kernel and on ours, what differs, and the
 * fewest operations that still show it.
 *
 *     seed ─▶ sequences ─▶ kernel: one mount for a batch ─┐
 *                      └─▶ ours: a file system for each ──┴▶ first difference ─▶ shrinkList
 */
import { shrinkList } from '@daxsim/sim';
import type { Personality, World } from '@daxsim/daxfs';
import { sequenceOf } from './generator.js';
import { peopleSequence } from './people-generator.js';
import { HostKernel } from './host-kernel.js';
import { differenceText, firstDifference } from './operations.js';
import { SimulatedRun } from './simulated.js';
import type { Abilities } from './generator.js';
import type { HostFileSystem } from './host-kernel.js';
import type { Difference, Operation } from './operations.js';
import type { SimulatedOptions } from './simulated.js';

/** Tries that one difference is worth; each mounts a file system. */
const SHRINK_TRIES = 300;
/** Extents of the file that `inlineExtents` makes: one more than the least an inode may hold. */
const PROBED_EXTENTS = 13;
const SECTORS_PER_BLOCK = 8;

/** What a sequence is about: bytes, ranges and mappings, or users, owners and attributes. */
export type Kind = 'files' | 'people';

/** A pair of file systems that must agree. */
export interface Pairing {
  readonly host: HostFileSystem;
  /** Name of ours, as in conform. */
  readonly config: string;
  readonly abilities: Abilities;
  /**
   * Whether both have the same blocks written, and not only allocated. ext4 zeroes short unwritten
   * neighbours of what becomes written (fs/ext4/extents.c, EXT4_EXT_MAY_ZEROOUT), under other
   * conditions for DAX, direct and cached writes; and it keeps the block of a tree once it had one.
   */
  readonly hasStates: boolean;
}

/** A sequence that differs, as short as it got. */
export interface Finding {
  readonly stream: number;
  readonly operations: readonly Operation[];
  readonly difference: Difference;
}

export class DifferentialRun {
  private readonly kernel: HostKernel;
  private readonly options: SimulatedOptions;

  constructor(
    private readonly pairing: Pairing,
    private readonly seed: number,
    plant?: (world: World) => void,
  ) {
    this.kernel = new HostKernel(pairing.host);
    const values = pairing.host.type === 'xfs' ? this.inlineExtents() : {};
    const { config, hasStates } = pairing;
    this.options = { config, values, hasStates, ...(plant === undefined ? {} : { plant }) };
  }

  close(): void {
    this.kernel.close();
  }

  /** Runs sequences first … first + count − 1 of the seed; answers those that differ, shrunk. */
  findings(
    first: number,
    count: number,
    length: number,
    most = 3,
    kind: Kind = 'files',
  ): Finding[] {
    const { abilities } = this.pairing;
    const sequences = Array.from({ length: count }, (_, index) =>
      kind === 'files'
        ? sequenceOf(this.seed, first + index, length, abilities)
        : peopleSequence(this.seed, first + index, length),
    );
    const lines = this.theirs(sequences);
    const found: Finding[] = [];
    for (const [index, operations] of sequences.entries()) {
      const difference = this.compare(operations, lines[index] ?? []);
      if (difference === null) continue;
      found.push(this.shrunk(first + index, operations, difference));
      if (found.length === most) break;
    }
    return found;
  }

  private compare(operations: readonly Operation[], kernel: readonly string[]): Difference | null {
    const ours = SimulatedRun.lines(this.options, operations);
    return firstDifference(operations, kernel, ours, this.options.hasStates);
  }

  private theirs(sequences: readonly (readonly Operation[])[]): string[][] {
    return this.kernel.lines(sequences, this.options.values?.inlineExtents);
  }

  private shrunk(stream: number, operations: readonly Operation[], seen: Difference): Finding {
    const kind = kindOf(seen);
    const known = new Map<string, readonly string[]>();
    let base = operations.slice(0, seen.at + 1);
    const differenceOf = (candidate: readonly Operation[]): Difference | null => {
      if (!known.has(candidate.join())) {
        const batch = [candidate, ...withoutParts(base)];
        for (const [index, lines] of this.theirs(batch).entries()) {
          known.set((batch[index] ?? []).join(), lines);
        }
      }
      const lines = known.get(candidate.join()) ?? [];
      return this.compare(candidate, lines);
    };
    const fails = (candidate: readonly Operation[]): boolean => {
      const difference = differenceOf(candidate);
      const isSame = difference !== null && kindOf(difference) === kind;
      if (isSame) base = candidate.slice(0, difference.at + 1);
      return isSame;
    };
    const { list } = shrinkList(base, fails, { maxTries: SHRINK_TRIES });
    return { stream, operations: list, difference: differenceOf(list) ?? seen };
  }

  /**
   * How many extents an inode of this kernel's XFS holds: where a security module is configured,
   * new inodes keep room for its attribute, and files of 13 extents have a tree block.
   */
  private inlineExtents(): Partial<Personality> {
    const operations = ['open 0 a 66'];
    for (let i = 0; i < PROBED_EXTENTS; i += 1) {
      operations.push(`fallocate 0 1 ${i * 8192} 4096`);
    }
    const [lines = []] = this.kernel.lines([operations]);
    const sectors = Number(/ b=(\d+)/.exec(lines[PROBED_EXTENTS] ?? '')?.[1]);
    return { inlineExtents: sectors === PROBED_EXTENTS * SECTORS_PER_BLOCK ? 21 : 12 };
  }
}

/** A list without each of its halves, quarters, … elements: what a shrinker is about to ask for. */
function withoutParts(list: readonly Operation[]): Operation[][] {
  const found: Operation[][] = [];
  for (let size = Math.ceil(list.length / 2); ; size = Math.ceil(size / 2)) {
    for (let at = 0; at < list.length; at += size) {
      found.push([...list.slice(0, at), ...list.slice(at + size)]);
    }
    if (size <= 1) return found;
  }
}

function kindOf({ operation, field }: Difference): string {
  return `${operation.split(' ')[0] ?? ''} ${field}`;
}

/** What a test prints of a finding. */
export function findingText({ stream, operations, difference }: Finding): string {
  return [`sequence ${stream}`, ...operations, differenceText(difference)].join('\n');
}
