/**
 * Generated workloads as parts: each tuple of operations with its choices of persistence points.
 *
 *     one operation     all tuples
 *     two operations    for a place: tuples with an operation that runs it, first or second
 */
import { aceBounds } from '../ace/ace-bounds.js';
import { describeOperation, describeWorkload } from '../ace/ace-operation.js';
import { programOf } from '../ace/ace-program.js';
import { AceSpace } from '../ace/ace-space.js';
import { callSearch, spread } from './call-search.js';
import type { AceMode } from '../ace/ace-bounds.js';
import type { CallParts, CallSetting } from './call-search.js';
import type { DirectedProgram } from './directed-programs.js';
import type { MutantSearch } from './mutant-search.js';

/** Workloads of a tuple of two operations that are run. */
const WORKLOADS_PER_TUPLE = 8;
const TUPLES_MOST = 20;

/** All workloads of one operation; their parts are named by it. */
export function oneOperation(mode: AceMode): CallParts {
  const space = new AceSpace(aceBounds(mode), 1);
  const names = namesOf(mode);
  return { names, programs: (part) => programsOf(space, names.indexOf(part), Infinity) };
}

/**
 * Workloads of two operations of which one runs the place, by what the search of one operation
 * surveyed under `survey`.
 */
export function twoOperations(name: string, setting: CallSetting, mode: AceMode): MutantSearch {
  const space = new AceSpace(aceBounds(mode), 2);
  const names = namesOf(mode);
  const parts: CallParts = {
    names: [],
    programs: (part) => programsOf(space, Number(part), WORKLOADS_PER_TUPLE),
  };
  const search = callSearch(name, setting, parts);
  const one = callSearch(name, setting, oneOperation(mode));
  return {
    ...search,
    survey: one.survey,
    run: (mutation, surveyed) => {
      const firsts = surveyed.map(({ part }) => names.indexOf(part));
      const count = names.length;
      const tuples = firsts.flatMap((a) =>
        names.flatMap((_name, b) => [a * count + b, b * count + a]),
      );
      const chosen = spread([...new Set(tuples)], TUPLES_MOST);
      const all = chosen.map((tuple) => ({ part: String(tuple), places: [], states: 0 }));
      return search.run(mutation, all);
    },
    signature: () => null,
    shows: () => null,
  };
}

/** Workloads of so many tuples of two operations, spread over the space. */
export function twoOperationPrograms(mode: AceMode, tuples: number): readonly DirectedProgram[] {
  const space = new AceSpace(aceBounds(mode), 2);
  const all = Array.from({ length: space.tuples }, (_none, i) => i);
  return spread(all, tuples).flatMap((tuple) => programsOf(space, tuple, WORKLOADS_PER_TUPLE));
}

function namesOf(mode: AceMode): readonly string[] {
  return aceBounds(mode).operations.map(describeOperation);
}

function programsOf(space: AceSpace, tuple: number, most: number): readonly DirectedProgram[] {
  const workloads = spread([...space.workloadsOf(tuple, 0)], most);
  return workloads.map((workload) => ({
    name: describeWorkload(workload),
    calls: programOf(workload, space.bounds).calls,
  }));
}
