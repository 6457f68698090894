/**
 * What is in an image, and whether it is sound: the container, then recovery of its log in memory,
 * then fsck. A damaged container is an error of the user's; a damaged file system is what fsck
 * looks for.
 */
import { FileType, MediaImage, fsck, recoverNow } from '@daxsim/daxfs';
import { sizeText } from '../report/tables.js';
import { freeSpaceOf } from './free-space.js';
import { openImage } from './image-file.js';
import type { MediaProblem } from '@daxsim/daxfs';
import type { Memory } from '@daxsim/pmem';
import type { FreeSpace } from './free-space.js';
import type { ImageFacts } from './image-file.js';

/** In the form of the JSON result. */
export interface ImageReport {
  readonly image: {
    readonly path: string;
    readonly format_version: number;
    readonly capacity_bytes: number;
    readonly stored_blocks: number;
    readonly file_bytes: number;
  };
  /** What recovery had to do; null when there is no file system. */
  readonly recovery: {
    readonly records: number;
    readonly home_lines: number;
    readonly orphans: number;
  } | null;
  readonly errors: number;
  readonly problems: readonly MediaProblem[];
  /** Null when the file system cannot be read. */
  readonly contents: ImageContents | null;
}

export interface ImageContents {
  readonly files: number;
  readonly directories: number;
  readonly symlinks: number;
  readonly blocks: number;
  readonly free_blocks: number;
  readonly free_huge_blocks: number;
  /** `most_blocks` null: without limit. */
  readonly free_runs: readonly {
    readonly most_blocks: number | null;
    readonly runs: number;
    readonly blocks: number;
  }[];
}

/** Opens, recovers in memory and checks. Throws ConfigError for a file that is no sound image. */
export function checkImage(path: string): ImageReport {
  const { memory, facts } = openImage(path);
  return { image: imageFacts(path, facts), ...checkDevice(memory) };
}

/** Recovers the device's log and checks its file system. */
export function checkDevice(memory: Memory): Omit<ImageReport, 'image'> {
  if (MediaImage.open(memory) === null) {
    const problems = fsck(memory);
    return { recovery: null, errors: problems.length, problems, contents: null };
  }
  const { records, homeLines, orphans } = recoverNow(memory);
  const problems = fsck(memory);
  return {
    recovery: { records, home_lines: homeLines, orphans },
    errors: problems.length,
    problems,
    contents: problems.length === 0 ? contentsOf(memory) : null,
  };
}

export function imageFacts(path: string, facts: ImageFacts): ImageReport['image'] {
  return {
    path,
    format_version: facts.version,
    capacity_bytes: facts.capacityBytes,
    stored_blocks: facts.blocks,
    file_bytes: facts.fileBytes,
  };
}

/** What a sound file system holds; null when the memory has none. */
export function contentsOf(memory: Memory): ImageContents | null {
  const image = MediaImage.open(memory);
  if (image === null) return null;
  const counts = { files: 0, directories: 0, symlinks: 0 };
  for (let inode = 1; inode < image.geometry.inodes; inode += 1) {
    if (!image.isUsed(inode)) continue;
    const { type } = image.inode(inode);
    if (type === FileType.Directory) counts.directories += 1;
    else if (type === FileType.Symlink) counts.symlinks += 1;
    else counts.files += 1;
  }
  return { ...counts, ...spaceOf(freeSpaceOf(image)) };
}

function spaceOf({
  blocks,
  free,
  hugeBlocks,
  runs,
}: FreeSpace): Omit<ImageContents, 'files' | 'directories' | 'symlinks'> {
  return {
    blocks,
    free_blocks: free,
    free_huge_blocks: hugeBlocks,
    free_runs: runs.map(({ most, runs: count, blocks: sum }) => ({
      most_blocks: most === Infinity ? null : most,
      runs: count,
      blocks: sum,
    })),
  };
}

/** Lines for people. */
export function imageLines({ image, recovery, problems, contents }: ImageReport): string[] {
  const { path, capacity_bytes: capacity, stored_blocks: stored, file_bytes: bytes } = image;
  const lines = [
    `${path}: a device of ${sizeText(capacity)}, ${stored} blocks stored in ${sizeText(bytes)}`,
  ];
  if (recovery !== null && recovery.records + recovery.orphans > 0) {
    const { records, home_lines: home, orphans } = recovery;
    lines.push(`log: ${records} records, ${home} lines written home, ${orphans} orphans freed`);
  }
  for (const { where, what } of problems) lines.push(`✗ ${where}: ${what}`);
  return contents === null ? lines : [...lines, ...contentLines(contents)];
}

export function contentLines(contents: ImageContents): string[] {
  const { files, directories, symlinks, blocks, free_blocks: free, free_runs: runs } = contents;
  const used = ((100 * (blocks - free)) / blocks).toFixed(1);
  const lines = [
    `${files} files, ${directories} directories, ${symlinks} symlinks`,
    `${used} % of ${blocks} blocks in use; ${contents.free_huge_blocks} free ones in whole 2 MiB`,
  ];
  for (const { most_blocks: most, runs: count, blocks: sum } of runs) {
    if (count === 0) continue;
    const size = most === null ? 'longer' : `to ${sizeText(most * 4096)}`;
    lines.push(`  free runs ${size.padEnd(12)} ${String(count).padStart(8)}  ${sum} blocks`);
  }
  return lines;
}
