/** Bytes as runs: `41x4K 00x60K`, the form in which scenarios and their failures tell contents. */
import { ConfigError } from '@daxsim/sim';
import { parseNumber } from '../conform/workload.js';
import type { ByteRun } from './scenario.js';

const RUN = /^([0-9a-fA-F]{2})x(.+)$/;
/** Runs of a failure that are shown. */
const SHOWN_MAX = 12;

export function isRun(word: string): boolean {
  return RUN.test(word);
}

/** Reads runs. Throws ConfigError for a word that is none. */
export function parseRuns(where: string, words: readonly string[]): readonly ByteRun[] {
  return merged(words.map((word) => parseRun(where, word)));
}

function parseRun(where: string, word: string): ByteRun {
  const match = RUN.exec(word);
  if (match === null) {
    throw new ConfigError({ where, found: `"${word}" for bytes`, allowed: 'runs as in 41x4K' });
  }
  return { byte: Number.parseInt(match[1] ?? '', 16), count: parseNumber(where, match[2] ?? '') };
}

function merged(runs: readonly ByteRun[]): readonly ByteRun[] {
  const result: ByteRun[] = [];
  for (const { byte, count } of runs) {
    const last = result.at(-1);
    if (last?.byte === byte) result[result.length - 1] = { byte, count: last.count + count };
    else if (count > 0) result.push({ byte, count });
  }
  return result;
}

export function runsOf(bytes: Uint8Array): readonly ByteRun[] {
  const runs: ByteRun[] = [];
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] ?? 0;
    let end = at + 1;
    while (end < bytes.length && bytes[end] === byte) end += 1;
    runs.push({ byte, count: end - at });
    at = end;
  }
  return runs;
}

export function sameRuns(a: readonly ByteRun[], b: readonly ByteRun[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ byte, count }, i) => byte === b[i]?.byte && count === b[i].count)
  );
}

export function runsText(runs: readonly ByteRun[]): string {
  const shown = runs.slice(0, SHOWN_MAX);
  const parts = shown.map(({ byte, count }) => `${hex(byte)}x${sizeText(count)}`);
  if (shown.length < runs.length) parts.push(`and ${runs.length - shown.length} runs more`);
  return parts.length === 0 ? 'no bytes' : parts.join(' ');
}

/** `64K` for whole KiB and MiB, else the number. */
export function sizeText(bytes: number): string {
  if (bytes > 0 && bytes % 2 ** 20 === 0) return `${bytes / 2 ** 20}M`;
  return bytes > 0 && bytes % 1024 === 0 ? `${bytes / 1024}K` : String(bytes);
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
