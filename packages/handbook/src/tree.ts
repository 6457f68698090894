/**
 * Reads the working tree that the rules judge: what git tracks, plus new files below packages/ that
 * are not ignored, so that an author sees a breach before the commit. Where git is missing or
 * refuses (an unpacked archive, another owner), the folders are walked instead.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { SourceFile, Violation } from './source-file.js';
import { rules } from './rules/catalog.js';

const skipped = new Set(['node_modules', 'dist', 'out', 'coverage', '.git']);
const binary = /\.(?:gz|dxt|png|zst|bin|pb|pftrace)$/;
/** Larger text is recorded, not written, and no rule speaks of it. */
const fileBytesMax = 2_000_000;

function listByGit(root: string, options: readonly string[]): string[] | undefined {
  const result = spawnSync('git', ['ls-files', '-z', ...options], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  return result.status === 0 ? result.stdout.split('\0').filter((name) => name !== '') : undefined;
}

function listByWalking(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return [];
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? listByWalking(root, name) : [name];
  });
}

function listFiles(root: string): string[] {
  const tracked = existsSync(path.join(root, '.git')) ? listByGit(root, []) : undefined;
  if (tracked === undefined) return listByWalking(root, '');
  const fresh = listByGit(root, ['--others', '--exclude-standard', 'packages']) ?? [];
  return [...new Set([...tracked, ...fresh])];
}

/** All files in code unit order of their paths; binary and huge ones with empty text. */
export function readTree(root: string): SourceFile[] {
  const files: SourceFile[] = [];
  for (const name of listFiles(root).sort()) {
    const full = path.join(root, name);
    const status = statSync(full, { throwIfNoEntry: false });
    if (status?.isFile() !== true) continue;
    const isRead = !binary.test(name) && status.size <= fileBytesMax;
    files.push({ path: name, text: isRead ? readFileSync(full, 'utf8') : '' });
  }
  return files;
}

/** Runs every rule: one line per violation, grouped by rule, ready to print; empty if all hold. */
export function reportOf(files: readonly SourceFile[]): string {
  const lines: string[] = [];
  for (const rule of rules) {
    const found = rule.check(files);
    if (found.length === 0) continue;
    lines.push(`\n${rule.name} (${String(found.length)}): ${rule.reason}`, ...found.map(lineFor));
  }
  return lines.join('\n');
}

function lineFor({ path: file, line, message }: Violation): string {
  return `  ${file}${line > 0 ? `:${String(line)}` : ''}  ${message}`;
}
