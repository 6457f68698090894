/**
 * The bytes that a mapping shows, read beside the machine: what a system call would find in a
 * buffer there, without the faults that it would take. Pages without a translation show what the
 * file holds.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { ExtentState } from '@daxsim/daxfs';
import type { World } from '@daxsim/daxfs';
import type { LiveMapping } from './process.js';

/** Kinds of translation that are private copies, as in daxfs. */
const PRIVATE_KINDS: ReadonlySet<number> = new Set([4, 5]);

/** Bytes [offset, offset + length) of a mapping, fewer where it or its file ends. */
export function mappedBytes(
  world: World,
  mapping: LiveMapping,
  offset: number,
  length: number,
): Uint8Array {
  const { mappings } = world.mm;
  const inode = mappings.inode(mapping.number);
  const firstPage = mappings.firstPage(mapping.number);
  const filePages = Math.ceil(world.volume.inodes.sizeBytes(inode) / BLOCK_BYTES);
  const shown = Math.min(mapping.bytes, (filePages - firstPage) * BLOCK_BYTES);
  const bytes = new Uint8Array(Math.max(0, Math.min(length, shown - offset)));
  for (let at = 0; at < bytes.length;) {
    const from = offset + at;
    const page = Math.floor(from / BLOCK_BYTES);
    const inPage = from - page * BLOCK_BYTES;
    const count = Math.min(BLOCK_BYTES - inPage, bytes.length - at);
    readPage(world, mapping.number, page, inPage, bytes, at, count);
    at += count;
  }
  return bytes;
}

function readPage(
  world: World,
  mapping: number,
  page: number,
  inPage: number,
  bytes: Uint8Array,
  at: number,
  count: number,
): void {
  const { table, privatePages, mappings } = world.mm;
  if (PRIVATE_KINDS.has(table.kind(mapping, page))) {
    privatePages.read(table.target(mapping, page), inPage, bytes, at, count);
    return;
  }
  const { cache } = world.mm;
  const inode = mappings.inode(mapping);
  const slot = cache.slot(inode, mappings.firstPage(mapping) + page);
  if (slot >= 0) {
    cache.bytes.read(slot, inPage, bytes, at, count);
    return;
  }
  const { extents } = world.volume;
  const state = extents.lookup(inode, mappings.firstPage(mapping) + page);
  if (state !== ExtentState.Written) return;
  world.memory.peekBytes(extents.block * BLOCK_BYTES + inPage, bytes, at, count);
}
