/**
 * In which orders the calls of two tasks may have taken effect, and what a correct file system
 * holds after each of them.
 *
 *     task 0   rename foo bar ├────┤   sync ├───            1. rename, unlink     2. unlink, rename
 *     task 1        unlink bar ├──────┤                      each: do the answers fit?
 *
 * A call that ended before another began comes before it. One that is running may have taken effect
 * or not, so it is there and promises nothing. A sync that has ended promises what must come before
 * it; that it may come later, and promise more, nobody can hold against the file system. An order
 * in which a call would have answered otherwise than it did is none.
 *
 * Stores through mappings are no single act: where one is in the pair, a file may hold at each
 * place what any order leaves there.
 */
import { Errno } from '@daxsim/daxfs';
import { assert } from '@daxsim/sim';
import { CELL_BYTES, emptyModel, overwritten, promisedAll } from '../crash/crash-model.js';
import { modelAfter } from '../crash/crash-calls.js';
import { parentOf } from '../ace/ace-space.js';
import type { AceCall } from '../ace/ace-operation.js';
import type { CrashMoment } from '../crash/crash-judge.js';
import type { ModelInode, ModelState } from '../crash/crash-model.js';
import type { Pair, PairCall } from './pair-calls.js';

/** What is known of a task's calls. */
export interface TaskHistory {
  /** Calls that have begun; the last one is running if fewer have ended. */
  readonly began: number;
  readonly ended: number;
  /** For each call that has begun: how many of the other task's had ended. */
  readonly after: readonly number[];
  /** For each call that has ended: its error number, 0 for none, or −1 for a signal. */
  readonly answers: readonly number[];
}

/** A state on an order, with the files that handles lead to, and the calls of each task so far. */
interface Reached {
  readonly state: ModelState;
  readonly opened: ReadonlyMap<string, number>;
  readonly taken: readonly [number, number];
  readonly previous: PairCall | null;
  readonly before: Reached | null;
}

/** Stands for the handle of a file to be linked that was found before its name moved. */
const LINKED = 'link:source';
const PAGE_BYTES = 4096;
/** Not compared: the call was cut short by a signal. */
export const SIGNALLED = -1;

export class PairOrders {
  private readonly start: Reached;
  private readonly known = new Map<string, readonly CrashMoment[]>();

  constructor(
    private readonly pair: Pair,
    /** Whether every call is durable when it returns. */
    private readonly isSynchronous: boolean,
    /** What a rename over a directory with names in it answers; file systems differ. */
    private readonly renameOverFull: number = Errno.NotEmpty,
  ) {
    let state = emptyModel();
    let opened: ReadonlyMap<string, number> = new Map();
    for (const call of pair.setup) [state, opened] = carriedOut(call, call.effect, state, opened);
    state = { ...promisedAll(state), before: null };
    this.start = { state, opened, taken: [0, 0], previous: null, before: null };
  }

  /** Each order that explains the answers, as what may be found after power loss now. */
  moments(history: readonly [TaskHistory, TaskHistory]): readonly CrashMoment[] {
    const key = JSON.stringify(history);
    let found = this.known.get(key);
    if (found === undefined) {
      const states: ModelState[] = [];
      this.extend(this.start, history, states);
      const all = this.pair.isMixing ? states.map((state) => this.mixed(state, states)) : states;
      found = all.map((now) => ({ now, next: null }));
      this.known.set(key, found);
    }
    return found;
  }

  /** Goes on with every call that may come next, to the end of every order. */
  private extend(
    at: Reached,
    history: readonly [TaskHistory, TaskHistory],
    found: ModelState[],
  ): void {
    let isLast = true;
    for (const task of [0, 1] as const) {
      const index = at.taken[task];
      const own = history[task];
      const call = this.pair.threads[task][index];
      if (call === undefined || index >= own.began) continue;
      const isRunning = index >= own.ended;
      if (isRunning && isPromise(call)) continue;
      isLast = false;
      const other = at.taken[1 - task] ?? 0;
      const needed = own.after[index] ?? 0;
      if (other < needed || (isPromise(call) && !this.isEarliest(at, task, needed))) continue;
      const answer = isRunning ? null : (own.answers[index] ?? 0);
      for (const next of this.after(call, task, at, answer, needed)) {
        this.extend(next, history, found);
      }
    }
    if (isLast) found.push(at.state);
  }

  /** Whether a promise stands right behind what it must come after: there it promises least. */
  private isEarliest({ taken, previous }: Reached, task: 0 | 1, needed: number): boolean {
    if (previous === null || isPromise(previous)) return true;
    return this.pair.threads[task].includes(previous) || taken[1 - task] === needed;
  }

