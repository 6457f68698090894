/**
 * What tasks on many CPUs do: which operations, on whose files, address spaces and pages.
 *
 *     D…  data of files by read(2) and write(2)      L  a file of one's own
 *     F…  faults on a mapping                         M  one file, own or random pages
 *     M…  metadata                                    H  one file, one page
 *
 * Names and sharing are those of FxMark (Min et al., USENIX ATC 2016), of will-it-scale, and ours
 * for what only DAX has. Adding one is one entry.
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import type { OperationName } from './operations.js';

/** Who shares something: nobody, all tasks, or each with every second other task. */
export type Sharing = 'own' | 'all' | 'two';
/** Pages of a file that a task goes to: random ones, its own region in order, or one for all. */
export type Pages = 'random' | 'region' | 'same';

/** A part of what a task does. */
export interface WorkloadPart {
  readonly operation: OperationName;
  /** How often, against the other parts. */
  readonly share: number;
}

export interface Workload {
  readonly name: string;
  readonly about: string;
  readonly source: string;
  readonly files: Sharing;
  readonly spaces: Sharing;
  readonly pages: Pages;
  /**
   * Directories in which files are made, renamed or removed; what is moved comes from an own one.
   */
  readonly directories?: Sharing;
  readonly parts: readonly WorkloadPart[];
  /** What task 0 does instead, and whether that is counted. */
  readonly first?: { readonly operation: OperationName; readonly isCounted: boolean };
  /** A region is unmapped and mapped again when all of it was touched. */
  readonly remaps?: boolean;
  /** Its parts follow from how fragmented the device is (`aged-file.ts`). */
  readonly isAged?: boolean;
}

const FXMARK = 'FxMark, Min et al., USENIX ATC 2016';
const SCALE = 'will-it-scale, tests/page_fault3.c';
const OURS = 'Ours';

function only(operation: OperationName): readonly WorkloadPart[] {
  return [{ operation, share: 1 }];
}

function of(
  name: string,
  about: string,
  source: string,
  sharing: Pick<Workload, 'files' | 'pages'> & Partial<Pick<Workload, 'spaces' | 'directories'>>,
  parts: readonly WorkloadPart[],
  more: Partial<Workload> = {},
): Workload {
  return { name, about, source, spaces: 'own', ...sharing, parts, ...more };
}

const L = { files: 'own', pages: 'region' } as const;
const M = { files: 'all', pages: 'random' } as const;
const H = { files: 'all', pages: 'same' } as const;
const OWN_NAMES = { ...L, directories: 'own' } as const;
const ONE_DIRECTORY = { ...L, directories: 'all' } as const;
const REGION = { files: 'all', pages: 'region' } as const;
const REMAPS = { remaps: true } as const;

