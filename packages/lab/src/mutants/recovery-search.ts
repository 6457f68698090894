/**
 * Mutants of recovery's own steps: power is lost at every moment of a program, the image recovered
 * by the changed recovery, and power lost again at every fence of that and behind it.
 *
 *     program ─▶ image, image … (a few) ─▶ changed recovery, cut ─▶ right recovery ─▶ the same?
 */
import { EVERY_PLACE } from '@daxsim/daxfs';
import { AceRun } from '../ace/ace-run.js';
import { recoveryChanges } from '../crash/recovery-change.js';
import { crashSetting } from './call-search.js';
import { caught } from './mutant-search.js';
import type { CallSetting } from './call-search.js';
import type { CrashFailure } from '../crash/crash-search.js';
import type { DirectedProgram } from './directed-programs.js';
import type { MutantSearch } from './mutant-search.js';

/** Names of all changes that recoveries of the programs can have; parts are programs. */
export function recoverySearch(
  setting: CallSetting,
  programs: readonly DirectedProgram[],
): MutantSearch {
  const tried = (name: string, change: string): Tried => {
    const program = programs.find((one) => one.name === name);
    const run = new AceRun(
      { ...crashSetting(setting, undefined), recoveryChange: change },
      1,
      'sample',
    );
    const failure = program === undefined ? null : run.program(program.calls, program.quiet);
    return { failure, fences: run.search.aftermath?.fences ?? 0 };
  };
  return {
    name: 'recovery, cut',
    survey: () =>
      programs.map(({ name: part }) => {
        const { fences } = tried(part, EVERY_PLACE);
        return { part, places: recoveryChanges(fences), states: fences };
      }),
    run: (mutation, surveyed) =>
      caught(() => {
        for (const { part } of surveyed) {
          const { failure } = tried(part, mutation);
          if (failure !== null) return { what: part, problem: failure.problem };
        }
        return null;
      }),
    // Who lives does otherwise, and showed nothing but what the right one leaves: that is what the
    // search compares, image by image.
    signature: (mutation) => mutation ?? '',
    shows: () => new Set(),
  };
}

interface Tried {
  readonly failure: CrashFailure | null;
  readonly fences: number;
}