  /** What the call may have led to, having answered so (null: not yet). */
  private after(
    call: PairCall,
    task: 0 | 1,
    at: Reached,
    answer: number | null,
    needed: number,
  ): Reached[] {
    const { state, opened } = at;
    const taken: readonly [number, number] =
      task === 0 ? [at.taken[0] + 1, at.taken[1]] : [at.taken[0], at.taken[1] + 1];
    const found: Reached[] = [];
    for (const { effect, handles } of walked(call.effect, at, sinceOf(at, task, needed))) {
      const refusal = refusalOf(effect, state, handles);
      const isOverFull = refusal === Errno.NotEmpty && effect.call === 'rename';
      const expected = isOverFull ? this.renameOverFull : refusal;
      const isCompared = answer !== null && answer !== SIGNALLED && effect.call !== 'store';
      if (isCompared && expected !== answer) continue;
      const next: readonly [ModelState, ReadonlyMap<string, number>] =
        expected === 0 ? carriedOut(call, effect, state, handles) : [skipped(state), opened];
      const isPromised = this.isSynchronous && answer !== null;
      const reached = isPromised ? promisedAll(next[0]) : next[0];
      found.push({ state: reached, opened: next[1], taken, previous: call, before: at });
    }
    return found;
  }

  /** The state, with what its files hold in the others beside what they hold in it. */
  private mixed(state: ModelState, all: readonly ModelState[]): ModelState {
    const inodes = new Map<number, ModelInode>(state.inodes);
    for (const [number, inode] of state.inodes) {
      if (inode.isDirectory || !this.start.state.inodes.has(number)) continue;
      const others = all
        .flatMap((other) => other.inodes.get(number)?.versions ?? [])
        .filter((version) => !inode.versions.includes(version));
      inodes.set(number, { ...inode, versions: [...others, ...inode.versions] });
    }
    return { ...state, inodes };
  }
}

function isPromise({ effect }: PairCall): boolean {
  return effect.call === 'sync' || effect.call === 'fsync' || effect.call === 'msync';
}

/** Nothing changed, but a call went by. */
function skipped(state: ModelState): ModelState {
  return { ...state, index: state.index + 1, before: state };
}

/** The state after a call that is not refused, and the files that handles lead to then. */
function carriedOut(
  { opens, write }: PairCall,
  effect: AceCall,
  before: ModelState,
  opened: ReadonlyMap<string, number>,
): readonly [ModelState, ReadonlyMap<string, number>] {
  const state = behindEnd(effect, write, withOpened(effect, before, opened), opened);
  const done = clipped(effect, state, opened);
  const next = done === null ? skipped(before) : modelAfter(done, state, write, opened);
  if (opens === null) return [next, opened];
  const file = next.names.get(effect.call === 'open' ? effect.path : '');
  assert(file !== undefined, 'PairOrders: an opened file has a name');
  return [next, new Map([...opened, [opens, file]])];
}

/**
 * The state with the call's file in it, though nobody can reach it any more but by the handle:
 * until its removal is durable it may be found again, with what was stored since.
 */
function withOpened(
  call: AceCall,
  state: ModelState,
  opened: ReadonlyMap<string, number>,
): ModelState {
  const number = 'path' in call ? opened.get(call.path) : undefined;
  if (number === undefined || state.inodes.has(number)) return state;
  let had: ModelState | null = state;
  while (had !== null && !had.inodes.has(number)) had = had.before;
  const inode = had?.inodes.get(number);
  if (inode === undefined) return state;
  return { ...state, inodes: new Map([...state.inodes, [number, { ...inode, links: 0 }]]) };
}

/**
 * The state with what a store leaves behind the end of the file, in its last page: where the file
 * was longer, and that it was cut is not durable yet, those bytes may be found.
 */
function behindEnd(
  call: AceCall,
  write: number,
  state: ModelState,
  opened: ReadonlyMap<string, number>,
): ModelState {
  const number = call.call === 'store' ? opened.get(call.path) : undefined;
  const inode = state.inodes.get(number ?? 0);
  if (call.call !== 'store' || number === undefined || inode === undefined) return state;
  const size = inode.versions.at(-1)?.size ?? 0;
  const from = Math.max(size, call.offset);
  const to = Math.min(Math.ceil(size / PAGE_BYTES) * PAGE_BYTES, call.offset + call.length);
  const longer = inode.versions.filter((version) => version.size > from);
  if (from >= to || longer.length === 0) return state;
  const stored = longer.map((version) =>
    overwritten(version, from, Math.min(to, version.size) - from, write),
  );
  const versions = [...stored, ...inode.versions];
  return { ...state, inodes: new Map([...state.inodes, [number, { ...inode, versions }]]) };
}

/** The call as far as it has an effect: nothing behind the end of the file. */
function clipped(
  call: AceCall,
  state: ModelState,
  opened: ReadonlyMap<string, number>,
): AceCall | null {
  if (call.call === 'close') return null;
  if (call.call !== 'store' && call.call !== 'msync') return call;
  const inode = state.inodes.get(opened.get(call.path) ?? 0);
  const size = inode?.versions.at(-1)?.size ?? 0;
  const length = Math.min(call.length, size - call.offset);
  if (call.call === 'msync') return { ...call, length: Math.max(0, length) };
  return length < CELL_BYTES ? null : { ...call, length };
}

