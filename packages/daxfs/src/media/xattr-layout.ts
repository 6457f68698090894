/**
 * Sizes of extended attributes on the media, as `SPEC.md` tells them, and what they count against
 * the limits of file systems that have some.
 */
import { BLOCK_UNITS, BYTES_PER_BLOCK } from './layout.js';

export const XATTR_MAGIC = 0x41584144; // "DAXA"
export const XattrBlockWord = { magic: 0, usedUnits: 1, owner: 2, next: 3 } as const;
export const XATTR_BLOCK_HEAD_UNITS = 2;
/** Units of entries that an inode holds itself. */
export const XATTR_BODY_UNITS = 11;
/** In the second word of an entry: the value has blocks of its own. */
export const VALUE_APART = 1 << 30;

/** Longest name without its space, and longest value (include/uapi/linux/limits.h). */
export const XATTR_NAME_MAX = 255;
export const XATTR_VALUE_MAX = 65536;

/** Blocks that the value has to itself; 0 while it fits beside its name. */
export function apartBlocks(nameBytes: number, valueBytes: number): number {
  const units = 1 + Math.ceil(nameBytes / 8) + Math.ceil(valueBytes / 8);
  const fits = units <= BLOCK_UNITS - XATTR_BLOCK_HEAD_UNITS;
  return fits ? 0 : Math.ceil(valueBytes / BYTES_PER_BLOCK);
}

/** Units of an entry. */
export function xattrUnits(nameBytes: number, valueBytes: number): number {
  const apart = apartBlocks(nameBytes, valueBytes);
  const value = apart === 0 ? Math.ceil(valueBytes / 8) : Math.ceil(apart / 2);
  return 1 + Math.ceil(nameBytes / 8) + value;
}

/** First word of an entry. */
export function xattrShape(nameBytes: number, valueBytes: number, space: number): number {
  return xattrUnits(nameBytes, valueBytes) | (nameBytes << 16) | (space << 24);
}

/** What an attribute takes of a limit: fs/ext4/xattr.h, EXT4_XATTR_LEN and EXT4_XATTR_SIZE. */
export function limitCost(nameBytes: number, valueBytes: number): number {
  return 16 + Math.ceil(nameBytes / 4) * 4 + Math.ceil(valueBytes / 4) * 4;
}
