/**
 * Takes away from a failing scenario what the failure does not need, one piece at a time.
 *
 *      pass:  task 0? task 1? … operation 0.0? 0.1? … set-up 0? …     each: still fails without it?
 *      a pass in which nothing could go ends it: of what is left each piece was tried alone
 *
 * A list from which no single element can go is what delta debugging calls 1-minimal (Zeller,
 * Hildebrandt, 2002). Whole tasks go first, because most go at once or not at all. What "still
 * fails" means is the caller's business, as is to refuse a list that makes no sense without the
 * piece: an access to a mapping that nobody makes.
 */

/** The lists of a scenario, whatever its operations are. */
export interface Parts<Op> {
  readonly setup: readonly Op[];
  readonly threads: readonly (readonly Op[])[];
}

/** What came of a candidate. */
export type Removal = 'fails' | 'passes' | 'senseless';

export interface RemovalCounts {
  /** Removals tried, in all passes. */
  readonly tried: number;
  /** Of the last pass: each piece that is left was tried alone. */
  readonly last_tasks: number;
  readonly last_operations: number;
  /** Of those, what cannot be asked: without the piece the rest makes no sense. */
  readonly last_senseless: number;
}

export interface Reduced<Op> {
  readonly parts: Parts<Op>;
  readonly counts: RemovalCounts;
}

/** Removes until nothing can go. `parts` itself must fail. */
export function removeParts<Op>(
  parts: Parts<Op>,
  judge: (candidate: Parts<Op>) => Removal,
): Reduced<Op> {
  let best = parts;
  let tried = 0;
  for (;;) {
    const pass = onePass(best, judge);
    tried += pass.tasks + pass.operations;
    if (pass.parts === best) {
      const counts: RemovalCounts = {
        tried,
        last_tasks: pass.tasks,
        last_operations: pass.operations,
        last_senseless: pass.senseless,
      };
      return { parts: best, counts };
    }
    best = pass.parts;
  }
}

interface Pass<Op> {
  readonly parts: Parts<Op>;
  readonly tasks: number;
  readonly operations: number;
  readonly senseless: number;
}

function onePass<Op>(parts: Parts<Op>, judge: (candidate: Parts<Op>) => Removal): Pass<Op> {
  let best = parts;
  const counts = { tasks: 0, operations: 0, senseless: 0 };
  const attempt = (candidate: Parts<Op>, what: 'tasks' | 'operations'): boolean => {
    counts[what] += 1;
    const found = judge(candidate);
    if (found === 'senseless') counts.senseless += 1;
    if (found !== 'fails') return false;
    best = candidate;
    return true;
  };
  for (let task = best.threads.length - 1; task >= 0 && best.threads.length > 1; task -= 1) {
    attempt({ ...best, threads: best.threads.toSpliced(task, 1) }, 'tasks');
  }
  // From the end: what comes later rarely is what earlier operations need.
  for (let task = best.threads.length - 1; task >= 0; task -= 1) {
    const length = best.threads[task]?.length ?? 0;
    for (let at = length - 1; at >= 0; at -= 1) {
      const list = best.threads[task] ?? [];
      // A task without operations is none; that was tried above.
      if (list.length === 1) break;
      attempt({ ...best, threads: best.threads.with(task, list.toSpliced(at, 1)) }, 'operations');
    }
  }
  for (let at = best.setup.length - 1; at >= 0; at -= 1) {
    attempt({ ...best, setup: best.setup.toSpliced(at, 1) }, 'operations');
  }
  return { parts: best, ...counts };
}
