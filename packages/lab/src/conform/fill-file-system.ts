/**
 * `fillfs KEEP`: preallocates a file `.filler` until about KEEP bytes are available, then makes it
 * durable. It asks for all that is available first and for half as much whenever that is refused;
 * with KEEP it stops as soon as less than a block more than that is left.
 */
import { OpenFlag, availableBlocks } from '@daxsim/daxfs';
import { BLOCK_BYTES } from '@daxsim/sim';
import { answerOf } from './op-answer.js';
import type { OpAnswer } from './op-answer.js';
import type { Process } from './process.js';
import type { WorkloadSystem } from './workload-system.js';

const FILLER = '.filler';

export function fillFileSystem(
  system: WorkloadSystem,
  process: Process,
  keepBytes: number,
): OpAnswer {
  const handle = process.nextHandle();
  const flags = OpenFlag.ReadWrite | OpenFlag.Create;
  const opened = system.run('open', { path: system.path(FILLER), flags, mode: 0o600, handle });
  if (opened.errno !== 0) return answerOf(opened);
  const { world } = system.system;
  const { inodes } = world.volume;
  let position = inodes.sizeBytes(world.handles.inode(handle));
  let chunk = availableBlocks(world) * BLOCK_BYTES;
  while (chunk >= BLOCK_BYTES) {
    if (keepBytes > 0) {
      const spare = availableBlocks(world) * BLOCK_BYTES - keepBytes;
      if (spare < BLOCK_BYTES) break;
      chunk = Math.min(chunk, wholeBlocks(spare));
    }
    const args = { handle, offset: position, length: chunk, flags: 0 };
    if (system.run('fallocate', args).errno === 0) position += chunk;
    else chunk = wholeBlocks(chunk / 2);
  }
  system.run('fsync', { handle });
  system.run('close', { handle });
  return { ret: 0, err: '' };
}

function wholeBlocks(bytes: number): number {
  return Math.floor(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}
