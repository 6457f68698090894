/**
 * Watches a guest's window while a run goes on: how long its faults took, those of its host below
 * them, and calls that found no range.
 *
 *      enterFault ─ … range, wait for one, SETUPMAPPING … ─ mapForReading     a guest's fault
 *      findRange ─ … in-line reclaim, SETUPMAPPING … ─ enterRange             a call's miss
 *
 * A fault counts from when it has its address space's lock until its page is mapped. One that maps
 * nothing, because it ends in a signal, is not counted.
 */
import { Histogram, INSTRUCTION_WORDS, Op, type MachineObserver } from '@daxsim/sim';
import type { System } from '@daxsim/daxfs';

const Part = { None: 0, Begin: 1, End: 2 } as const;

/** What is timed: steps that begin and end it, and the recipes that they stand in. */
interface Span {
  readonly latency: Histogram;
  readonly recipes: readonly string[];
  readonly begins: string;
  readonly ends: readonly string[];
}

function fault(host: string): Span {
  return {
    latency: new Histogram(),
    recipes: [`${host}readFault`, `${host}writeFault`],
    begins: `${host}enterFault`,
    ends: [`${host}mapForReading`, `${host}mapForWriting`],
  };
}

export class WindowWatch implements MachineObserver {
  readonly guestFaults = fault('');
  readonly hostFaults = fault('host.');
  readonly callMisses: Span = {
    latency: new Histogram(),
    recipes: ['rangeForCopy'],
    begins: 'findRange',
    ends: ['enterRange'],
  };
  private readonly spans = [this.guestFaults, this.hostFaults, this.callMisses];
  /** Per span and program: what each step is. */
  private readonly parts: readonly Uint8Array[];
  private readonly programs: readonly Int8Array[];
  /** When a task's last instruction retired, and when what is timed began, by span. */
  private readonly last: number[] = [];
  private readonly began: readonly number[][];

  constructor(private readonly system: System) {
    const { steps, programs } = system.set;
    this.parts = this.spans.map(({ begins, ends }) =>
      Uint8Array.from(steps, ({ name }) => {
        if (name === begins) return Part.Begin;
        return ends.includes(name) ? Part.End : Part.None;
      }),
    );
    this.programs = this.spans.map(({ recipes }) =>
      Int8Array.from(programs, ({ name }) => (recipes.includes(name) ? 1 : 0)),
    );
    this.began = this.spans.map(() => []);
  }

  retired(task: number, program: number, counter: number, _outcome: number, at: number): void {
    const before = this.last[task] ?? 0;
    this.last[task] = at;
    for (let span = 0; span < this.spans.length; span += 1) {
      if (this.programs[span]![program] === 0) continue;
      const { code } = this.system.set.programs[program]!;
      const place = counter * INSTRUCTION_WORDS;
      if (code[place] !== Op.Step) continue;
      const part = this.parts[span]![code[place + 1]!]!;
      if (part === Part.Begin) this.began[span]![task] = before;
      else if (part === Part.End) {
        this.spans[span]!.latency.record(at - (this.began[span]![task] ?? at));
      }
    }
  }

  blocked(): void {
    // What is waited for counts by when it ends.
  }

  acquired(): void {
    // Likewise.
  }

  released(): void {
    // Nor does letting go.
  }
}
