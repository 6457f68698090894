/** How large a guest's window is: in ranges of 2 MiB, or as a part of what the traces use. */
import { ConfigError } from '@daxsim/sim';
import type { FileSystemChoice } from '@daxsim/daxfs';

/** Bytes of one range of a window. */
export const WINDOW_RANGE_BYTES = 2097152;
const RANGES_MOST = 1048576;
const PERCENT = 100;

/** What was asked for: one of the two. */
export type WindowSize = { readonly percent: number } | { readonly ranges: number };

/** Reads `25%` or `16`. Throws ConfigError. */
export function parseWindow(text: string): WindowSize {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  const value = Number(match?.[1] ?? NaN);
  const isPart = match?.[2] === '%';
  const isRight = value > 0 && (isPart || (Number.isInteger(value) && value <= RANGES_MOST));
  if (isRight) return isPart ? { percent: value } : { ranges: value };
  throw new ConfigError({
    where: '--window',
    found: `"${text}"`,
    allowed: `a part of what the traces use, as in 25%, or 1 to ${RANGES_MOST} ranges of 2 MiB`,
  });
}

/** The file system with a window of this size for files of these sizes. Throws ConfigError. */
export function withWindow(
  fileSystem: FileSystemChoice,
  size: WindowSize | undefined,
  fileBytes: readonly number[],
): FileSystemChoice {
  if (size === undefined) return fileSystem;
  const { personality } = fileSystem;
  if (personality.window === null) {
    const found = `--window for ${fileSystem.name}, which has none`;
    throw new ConfigError({ where: '--window', found, allowed: '--fs virtiofs' });
  }
  const ranges = 'ranges' in size ? size.ranges : partOf(size.percent, rangesOf(fileBytes));
  return {
    ...fileSystem,
    personality: { ...personality, window: { ...personality.window, ranges } },
  };
}

/** Ranges that show all of these files. */
function rangesOf(fileBytes: readonly number[]): number {
  return fileBytes.reduce((sum, bytes) => sum + Math.ceil(bytes / WINDOW_RANGE_BYTES), 0);
}

function partOf(percent: number, ranges: number): number {
  return Math.max(1, Math.round((ranges * percent) / PERCENT));
}