export const WORKLOADS: readonly Workload[] = [
  of('DRBL', 'Read a 4 KiB block of an own file.', FXMARK, L, only('read')),
  of('DRBM', 'Read random 4 KiB blocks of one file.', FXMARK, M, only('read')),
  of('DRBH', 'Read the same 4 KiB block of one file.', FXMARK, H, only('read')),
  of('DWOL', 'Overwrite 4 KiB blocks of an own file.', FXMARK, L, only('overwrite')),
  of('DWOM', 'Overwrite own 4 KiB blocks of one file.', FXMARK, REGION, only('overwrite')),
  of('DWAL', 'Append 4 KiB to an own file.', FXMARK, L, only('append')),
  of('DWTL', 'Truncate an own file by 4 KiB.', FXMARK, L, only('truncate')),
  of('DWSL', 'Append 4 KiB to an own file and fsync it.', FXMARK, L, [
    { operation: 'append', share: 1 },
    { operation: 'fsync', share: 1 },
  ]),
  of('MRPL', 'Open and close an own file.', FXMARK, L, only('open')),
  of('MRPM', 'Open and close one of two files.', FXMARK, { ...M, files: 'two' }, only('open')),
  of('MRPH', 'Open and close the same file.', FXMARK, H, only('open')),
  of('MWCL', 'Create files in an own directory.', FXMARK, OWN_NAMES, only('create')),
  of('MWCM', 'Create files in one directory.', FXMARK, ONE_DIRECTORY, only('create')),
  of('MWUL', 'Remove files from an own directory.', FXMARK, OWN_NAMES, only('remove')),
  of('MWUM', 'Remove files from one directory.', FXMARK, ONE_DIRECTORY, only('remove')),
  of('MWRL', 'Rename files of an own directory.', FXMARK, OWN_NAMES, only('rename')),
  of('MWRM', 'Move files to one directory.', FXMARK, ONE_DIRECTORY, only('moveName')),
  of('MIXM', 'Read or overwrite random 4 KiB blocks of one file, half each.', 'fio randrw', M, [
    { operation: 'read', share: 1 },
    { operation: 'overwrite', share: 1 },
  ]),
  of('FLTR-L', 'Read faults on an own file.', OURS, L, only('readFault'), REMAPS),
  of('FLTR-M', 'Read faults on own pages of one file.', OURS, REGION, only('readFault'), REMAPS),
  of('FLTR-H', 'Read faults on the same page of one file.', OURS, H, only('readFault')),
  of('FLTW-L', 'Write faults on an own file.', OURS, L, only('writeFault'), REMAPS),
  of('FLTW-M', 'Write faults on own pages of one file.', OURS, REGION, only('writeFault'), REMAPS),
  of('FLTW-H', 'Write faults on the same page of one file.', OURS, H, only('writeFault')),
  of('FLTA-M', 'First write faults: own pages are allocated.', OURS, REGION, only('allocateFault')),
  of('FLTW-PMD', 'First write faults of 2 MiB of one file.', OURS, REGION, only('hugeFault')),
  of('FLTW-PMD2', 'Write faults of 2 MiB, blocks there.', OURS, REGION, only('hugeRefault')),
  of(
    'AGED',
    'Write faults on own parts of one file on an aged device, 2 MiB where blocks allow.',
    OURS,
    REGION,
    only('writeFault'),
    { isAged: true },
  ),
  of(
    'page_fault3_processes',
    'A store to each page of an own region of an own file, then unmap.',
    SCALE,
    L,
    only('writeFault'),
    REMAPS,
  ),
  of(
    'page_fault3_threads',
    'The same by threads of one address space.',
    SCALE,
    { ...L, spaces: 'all' },
    only('writeFault'),
    REMAPS,
  ),
  of(
    'PUNCH-STORM',
    'One task punches holes of 16 pages, the others fault on pages beside them.',
    OURS,
    REGION,
    only('readFault'),
    { first: { operation: 'punch', isCounted: false }, remaps: true },
  ),
  of(
    'WR-MMAP',
    'One task writes into holes of the file that the others read through mappings.',
    'Kara and Zwisler, 2017',
    REGION,
    only('readFault'),
    { first: { operation: 'writeHole', isCounted: false }, remaps: true },
  ),
  of(
    'FSYNC-MMAP',
    'One task syncs the file to which the others fault for writing.',
    OURS,
    REGION,
    only('writeFault'),
    { first: { operation: 'msync', isCounted: false }, remaps: true },
  ),
  of('GUP-PUNCH', 'One task punches, the others pin pages.', OURS, REGION, only('pin'), {
    first: { operation: 'punch', isCounted: false },
  }),
  of(
    'VMA-CHURN',
    'One thread maps and unmaps, the others of its address space fault.',
    OURS,
    { ...REGION, spaces: 'all' },
    only('readFault'),
    { first: { operation: 'map', isCounted: false } },
  ),
];

/** Those of a sweep without `--workload`. */
export const DEFAULT_WORKLOADS = ['DRBM', 'DWOM', 'MIXM', 'FLTR-M', 'FLTW-M', 'PUNCH-STORM'];

/** A workload by name. Throws ConfigError. */
export function workload(name: string): Workload {
  const found = WORKLOADS.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = WORKLOADS.map((one) => one.name);
  throw new ConfigError({
    where: '--workload',
    found: `unknown workload "${name}"`,
    allowed: names.join(', '),
    nearest: nearestName(name, names),
  });
}
