/**
 * How accesses end that do not reach the memory beneath a `FaultOverlay`, and how many did.
 *
 *     load   ─▶ a status, ones for bytes, later by what `ErrorAnswers` says
 *     store  ─▶ of a page without backing: the status; posted to a dead part: nothing is told
 *     policy `hang`  ─▶ waits until the page is back; if nobody promised that, no end: `hung`
 *                       remembers who waits for which line
 */
import { NEVER } from '@daxsim/sim';
import { IssueStatus, LineStatus, readsLine, type LineRequest } from '../memory.js';
import type { ErrorAnswers } from './error-answers.js';

/** An access that never ends. */
export interface HungAccess {
  readonly source: number;
  readonly line: number;
  /** When it was made, ticks. */
  readonly at: number;
}

/** Accesses that faults changed. */
export interface FaultTallies {
  poisonedLoads: number;
  absentLoads: number;
  absentStores: number;
  /** Of pages that were given back: loads that saw zeros there. */
  grownLoads: number;
  overdueLoads: number;
  lostStores: number;
  slowed: number;
}

export class Failures {
  /** The first access that never ends; null: none. */
  hung: HungAccess | null = null;
  /** First line whose load failed; −1: none. */
  metLine = -1;
  tallies: FaultTallies = noTallies();
  /** Told of each access that fails or hangs, with its request as it was made. */
  watch: ((request: LineRequest) => void) | null = null;

  constructor(
    private readonly answers: ErrorAnswers,
    private readonly lineWords: Int32Array,
  ) {}

  /** Whether who meets a page without backing waits until there is some. */
  get isPatient(): boolean {
    return this.answers.hostFault === 'hang';
  }

  restart(): void {
    this.hung = null;
    this.metLine = -1;
    this.tallies = noTallies();
  }

  /** A load of a line whose media do not give it; `extra`: what it takes longer. */
  poisoned(request: LineRequest, extra: number): number {
    this.tallies.poisonedLoads += 1;
    return this.fail(request, LineStatus.Poison, this.answers.machineCheckTicks + extra);
  }

  /** A load or store of a page without backing. */
  absent(request: LineRequest): number {
    const { hostFault, hostFaultTicks } = this.answers;
    const isLoad = readsLine(request.op);
    if (isLoad) this.tallies.absentLoads += 1;
    else this.tallies.absentStores += 1;
    if (hostFault !== 'hang') {
      const isTold = hostFault === 'eio' && isLoad;
      return this.fail(request, isTold ? LineStatus.Poison : LineStatus.Absent, hostFaultTicks);
    }
    this.watch?.(request);
    const { source, line, at } = request;
    this.hung ??= { source, line, at };
    return IssueStatus.Pending;
  }

  /** A load whose completion does not come. */
  overdue(request: LineRequest): number {
    this.tallies.overdueLoads += 1;
    return this.fail(request, LineStatus.Absent, this.answers.timeoutTicks);
  }

  /** Posted to nobody: who stored it goes on and is not told. */
  lost(request: LineRequest): number {
    this.tallies.lostStores += 1;
    request.status = LineStatus.Ok;
    request.durableAt = NEVER;
    return IssueStatus.Done;
  }

  meet(line: number): void {
    if (this.metLine < 0) this.metLine = line;
  }

  private fail(request: LineRequest, status: number, ticks: number): number {
    const { op, line } = request;
    this.watch?.(request);
    request.status = status;
    request.durableAt = NEVER;
    request.at += ticks;
    if (readsLine(op)) {
      this.meet(line);
      this.lineWords.fill(-1);
    }
    return IssueStatus.Done;
  }
}

function noTallies(): FaultTallies {
  return {
    poisonedLoads: 0,
    absentLoads: 0,
    absentStores: 0,
    grownLoads: 0,
    overdueLoads: 0,
    lostStores: 0,
    slowed: 0,
  };
}
