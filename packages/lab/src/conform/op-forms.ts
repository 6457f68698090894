/**
 * The operations of workload files: for each word its parameters, in order, and the options that
 * may follow. One line of a workload is one operation; what it does stands in `op-actions.ts`.
 *
 *     pwrite F OFF LEN BYTE          mmap M F OFF LEN r|rw shared|private|sync [colour=N] …
 */

/** What a parameter is; also the name of the field of `WorkloadOp` that it fills. */
export type Parameter =
  | 'file'
  | 'file2'
  | 'mapping'
  | 'path'
  | 'offset'
  | 'offset2'
  | 'length'
  | 'step'
  | 'byte'
  | 'choice'
  | 'choice2';

export interface OpForm {
  readonly parameters: readonly Parameter[];
  /** Words that `choice` and `choice2` may be. */
  readonly choices?: readonly string[];
  readonly choices2?: readonly string[];
  /** Optional words behind the parameters; those with `=` take a number. */
  readonly options?: readonly string[];
}

const RANGE: OpForm = { parameters: ['file', 'offset', 'length'] };
const FILE: OpForm = { parameters: ['file'] };
const MAPPED: OpForm = { parameters: ['mapping', 'offset', 'length'] };
const THROUGH: OpForm = { parameters: ['file', 'offset', 'mapping', 'offset2', 'length'] };
const PROTECTIONS = ['r', 'rw'];
const ADVICE = ['dontneed', 'populate_read', 'populate_write', 'remove', 'nohugepage'];

export const OP_FORMS: ReadonlyMap<string, OpForm> = new Map<string, OpForm>([
  [
    'open',
    {
      parameters: ['file', 'path'],
      options: ['ro', 'direct', 'sync', 'dsync', 'trunc', 'append'],
    },
  ],
  ['close', FILE],
  ['unlink', { parameters: ['path'] }],
  ['pwrite', { parameters: ['file', 'offset', 'length', 'byte'] }],
  ['pread', RANGE],
  ['write', { parameters: ['file', 'length', 'byte'] }],
  ['pwrite_from', THROUGH],
  ['pread_to', THROUGH],
  ['fallocate', RANGE],
  ['fallocate_keep', RANGE],
  ['punch', RANGE],
  ['zero_range', RANGE],
  ['zero_range_keep', RANGE],
  ['collapse', RANGE],
  ['insert', RANGE],
  ['unshare', RANGE],
  ['ftruncate', { parameters: ['file', 'length'] }],
  ['fsync', FILE],
  ['fdatasync', FILE],
  ['sync', { parameters: [] }],
  ['sync_range', RANGE],
  ['seek', { parameters: ['file', 'offset', 'choice'], choices: ['data', 'hole'] }],
  ['extsize', { parameters: ['file', 'length'] }],
  ['getdax', FILE],
  ['clone', { parameters: ['file', 'file2'] }],
  ['clone_range', { parameters: ['file', 'offset', 'length', 'file2', 'offset2'] }],
  ['fillfs', { parameters: ['length'] }],
  [
    'mmap',
    {
      parameters: ['mapping', 'file', 'offset', 'length', 'choice', 'choice2'],
      choices: PROTECTIONS,
      choices2: ['shared', 'private', 'sync'],
      options: ['colour=', 'addr=any', 'populate'],
    },
  ],
  ['munmap', { parameters: ['mapping'] }],
  ['mremap_move', { parameters: ['mapping', 'length'] }],
  ['mprotect', { parameters: ['mapping', 'offset', 'length', 'choice'], choices: PROTECTIONS }],
  ['mlock', MAPPED],
  ['msync', { parameters: ['mapping', 'offset', 'length'], options: ['async'] }],
  ['madvise', { parameters: ['mapping', 'offset', 'length', 'choice'], choices: ADVICE }],
  ['load', MAPPED],
  ['store', { parameters: ['mapping', 'offset', 'length', 'byte'] }],
  ['touchr', { parameters: ['mapping', 'offset', 'length', 'step'] }],
  ['touchw', { parameters: ['mapping', 'offset', 'length', 'step', 'byte'] }],
  ['dio_read', MAPPED],
  ['vmsplice', MAPPED],
  ['pipedrain', { parameters: [] }],
]);

/** The word that wraps another operation: `timeout MS OP…`. */
export const TIMEOUT = 'timeout';
