/**
 * The bounds of the generated spaces: which names exist, which operations with which parameters,
 * how large writes are, and whether operations are followed by persistence points.
 *
 *     block   13 operations, 76 with parameters   logged metadata: fsync and sync decide
 *     pm      10 operations, 56 with parameters   every operation is durable when it returns
 *     dax     block, with mappings and shifts in place of attributes and remove(3)
 *
 * Left out: symbolic links, several descriptors of one file, lengths that are not listed.
 */
import { RangeKind } from './ace-operation.js';
import type { AceOperation, FallocKind, RangedMapped } from './ace-operation.js';

/** Sizes of one mode, in bytes. */
export interface AceSizes {
  /** Appended by write, direct write, mapped write and fallocate; also what an empty file gets. */
  readonly append: number;
  /** End of the overlap that starts at 0: write and fallocate. */
  readonly overlap: number;
  /** The same for direct and mapped writes, a whole number of blocks. */
  readonly alignedOverlap: number;
  /** The overlap across the end starts this far before it … */
  readonly extendBefore: number;
  /** … and is this long. */
  readonly extendLength: number;
  /** What an unaligned truncation leaves. */
  readonly truncateTo: number;
}

export interface AceBounds {
  readonly mode: AceMode;
  readonly operations: readonly AceOperation[];
  readonly sizes: AceSizes;
  /** Whether persistence points are multiplied in (logged metadata) or none stand anywhere. */
  readonly hasPersistPoints: boolean;
}

export const ACE_MODES = ['block', 'pm', 'dax'] as const;
export type AceMode = (typeof ACE_MODES)[number];

/** Names: those that operations on one file use, and those that links and renames lead to. */
interface NameSets {
  readonly first: readonly string[];
  readonly second: readonly string[];
  readonly firstDirs: readonly string[];
  readonly secondDirs: readonly string[];
}

const FLAT: NameSets = {
  first: ['foo', 'A/foo'],
  second: ['bar', 'A/bar'],
  firstDirs: ['A'],
  secondDirs: ['B'],
};

const NESTED: NameSets = {
  ...FLAT,
  second: ['bar', 'A/bar', 'A/C/bar'],
  secondDirs: ['B', 'A/C'],
};

const ALL_RANGES = [RangeKind.Append, RangeKind.OverlapStart, RangeKind.OverlapExtend];
const PM_RANGES = ALL_RANGES;
const ALIGNED_RANGES = [RangeKind.Append, RangeKind.OverlapStart];
const FALLOC_MODES: readonly FallocKind[] = ['zero', 'zero-keep', 'punch', 'keep', 'alloc'];
const MAPPED: readonly RangedMapped[] = [
  'store',
  'msync',
  'load-store',
  'dio-read-to-map',
  'dio-write-from-map',
];

const BLOCK_SIZES: AceSizes = {
  append: 32_768,
  overlap: 5000,
  alignedOverlap: 8192,
  extendBefore: 2000,
  extendLength: 5000,
  truncateTo: 2500,
};

const PM_SIZES: AceSizes = {
  append: 4096,
  overlap: 1024,
  alignedOverlap: 1024,
  extendBefore: 1024,
  extendLength: 2048,
  truncateTo: 256,
};

/** The bounds of a mode. */
export function aceBounds(mode: AceMode): AceBounds {
  if (mode === 'pm') {
    const operations = pmOperations(NESTED);
    return { mode, operations, sizes: PM_SIZES, hasPersistPoints: false };
  }
  const operations = mode === 'block' ? blockOperations(FLAT) : daxOperations(FLAT);
  return { mode, operations, sizes: BLOCK_SIZES, hasPersistPoints: true };
}

function blockOperations(names: NameSets): AceOperation[] {
  const { first } = names;
  return [
    ...commonNames(names),
    ...onPaths('remove', both(names)),
    ...onPaths('setxattr', first),
    ...onPaths('removexattr', first),
    ...fallocs(first, FALLOC_MODES, ALL_RANGES),
    ...ranged('write', first, ALL_RANGES),
    ...ranged('dwrite', first, ALIGNED_RANGES),
    ...ranged('mmapwrite', first, ALIGNED_RANGES),
    ...truncates(first),
  ];
}

function pmOperations(names: NameSets): AceOperation[] {
  const { first, firstDirs } = names;
  return [
    ...commonNames(names),
    ...onPaths('remove', both(names)),
    ...onPaths('rmdir', firstDirs),
    ...fallocs(first, ['keep'], ALL_RANGES),
    ...ranged('dwrite', first, ALIGNED_RANGES),
    ...truncates(first),
  ];
}

function daxOperations(names: NameSets): AceOperation[] {
  const { first } = names;
  const shifts: readonly FallocKind[] = ['collapse', 'insert'];
  return [
    ...commonNames(names),
    ...fallocs(first, FALLOC_MODES, PM_RANGES),
    ...fallocs(first, shifts, [RangeKind.OverlapStart]),
    ...ranged('write', first, ALL_RANGES),
    ...ranged('dwrite', first, ALIGNED_RANGES),
    ...ranged('mmapwrite', first, ALIGNED_RANGES),
    ...MAPPED.flatMap((op) => ranged(op, first, ALIGNED_RANGES)),
    ...truncates(first),
  ];
}

/** What all modes do to names. */
function commonNames(names: NameSets): AceOperation[] {
  const { first, second, firstDirs, secondDirs } = names;
  const links = pairs(both(names), second);
  const dirs = pairs([...firstDirs, ...secondDirs], secondDirs);
  return [
    ...onPaths('creat', first),
    ...onPaths('mkdir', firstDirs),
    ...onPaths('unlink', both(names)),
    ...links.map(([path, to]): AceOperation => ({ op: 'link', path, to })),
    ...[...links, ...dirs].map(([path, to]): AceOperation => ({ op: 'rename', path, to })),
  ];
}

function both({ first, second }: NameSets): string[] {
  return [...first, ...second];
}

function pairs(from: readonly string[], to: readonly string[]): (readonly [string, string])[] {
  return from.flatMap((x) => to.filter((y) => y !== x).map((y) => [x, y] as const));
}

function onPaths(
  op: 'creat' | 'mkdir' | 'rmdir' | 'unlink' | 'remove' | 'setxattr' | 'removexattr',
  paths: readonly string[],
): AceOperation[] {
  return paths.map((path) => ({ op, path }));
}

function ranged(
  op: 'write' | 'dwrite' | 'mmapwrite' | RangedMapped,
  paths: readonly string[],
  ranges: readonly RangeKind[],
): AceOperation[] {
  return paths.flatMap((path) => ranges.map((range): AceOperation => ({ op, path, range })));
}

function fallocs(
  paths: readonly string[],
  modes: readonly FallocKind[],
  ranges: readonly RangeKind[],
): AceOperation[] {
  return paths.flatMap((path) =>
    modes.flatMap((mode) =>
      ranges.map((range): AceOperation => ({ op: 'falloc', path, mode, range })),
    ),
  );
}

function truncates(paths: readonly string[]): AceOperation[] {
  return paths.flatMap((path) =>
    [true, false].map((aligned): AceOperation => ({ op: 'truncate', path, aligned })),
  );
}
