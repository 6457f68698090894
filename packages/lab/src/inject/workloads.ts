/** What an experiment runs, as calls: given one by one, or generated. */
import { aceBounds } from '../ace/ace-bounds.js';
import { describeWorkload } from '../ace/ace-operation.js';
import { programOf } from '../ace/ace-program.js';
import { AceSpace } from '../ace/ace-space.js';
import { preparedCalls } from './calls.js';
import type { AceMode } from '../ace/ace-bounds.js';
import type { NamedProgram } from './calls.js';
import type { WorkloadCall } from './config.js';

/** Calls of a file as a workload. */
export function programOfCalls(name: string, calls: readonly WorkloadCall[]): NamedProgram {
  return { name, calls: preparedCalls(calls) };
}

/** `sample` workloads spread evenly over a generated space, those that `isRunnable` lets pass. */
export function generatedPrograms(
  mode: AceMode,
  seq: number,
  sample: number,
  isRunnable: (call: string) => boolean,
): NamedProgram[] {
  const bounds = aceBounds(mode);
  const space = new AceSpace(bounds, seq);
  const { distinct } = space.counts();
  const most = Math.min(sample, distinct);
  const programs: NamedProgram[] = [];
  let ordinal = 0;
  let generated = 0;
  for (let tuple = 0; tuple < space.tuples; tuple += 1) {
    const here = space.distinctOf(tuple);
    const before = Math.floor((ordinal * most) / distinct);
    const isAny = Math.floor(((ordinal + here) * most) / distinct) > before;
    if (isAny) {
      for (const workload of space.workloadsOf(tuple, generated)) {
        const at = Math.floor((ordinal * most) / distinct);
        ordinal += 1;
        if (Math.floor((ordinal * most) / distinct) === at) continue;
        const { calls } = programOf(workload, bounds);
        if (!calls.every(({ call }) => isRunnable(call))) continue;
        programs.push({ name: describeWorkload(workload), calls });
      }
    } else ordinal += here;
    generated += space.generatedOf(tuple);
  }
  return programs;
}
