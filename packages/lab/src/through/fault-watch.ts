/**
 * Watches a machine and counts the faults and write-backs of each file as `DaxCounts`. Recipes and
 * steps are known by name.
 *
 *     enterFault ─▶ checkFaultSize: one for each attempt ─▶ … ─▶ enterReadEntry: a block or a hole
 *     MAP_SYNC: findEntryAgain after the force        call of writebackRange ─▶ clearDirtyTag …
 *
 * An attempt at 1 GiB has no tracepoint and is not counted.
 */
import { ExtentState, R } from '@daxsim/daxfs';
import type { System } from '@daxsim/daxfs';
import { INSTRUCTION_WORDS, Op, type Frame, type MachineObserver } from '@daxsim/sim';
import { noCounts, type DaxCounts } from './dax-counts.js';

const HUGE_PAGES = 512;
const WATCHED = ['enterFault', 'checkFaultSize', 'enterReadEntry', 'findEntryAgain'] as const;
const FALLS_BACK = 2;

export class FaultWatch implements MachineObserver {
  /** By inode. */
  readonly counts = new Map<number, DaxCounts>();
  /** Pages of the attempt that a task's fault makes. */
  private readonly span: number[] = [];
  private readonly names: readonly string[];
  private readonly isWatched: readonly boolean[];
  private readonly isWriteBack: readonly boolean[];

  constructor(private readonly system: System) {
    const { steps, calls, programs } = system.set;
    const watched = new Set<string>([...WATCHED, 'clearDirtyTag']);
    this.names = steps.map(({ name }) => name);
    this.isWatched = this.names.map((name) => watched.has(name));
    this.isWriteBack = calls.map(({ program }) => programs[program]?.name === 'writebackRange');
  }

  /** Counts of a file so far. */
  of(inode: number): DaxCounts {
    const known = this.counts.get(inode) ?? noCounts();
    this.counts.set(inode, known);
    return known;
  }

  retired(task: number, program: number, counter: number, outcome: number): void {
    const { set, interpreter } = this.system;
    const code = set.programs[program]!.code;
    const at = counter * INSTRUCTION_WORDS;
    const which = code[at + 1]!;
    if (code[at] === Op.Step) {
      if (this.isWatched[which] !== true) return;
      this.stepped(this.names[which]!, task, outcome, interpreter.callFrame(task));
    } else if (code[at] === Op.Call && this.isWriteBack[which] === true) {
      const inode = interpreter.callFrame(task).get(R.inode);
      if (this.system.world.mm.entries.dirtyCount(inode) > 0) this.of(inode).writebackRanges += 1;
    }
  }

  blocked(): void {
    // Waiting is no fault.
  }

  acquired(): void {
    // Nor is going on.
  }

  released(): void {
    // Nor is letting go.
  }

  private stepped(step: string, task: number, outcome: number, frame: Frame): void {
    if (step === 'enterFault') {
      this.span[task] = frame.get(R.span);
      return;
    }
    const counts = this.of(frame.get(R.inode));
    if (step === 'checkFaultSize') this.attempted(task, outcome, frame, counts);
    else if (step === 'findEntryAgain') counts.syncWriteFaults += 1;
    else if (step === 'clearDirtyTag') {
      const { entries } = this.system.world.mm;
      counts.writebackPages += entries.pages(frame.get(R.inode), frame.get(R.page));
    } else if (outcome === 0 && frame.get(R.span) === 1) {
      if (frame.get(R.state) !== ExtentState.Written) counts.holeLoads += 1;
    }
  }

  private attempted(task: number, outcome: number, frame: Frame, counts: DaxCounts): void {
    const span = this.span[task]!;
    if (span > HUGE_PAGES) {
      this.span[task] = HUGE_PAGES;
      return;
    }
    // The next attempt, if this one ends early, is one page.
    const tried = outcome === FALLS_BACK ? HUGE_PAGES : frame.get(R.span);
    if (tried === HUGE_PAGES) counts.pmdFaultsTried += 1;
    else if (frame.get(R.access) === 0) counts.pteReadFaults += 1;
    else counts.pteWriteFaults += 1;
  }
}
