/**
 * Loads and stores of a workload. They go byte by byte in ascending order, so an operation that
 * ends in a signal has done every byte before the one that caused it.
 *
 * As recorded, `ret` of a load that ends in a signal is 0, of all others the accesses done.
 */
import { Signal } from '@daxsim/daxfs';
import type { OpAnswer } from './op-answer.js';
import type { LiveMapping } from './process.js';
import type { SignalFacts } from './record.js';
import type { WorkloadOp } from './workload.js';
import type { Ended, WorkloadSystem } from './workload-system.js';

const MM = 1;
const BUS_ADRERR = 2;
const BUS_MCEERR_AR = 4;
const SEGV_MAPERR = 1;
const SEGV_ACCERR = 2;

/** What a signal tells about an access at `offset` of a mapping. */
function signalOf(ended: Ended, mapping: LiveMapping, offset: number): SignalFacts {
  const isInside = offset >= 0 && offset < mapping.bytes;
  const place = { map: isInside ? mapping.name : '?', off: isInside ? offset : -1 };
  if (ended.signal === Signal.Poison) return { name: 'SIGBUS', code: BUS_MCEERR_AR, ...place };
  if (ended.signal === Signal.Bus) return { name: 'SIGBUS', code: BUS_ADRERR, ...place };
  return { name: 'SIGSEGV', code: isInside ? SEGV_ACCERR : SEGV_MAPERR, ...place };
}

export function load(system: WorkloadSystem, op: WorkloadOp, mapping: LiveMapping): OpAnswer {
  const { offset, length } = op;
  const ended = system.run('load', { mapping: mapping.number, mm: MM, offset, length });
  const data = system.bytesSeen();
  if (ended.signal === 0) return { ret: length, err: '', data };
  return { ret: 0, err: '', data, sig: signalOf(ended, mapping, offset + data.length) };
}

export function store(system: WorkloadSystem, op: WorkloadOp, mapping: LiveMapping): OpAnswer {
  const { offset, length, byte } = op;
  const args = { mapping: mapping.number, mm: MM, offset, length, source: byte };
  const ended = system.run('store', args);
  if (ended.signal === 0) return { ret: ended.result, err: '' };
  const sig = signalOf(ended, mapping, offset + ended.result);
  return { ret: ended.result, err: '', sig };
}

/** One byte every `step` bytes. */
export function touchRead(system: WorkloadSystem, op: WorkloadOp, mapping: LiveMapping): OpAnswer {
  return touch(system, op, mapping, 'load');
}

export function touchWrite(system: WorkloadSystem, op: WorkloadOp, mapping: LiveMapping): OpAnswer {
  return touch(system, op, mapping, 'store');
}

function touch(
  system: WorkloadSystem,
  op: WorkloadOp,
  mapping: LiveMapping,
  recipe: 'load' | 'store',
): OpAnswer {
  let done = 0;
  let sig: SignalFacts | null = null;
  for (let at = 0; at < op.length && sig === null; at += op.step) {
    const offset = op.offset + at;
    const args = { mapping: mapping.number, mm: MM, offset, length: 1, source: op.byte };
    const ended = system.run(recipe, args);
    if (ended.signal === 0) done += 1;
    else sig = signalOf(ended, mapping, offset);
  }
  const data = recipe === 'load' ? { data: system.bytesSeen() } : {};
  return { ret: done, err: '', ...data, ...(sig === null ? {} : { sig }) };
}
