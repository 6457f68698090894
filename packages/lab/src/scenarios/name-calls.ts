/**
 * Calls of scenarios beside those of workload files: names, attributes, and what is done to a file
 * system from outside. `WORDS` says what each takes.
 */
import { OpenFlag, RenameFlag, StoreFlag, XattrFlag } from '@daxsim/daxfs';
import { BLOCK_BYTES } from '@daxsim/sim';
import { answerOf, noMapping, unsupported } from '../conform/op-answer.js';
import { parseNumber } from '../conform/workload.js';
import type { OpAnswer } from '../conform/op-answer.js';
import type { Process } from '../conform/process.js';
import type { WorkloadSystem } from '../conform/workload-system.js';

/** What a call works with. */
export interface CallContext {
  readonly system: WorkloadSystem;
  readonly process: Process;
  readonly words: readonly string[];
}

interface NameCall {
  /** Its words, for messages; those behind `[` may be left out. */
  readonly words: string;
  readonly least: number;
  readonly most: number;
  readonly run: (context: CallContext) => OpAnswer;
}

const DIRECTORY_MODE = 0o755;
const FILE_MODE = 0o644;
const RENAME_FLAGS: ReadonlyMap<string, number> = new Map<string, number>([
  ['noreplace', RenameFlag.NoReplace],
  ['exchange', RenameFlag.Exchange],
]);

/** A recipe on one path. */
function onPath(recipe: string, args: object = {}): NameCall['run'] {
  return ({ system, words }) =>
    answerOf(system.run(recipe, { path: system.path(words[0] ?? ''), ...args }));
}

/** A recipe on two paths. */
function onPaths(recipe: string): NameCall['run'] {
  return ({ system, words: [from = '', to = '', flag = ''] }) => {
    const flags = RENAME_FLAGS.get(flag) ?? 0;
    return answerOf(system.run(recipe, { path: system.path(from), path2: system.path(to), flags }));
  };
}

/** Opens a path for one call of a recipe. */
function opened(
  { system, process }: CallContext,
  path: string,
  flags: number,
  recipe: string | null,
  args: object = {},
): OpAnswer {
  const handle = process.nextHandle();
  const open = { path: system.path(path), flags, mode: FILE_MODE, handle };
  const ended = system.run('open', open);
  if (ended.errno !== 0) return answerOf(ended);
  const answer = recipe === null ? null : answerOf(system.run(recipe, { handle, ...args }));
  system.run('close', { handle });
  return answer ?? { ret: 0, err: '' };
}

function creat(context: CallContext): OpAnswer {
  const flags = OpenFlag.WriteOnly | OpenFlag.Create | OpenFlag.Truncate;
  return opened(context, context.words[0] ?? '', flags, null);
}

function fsyncPath(context: CallContext): OpAnswer {
  return opened(context, context.words[0] ?? '', OpenFlag.ReadOnly, 'fsync');
}

function truncate(context: CallContext): OpAnswer {
  const [path = '', length = ''] = context.words;
  const args = { length: parseNumber('truncate', length) };
  return opened(context, path, OpenFlag.ReadWrite, 'ftruncate', args);
}

function setShutdown({ system }: CallContext): OpAnswer {
  return answerOf(system.run('setShutdown', { flags: 1 }));
}

function setAttribute({ system, words }: CallContext): OpAnswer {
  const [path = '', name = '', length = '', byte = '', flag = ''] = words;
  const value = {
    path: system.path(path),
    xattr: system.system.world.volume.names.idOf(name),
    length: parseNumber('setxattr', length),
    source: Number.parseInt(byte, 16),
    flags: flag === 'create' ? XattrFlag.Create : flag === 'replace' ? XattrFlag.Replace : 0,
  };
  return answerOf({ ...system.run('setxattr', value), result: 0 });
}

function removeAttribute({ system, words: [path = '', name = ''] }: CallContext): OpAnswer {
  const xattr = system.system.world.volume.names.idOf(name);
  return answerOf(system.run('removexattr', { path: system.path(path), xattr }));
}

