/**
 * The device of a record and the file system on it: sizes as recorded, geometry from the options of
 * the recorded mkfs command, every byte that nothing wrote `ee`.
 *
 *     mkfs.xfs  -d agcount=2,su=2m,sw=1 -l size=64m      stripe unit and log size
 *     mkfs.ext4 -E stride=512,stripe_width=512 -J size=16   the same, in blocks and MiB
 *
 * Allocation groups, reflink and rmap trees have no counterpart in the geometry of ours.
 */
import { BLOCK_BYTES, ConfigError, StateSpace } from '@daxsim/sim';
import { createUntimedMemory } from '@daxsim/pmem';
import { mkfs } from '@daxsim/daxfs';
import type { MkfsOptions } from '@daxsim/daxfs';
import type { Memory } from '@daxsim/pmem';
import type { RecordHead } from './record.js';

/** Byte that the records' device held before the first mkfs. */
const BLANK_BYTE = 0xee;
const INODES = 4096;
const DEVICE_BYTES = 512 * 1024 * 1024;
/** What mkfs.xfs and mkfs.ext4 choose for a device of this size when nothing is said. */
const LOG_BYTES = { xfs: 64 * 1024 * 1024, ext4: 16 * 1024 * 1024 } as const;

const XFS_OPTIONS = '-d agcount=2,su=2m,sw=1 -l size=64m';

/** Configs by name: how their file system is made and mounted when no record says so. */
export const CONFIGS: ReadonlyMap<string, { readonly mkfs: string; readonly mount: string }> =
  new Map([
    ['xfs-dax', { mkfs: `mkfs.xfs -m reflink=0,rmapbt=0 ${XFS_OPTIONS}`, mount: 'dax=always' }],
    [
      'ext4-dax',
      {
        mkfs: 'mkfs.ext4 -b 4096 -m 0 -E stride=512,stripe_width=512,lazy_itable_init=0',
        mount: 'dax=always,commit=300',
      },
    ],
    [
      'xfs-dax-reflink',
      { mkfs: `mkfs.xfs -m reflink=1,rmapbt=0 ${XFS_OPTIONS}`, mount: 'dax=always' },
    ],
    [
      'ext4-pagecache',
      {
        mkfs: 'mkfs.ext4 -b 4096 -m 0 -E stride=512,stripe_width=512,lazy_itable_init=0',
        mount: 'dax=never,commit=300',
      },
    ],
    [
      'xfs-pagecache',
      { mkfs: `mkfs.xfs -m reflink=0,rmapbt=0 ${XFS_OPTIONS}`, mount: 'dax=never' },
    ],
  ]);

/** The head of a record that is to be made without a kernel's beside it. */
export function defaultHead(config: string, kernel: string): RecordHead {
  const made = CONFIGS.get(config);
  return {
    workload: '',
    title: '',
    config,
    kernel,
    mkfs: made?.mkfs ?? '',
    mount_options: made?.mount ?? '',
    block_size: BLOCK_BYTES,
    device_bytes: DEVICE_BYTES,
    oplist: [],
  };
}

/** Geometry that a mkfs command asks for. Throws ConfigError for a size that is none. */
export function geometryOf(head: RecordHead): MkfsOptions {
  const options = subOptions(head.mkfs);
  const isExt4 = isExt4Command(head.mkfs);
  const unit = options.get('su');
  const stripeBytes = unit === undefined ? 0 : sizeOf(head.mkfs, unit);
  const stride = Number(options.get('stripe_width') ?? options.get('stride') ?? 0);
  const size = options.get('size');
  let logBytes: number = isExt4 ? LOG_BYTES.ext4 : LOG_BYTES.xfs;
  if (size !== undefined) logBytes = isExt4 ? Number(size) * 2 ** 20 : sizeOf(head.mkfs, size);
  return {
    capacityBytes: head.device_bytes,
    logBytes,
    inodes: INODES,
    stripeBlocks: isExt4 ? stride : stripeBytes / BLOCK_BYTES,
    seed: 1,
    label: 'conform',
  };
}

/** True for records of ext4; all others are of XFS. */
export function isExt4Command(command: string): boolean {
  return command.includes('ext4');
}

/** A device, and the space that holds its state. */
export interface Device {
  readonly space: StateSpace;
  readonly memory: Memory;
}

/** A fresh device with a fresh file system. */
export function makeDevice(head: RecordHead): Device {
  const space = new StateSpace();
  const memory = createUntimedMemory(space, head.device_bytes, 'adr', { fillByte: BLANK_BYTE });
  mkfs(memory, geometryOf(head));
  return { space, memory };
}

/** `a=b` parts of all option arguments. */
function subOptions(command: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const word of command.split(/[\s,]+/)) {
    const at = word.indexOf('=');
    if (at > 0) found.set(word.slice(0, at), word.slice(at + 1));
  }
  return found;
}

const UNITS: { readonly [unit: string]: number } = {
  '': 1,
  b: BLOCK_BYTES,
  s: 512,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
};

function sizeOf(where: string, text: string): number {
  const match = /^(\d+)([a-z]?)$/i.exec(text);
  const bytes = Number(match?.[1]) * (UNITS[(match?.[2] ?? '?').toLowerCase()] ?? Number.NaN);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new ConfigError({ where, found: `"${text}" for a size`, allowed: 'as in 64m or 2g' });
}
