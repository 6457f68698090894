/**
 * Calls of a workload, made ready to run: files are opened before their first use and closed before
 * they lose their name.
 *
 *     write foo · rename foo bar          open foo · write foo · close foo · rename foo bar
 */
import type { AceCall } from '../ace/ace-operation.js';
import type { WorkloadCall } from './config.js';

/** A call that changes nothing and whose bytes are checked. */
export interface ReadCall {
  readonly call: 'read' | 'load';
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

export type InjectedCall = AceCall | ReadCall;

/** A workload with its name for people. */
export interface NamedProgram {
  readonly name: string;
  readonly calls: readonly InjectedCall[];
}

/** Directories end in a capital letter, as in the generated workloads. */
export function isDirectory(path: string): boolean {
  return path === '.' || /[A-Z]$/.test(path);
}

/** The calls with opens and closes put in. */
export function preparedCalls(given: readonly WorkloadCall[]): InjectedCall[] {
  const calls: InjectedCall[] = [];
  const open = new Set<string>();
  const close = (path: string): void => {
    for (const name of [...open].sort()) {
      if (name !== path && !name.startsWith(`${path}/`)) continue;
      calls.push({ call: 'close', path: name });
      open.delete(name);
    }
  };
  for (const call of given) {
    if (call.call === 'rename' || call.call === 'unlink' || call.call === 'rmdir') close(call.path);
    if (call.call === 'rename') close(call.to);
    if (call.call === 'open' && open.has(call.path)) continue;
    if (call.call === 'close') {
      if (!open.has(call.path)) continue;
      open.delete(call.path);
    }
    for (const path of handlesOf(call)) {
      if (open.has(path)) continue;
      calls.push({ call: 'open', path });
      open.add(path);
    }
    if (call.call === 'open') open.add(call.path);
    calls.push(call);
  }
  for (const path of [...open].sort()) calls.push({ call: 'close', path });
  return calls;
}

/** Names that must be open for the call. */
function handlesOf(call: WorkloadCall): string[] {
  if (call.call === 'clone') return [call.path, call.to];
  return usesHandle(call) ? [call.path] : [];
}

function usesHandle(call: WorkloadCall): call is Extract<WorkloadCall, { path: string }> {
  if (!('path' in call)) return false;
  switch (call.call) {
    case 'mkdir':
    case 'rmdir':
    case 'unlink':
    case 'link':
    case 'rename':
    case 'open':
    case 'close':
      return false;
    case 'fsync':
      return !isDirectory(call.path);
    default:
      return true;
  }
}

/** A call in words: `write foo 0+4096`. */
export function describeCall(call: InjectedCall): string {
  const words: string[] = [call.call];
  if ('path' in call) words.push(call.path);
  if ('to' in call) words.push(call.to);
  if ('mode' in call) words.push(call.mode);
  if ('offset' in call) words.push(`${call.offset}+${call.length}`);
  else if ('length' in call) words.push(String(call.length));
  return words.join(' ');
}