/** A media error under one byte of an open file. */
function poison({ system, process, words: [file = '', offset = ''] }: CallContext): OpAnswer {
  const handle = process.handles.get(file)?.number;
  if (handle === undefined) return unsupported(`handle ${file} is not open`);
  const at = parseNumber('poison', offset);
  const inode = system.system.world.handles.inode(handle);
  const { extents } = system.system.world.volume;
  extents.lookup(inode, Math.floor(at / BLOCK_BYTES));
  const line = Math.floor((extents.block * BLOCK_BYTES + (at % BLOCK_BYTES)) / 64);
  system.system.world.memory.poison?.(line);
  return { ret: 0, err: '' };
}

/** A store of a program that flushes and fences by itself. */
function persist({ system, process, words }: CallContext): OpAnswer {
  const [name = '', offset = '', length = '', byte = ''] = words;
  const mapping = process.mappings.get(name);
  if (mapping === undefined) return noMapping();
  const ended = system.run('store', {
    mapping: mapping.number,
    mm: 1,
    offset: parseNumber('persist', offset),
    length: parseNumber('persist', length),
    source: Number.parseInt(byte, 16),
    flags: StoreFlag.Flush,
  });
  return ended.signal === 0 ? answerOf(ended) : { ret: ended.result, err: 'SIGBUS' };
}

function evict({ system, process, words: [file = ''] }: CallContext): OpAnswer {
  const handle = process.handles.get(file)?.number;
  if (handle === undefined) return unsupported(`handle ${file} is not open`);
  return answerOf(system.run('evict', { handle }));
}

const CALLS: ReadonlyMap<string, NameCall> = new Map<string, NameCall>([
  ['mkdir', { words: 'PATH', least: 1, most: 1, run: onPath('mkdir', { mode: DIRECTORY_MODE }) }],
  ['rmdir', { words: 'PATH', least: 1, most: 1, run: onPath('rmdir') }],
  ['rename', { words: 'FROM TO [noreplace|exchange]', least: 2, most: 3, run: onPaths('rename') }],
  ['link', { words: 'PATH NEW', least: 2, most: 2, run: onPaths('link') }],
  ['symlink', { words: 'PATH TARGET', least: 2, most: 2, run: onPaths('symlink') }],
  [
    'setxattr',
    { words: 'PATH NAME LENGTH BYTE [create|replace]', least: 4, most: 5, run: setAttribute },
  ],
  ['removexattr', { words: 'PATH NAME', least: 2, most: 2, run: removeAttribute }],
  ['creat', { words: 'PATH', least: 1, most: 1, run: creat }],
  ['fsync_path', { words: 'PATH', least: 1, most: 1, run: fsyncPath }],
  ['truncate', { words: 'PATH LENGTH', least: 2, most: 2, run: truncate }],
  ['evict', { words: 'HANDLE', least: 1, most: 1, run: evict }],
  ['poison', { words: 'HANDLE OFFSET', least: 2, most: 2, run: poison }],
  ['persist', { words: 'MAPPING OFFSET LENGTH BYTE', least: 4, most: 4, run: persist }],
  ['shutdown', { words: '', least: 0, most: 0, run: setShutdown }],
]);

export const CALL_NAMES: readonly string[] = [...CALLS.keys()];

/** What is wrong with the number of words of a call; null if nothing, also for no such call. */
export function wrongWords(name: string, count: number): string | null {
  const call = CALLS.get(name);
  if (call === undefined || (count >= call.least && count <= call.most)) return null;
  return `${name} ${call.words}`;
}

export function isCall(name: string): boolean {
  return CALLS.has(name);
}

/** Runs a call; one without an entry is our own mistake. */
export function runCall(name: string, context: CallContext): OpAnswer {
  return CALLS.get(name)?.run(context) ?? unsupported('no such call');
}
