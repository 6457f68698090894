/**
 * Kernel records: what a kernel did with a workload, one JSON file per workload and config, and
 * what we write in the same form. `head` names the machine it ran on, `ops` holds one entry per
 * operation.
 */
import { readFileSync } from 'node:fs';
import { ConfigError } from '@daxsim/sim';

/** `[logical, physical, bytes, flags]`, in bytes; flags as in FIEMAP, separated by commas. */
export type ExtentRow = readonly [number, number, number, string];

/** `[first page, pages, kind, device block]`; the block only of kind `dax`. */
export type MapRun = readonly [number, number, string, number?];

/** What one open handle shows after an operation. */
export interface FileFacts {
  readonly size: number;
  readonly blocks512: number;
  /** 1 if the stamp changed during the operation; absent in the one that opened the handle. */
  readonly mtime?: number;
  readonly ctime?: number;
  readonly extents: readonly ExtentRow[];
}

export interface SignalFacts {
  readonly name: string;
  readonly code: number;
  readonly map: string;
  readonly off: number;
}

/** One operation of a record. */
export interface OpFacts {
  readonly n: number;
  readonly op: string;
  readonly ret: number;
  /** Name of the error number, or empty. */
  readonly err: string;
  readonly sig?: SignalFacts;
  /** Bytes read, run-length; see `runLengthText`. */
  readonly data?: string;
  readonly note?: string;
  readonly fs_free_blocks?: number;
  readonly fs_avail_blocks?: number;
  readonly files: { readonly [handle: string]: FileFacts };
  readonly maps: { readonly [mapping: string]: readonly MapRun[] | null };
  readonly events: { readonly [event: string]: number };
  readonly locks?: readonly string[];
}

/** What a workload ran on. */
export interface RecordHead {
  readonly workload: string;
  readonly title: string;
  readonly config: string;
  readonly kernel: string;
  /** The command that made the file system, with its options. */
  readonly mkfs: string;
  readonly mount_options: string;
  readonly block_size: number;
  readonly device_bytes: number;
  readonly oplist: readonly string[];
}

export interface KernelRecord extends RecordHead {
  readonly ops: readonly OpFacts[];
}

const HEAD_TEXTS = ['config', 'mkfs', 'mount_options'] as const;

/** Reads a record. Throws ConfigError when the file is not one. */
export function readRecord(path: string): KernelRecord {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError({ where: path, found: `not a readable record: ${why}` });
  }
  const record = value as Partial<KernelRecord> | null;
  if (record === null || typeof record !== 'object' || !Array.isArray(record.ops)) {
    throw new ConfigError({ where: path, found: 'no list "ops"', allowed: 'a kernel record' });
  }
  for (const key of HEAD_TEXTS) {
    if (typeof record[key] === 'string') continue;
    throw new ConfigError({ where: path, found: `no text "${key}"`, allowed: 'a kernel record' });
  }
  if (!Number.isSafeInteger(record.device_bytes)) {
    throw new ConfigError({ where: path, found: 'no number "device_bytes"' });
  }
  for (const [index, op] of record.ops.entries()) checkOp(`${path}: ops[${index}]`, op);
  return record as KernelRecord;
}

function checkOp(where: string, op: unknown): void {
  const facts = op as Partial<OpFacts> | null;
  const isOp =
    facts !== null &&
    typeof facts === 'object' &&
    typeof facts.op === 'string' &&
    typeof facts.ret === 'number' &&
    typeof facts.err === 'string' &&
    typeof facts.files === 'object' &&
    typeof facts.maps === 'object';
  if (isOp) return;
  throw new ConfigError({
    where,
    found: 'not an operation of a record',
    allowed: 'an object with op, ret, err, files and maps',
  });
}
