/**
 * The media after unmount, held against the oracle: every byte of every file, read from the image
 * alone, as the next mount would find it.
 */
import { MediaImage } from '@daxsim/daxfs';
import type { Memory } from '@daxsim/pmem';
import { assert } from '@daxsim/sim';
import type { FileContent } from './file-content.js';
import type { FileOracle, OracleViolation } from './file-oracle.js';

const BLOCK = 4096;
const CHUNK = 1 << 20;

/** Checks all files that the oracle knows; violations and checked bytes are counted in it. */
export function checkFinalImage(memory: Memory, oracle: FileOracle): void {
  const image = MediaImage.open(memory);
  assert(image !== null, 'checkFinalImage: the image holds no file system');
  for (const file of oracle.existing()) checkFile(memory, image, file, oracle);
}

function checkFile(memory: Memory, image: MediaImage, file: FileContent, oracle: FileOracle): void {
  const head = image.inode(file.inode);
  if (!image.isUsed(file.inode) || head.type !== 8) return;
  const chunk = new Uint8Array(CHUNK);
  for (const extent of image.extents(file.inode)) {
    const first = extent.fileBlock * BLOCK;
    const end = Math.min(first + extent.length * BLOCK, head.sizeBytes);
    for (let at = first; at < end; at += CHUNK) {
      const length = Math.min(CHUNK, end - at);
      if (extent.isUnwritten) chunk.fill(0, 0, length);
      else memory.peekBytes(extent.block * BLOCK + at - first, chunk, 0, length);
      oracle.saw(-1, file.inode, at, length, chunk, 0);
    }
  }
  checkHoles(image, file, head.sizeBytes, oracle);
}

/** Where there are no blocks, nothing but zeros may be expected. */
function checkHoles(image: MediaImage, file: FileContent, size: number, oracle: FileOracle): void {
  const zeros = new Uint8Array(CHUNK);
  let at = 0;
  const holeTo = (end: number): void => {
    for (; at < end; at += CHUNK) {
      const length = Math.min(CHUNK, end - at);
      // Long holes of files that nobody wrote are passed over: the map knows that they are zero.
      file.live.find(at);
      if (file.live.value === 0 && file.live.pieceEnd >= at + length) continue;
      oracle.saw(-1, file.inode, at, length, zeros, 0);
    }
  };
  for (const extent of image.extents(file.inode)) {
    holeTo(Math.min(size, extent.fileBlock * BLOCK));
    at = (extent.fileBlock + extent.length) * BLOCK;
  }
  holeTo(size);
}

/** A violation with the name that its file has on the image, or its inode number if it is gone. */
export interface NamedViolation extends OracleViolation {
  readonly file: string;
}

/** Gives the first violations the names of their files. */
export function nameViolations(memory: Memory, oracle: FileOracle, most: number): NamedViolation[] {
  if (oracle.violationCount === 0) return [];
  const files = MediaImage.open(memory)?.files() ?? [];
  const nameOf = new Map(files.map(({ inode, path }) => [inode, path]));
  return oracle.violations.slice(0, most).map((violation) => ({
    ...violation,
    file: nameOf.get(violation.inode) ?? `inode ${violation.inode}`,
  }));
}
