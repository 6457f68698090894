/**
 * Runs sequences of operations on the kernel of this machine: a file system in a file, mounted
 * through a loop device inside mount and tmpfs of its own, so that nothing is left behind when
 * anything dies.
 *
 *     cc *.c ─▶ unshare -m: tmpfs ─▶ mkfs ─▶ mount -o loop ─▶ execute < sequences
 *
 * Needs the superuser, loop devices, a C compiler, mkfs of the file system and util-linux. Where
 * one is missing, `whyNot` says which.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Operation } from './operations.js';

/** Tests run compiled, from `dist/test/differential`. */
const SOURCES = ['execute.c', 'execute-people.c'].map((name) =>
  fileURLToPath(new URL(`../../../test/differential/${name}`, import.meta.url)),
);
const IMAGE_BYTES = 1024 * 1024 * 1024;
const TIMEOUT_MS = 1200_000;
const OUTPUT_BYTES_MAX = 2 ** 30;

/** A file system of the host. */
export interface HostFileSystem {
  readonly type: 'xfs' | 'ext4';
  readonly mkfs: readonly string[];
  readonly mount: string;
}

export const HOST_XFS: HostFileSystem = {
  type: 'xfs',
  mkfs: ['mkfs.xfs', '-q', '-f', '-m', 'reflink=0,rmapbt=0'],
  mount: 'loop,allocsize=4k',
};

export const HOST_XFS_REFLINK: HostFileSystem = {
  ...HOST_XFS,
  mkfs: ['mkfs.xfs', '-q', '-f', '-m', 'reflink=1,rmapbt=0'],
};

export const HOST_EXT4: HostFileSystem = {
  type: 'ext4',
  mkfs: ['mkfs.ext4', '-q', '-F', '-b', '4096', '-m', '0', '-E', 'lazy_itable_init=1'],
  mount: 'loop,nodelalloc',
};

function isTool(name: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(join(folder, name)));
}

function mayUse(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** What this machine lacks, or null. */
export function whyNot(system: HostFileSystem): string | null {
  if (process.getuid?.() !== 0) return 'only the superuser can mount';
  if (!mayUse('/dev/loop-control')) return 'no loop devices';
  const tools = ['cc', 'unshare', 'mount', system.mkfs[0] ?? ''];
  const missing = tools.filter((tool) => !isTool(tool));
  return missing.length === 0 ? null : `not installed: ${missing.join(', ')}`;
}

/** Builds the executor once and runs any number of sequences on fresh mounts. */
export class HostKernel {
  private readonly folder = mkdtempSync(join(tmpdir(), 'differential-'));
  private readonly program = join(this.folder, 'execute');

  constructor(private readonly system: HostFileSystem) {
    run('cc', ['-O1', '-Wall', '-o', this.program, ...SOURCES]);
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  /**
   * The lines of each sequence, in order: one mount, one directory for each. `inlineExtents` is
   * how many extents an inode holds itself; without it sectors count the tree as well.
   */
  lines(sequences: readonly (readonly Operation[])[], inlineExtents?: number): string[][] {
    const input = sequences.map((one, index) => `#${index}\n${one.join('\n')}\n`).join('');
    const inputFile = join(this.folder, 'sequences');
    writeFileSync(inputFile, input);
    const image = join(this.folder, 'mount', 'image');
    const script = [
      'set -e',
      `mkdir -p ${this.folder}/mount`,
      `mount -t tmpfs -o size=3g tmpfs ${this.folder}/mount`,
      `truncate -s ${IMAGE_BYTES} ${image}`,
      `${this.system.mkfs.join(' ')} ${image}`,
      `mkdir ${this.folder}/mount/root`,
      `mount -t ${this.system.type} -o ${this.system.mount} ${image} ${this.folder}/mount/root`,
      `cd ${this.folder}/mount/root`,
      `${this.program} ${String(inlineExtents ?? '')} < ${inputFile}`,
      'cd /',
      `umount ${this.folder}/mount/root`,
    ];
    const output = run('unshare', [
      '-m',
      '--propagation',
      'private',
      'sh',
      '-c',
      script.join('\n'),
    ]);
    return output
      .split(/^#.*\n/m)
      .slice(1)
      .map((part) => part.split('\n'));
  }
}

function run(command: string, args: readonly string[]): string {
  const { status, signal, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: OUTPUT_BYTES_MAX,
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
  if (status === 0) return stdout;
  throw new Error(`${command} ended with ${String(status ?? signal)}: ${stderr}`);
}