/** A call as it may have found its way: paths, and handles with that of a file to be linked. */
interface Walked {
  readonly effect: AceCall;
  readonly handles: ReadonlyMap<string, number>;
}

/**
 * A path is walked before the call does what it does, and others may move what it has passed: the
 * directory then has another name, the file that is to be linked too (Linux 6.12 fs/namei.c:
 * do_linkat looks the old name up before it locks anything).
 */
function walked(call: AceCall, at: Reached, since: Reached): readonly Walked[] {
  const found: Walked[] = [{ effect: call, handles: at.opened }];
  if (!('path' in call) || isHandle(call.path)) return found;
  for (let then: Reached | null = at; then !== null; then = then.before) {
    const path = movedPath(call.path, then.state, at.state);
    const to = 'to' in call ? movedPath(call.to, then.state, at.state) : '';
    if (path !== call.path) found.push({ effect: { ...call, path }, handles: at.opened });
    if ('to' in call && to !== call.to) {
      found.push({ effect: { ...call, to }, handles: at.opened });
      if (path !== call.path) found.push({ effect: { ...call, path, to }, handles: at.opened });
    }
    const file = then.state.names.get(call.path);
    if (call.call === 'link' && file !== undefined && at.state.names.get(call.path) !== file) {
      const handles = new Map([...at.opened, [LINKED, file]]);
      // A file without a name left is not linked again.
      const isThere = at.state.inodes.has(file);
      found.push({ effect: { ...call, path: LINKED }, handles: isThere ? handles : at.opened });
    }
    if (then === since) break;
  }
  return found;
}

/** What a path is called now whose directory had its name then. */
function movedPath(path: string, then: ModelState, now: ModelState): string {
  const parent = parentOf(path);
  const directory = then.names.get(parent);
  if (directory === undefined || now.names.get(parent) === directory) return path;
  for (const [name, number] of now.names) {
    if (number === directory) return name + path.slice(parent.length);
  }
  return path;
}

/** The earliest point of the order at which the task's next call can have begun. */
function sinceOf(at: Reached, task: 0 | 1, needed: number): Reached {
  let since = at;
  for (let then: Reached | null = at; then !== null; then = then.before) {
    if (then.taken[task] !== at.taken[task] || (then.taken[1 - task] ?? 0) < needed) break;
    since = then;
  }
  return since;
}

function isHandle(path: string): boolean {
  return path.includes(':');
}

/** The error number that a correct file system answers, 0 if it does what it is told. */
function refusalOf(call: AceCall, state: ModelState, opened: ReadonlyMap<string, number>): number {
  const { names, inodes } = state;
  const isMissing = (path: string): boolean => !names.has(path);
  switch (call.call) {
    case 'open':
      return isMissing(parentOf(call.path)) ? Errno.NotFound : 0;
    case 'mkdir':
      if (isMissing(parentOf(call.path))) return Errno.NotFound;
      return isMissing(call.path) ? 0 : Errno.Exists;
    case 'unlink':
    case 'rmdir':
      if (isMissing(call.path)) return Errno.NotFound;
      return call.call === 'rmdir' && hasNames(call.path, state) ? Errno.NotEmpty : 0;
    case 'link':
      if (isMissing(call.path) && !opened.has(call.path)) return Errno.NotFound;
      if (isMissing(parentOf(call.to))) return Errno.NotFound;
      return isMissing(call.to) ? 0 : Errno.Exists;
    case 'rename': {
      if (isMissing(call.path) || isMissing(parentOf(call.to))) return Errno.NotFound;
      // A directory cannot be moved into itself.
      if (call.to.startsWith(`${call.path}/`)) return Errno.Invalid;
      const target = inodes.get(names.get(call.to) ?? 0);
      return target?.isDirectory === true && hasNames(call.to, state) ? Errno.NotEmpty : 0;
    }
    case 'fsync':
      return isHandle(call.path) && !opened.has(call.path) ? Errno.BadHandle : 0;
    case 'falloc': {
      // What is shifted must lie inside, and a collapse may not take all up to the end.
      const { mode, offset, length } = call;
      const size = inodes.get(opened.get(call.path) ?? 0)?.versions.at(-1)?.size ?? 0;
      const isOutside = mode === 'collapse' && offset + length >= size;
      return isOutside || (mode === 'insert' && offset >= size) ? Errno.Invalid : 0;
    }
    case 'removexattr':
      return inodes.get(opened.get(call.path) ?? 0)?.attribute === 0 ? Errno.NoData : 0;
    default:
      return 0;
  }
}

function hasNames(directory: string, { names }: ModelState): boolean {
  return [...names.keys()].some((name) => name.startsWith(`${directory}/`));
}
