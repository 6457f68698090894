/**
 * Judges every schedule of a pair of operations by what power loss would leave at every moment of
 * it.
 *
 *     fence, end of a call ─▶ seen before? ─▶ every image that recovery can tell apart ─▶ recover
 *                                               ─▶ some order of the calls explains it
 *
 * What has begun and ended, and what was answered, is state: two schedules that differ in it are
 * judged apart. Moments with equal media, equal pending stores and equal histories are searched
 * once.
 */
import { IntColumn, assert } from '@daxsim/sim';
import { CrashJudge } from '../crash/crash-judge.js';
import { ImageRow } from '../crash/image-row.js';
import { fillCells } from '../crash/crash-model.js';
import { LargeCount } from '../crash/large-count.js';
import { SIGNALLED } from './pair-orders.js';
import type { PowerLossImage } from '@daxsim/pmem';
import type { CallEnd, ScenarioJudge, ScenarioSystem } from '../explore/scenario-system.js';
import type { PairCall } from './pair-calls.js';
import type { PairOrders, TaskHistory } from './pair-orders.js';
import type { PairWatch } from './pair-watch.js';

/** Counts of a search. */
export interface PairCounts {
  /** Different moments at which power was lost. */
  moments: number;
  /** Images that recovery and the judge really saw. */
  executed: number;
  readonly represented: LargeCount;
}

const TASK_CELLS = 32;
const CALLS_MOST = 8;
const Cell = { Began: 0, Ended: 1, After: 8, Answer: 16 } as const;

export class PairJudge implements ScenarioJudge<PairCall> {
  readonly counts: PairCounts = { moments: 0, executed: 0, represented: new LargeCount() };
  /** Per task: calls begun and ended; per call: the other task's ended before it, the answer. */
  private readonly history: IntColumn;
  /** Cell 0: 1 after something was wrong; cell 1: 1 once the tasks run. */
  private readonly flags: IntColumn;
  private broken = '';
  private readonly known = new Set<string>();
  private readonly judge: CrashJudge;
  private readonly row: ImageRow;
  private readonly image: PowerLossImage;

  constructor(
    private readonly system: ScenarioSystem<PairCall>,
    private readonly watch: PairWatch,
    private readonly orders: PairOrders,
  ) {
    const { space } = system;
    this.history = new IntColumn(space, 'pair.history');
    this.flags = new IntColumn(space, 'pair.flags');
    const { geometry } = system.system.world.volume;
    this.image = watch.under.powerLossImage();
    this.judge = new CrashJudge(watch, this.image, geometry);
    const { replay } = system.system.world.knobs;
    this.row = new ImageRow(watch.under, this.image, geometry, replay);
    watch.beforeFence = () => {
      this.lose();
    };
  }

  starts(): void {
    this.flags.set(1, 1);
  }

  began(task: number): void {
    if (!this.isTask(task)) return;
    const { history } = this;
    const base = task * TASK_CELLS;
    const index = history.get(base + Cell.Began);
    assert(index < CALLS_MOST, 'PairJudge: more calls than cells');
    const ended = history.get((1 - task) * TASK_CELLS + Cell.Ended);
    history.set(base + Cell.After + index, ended);
    history.set(base + Cell.Began, index + 1);
  }

  finished(task: number, _call: PairCall, end: CallEnd): number {
    if (!this.isTask(task)) return 0;
    const { history } = this;
    const base = task * TASK_CELLS;
    const index = history.get(base + Cell.Ended);
    history.set(base + Cell.Answer + index, end.signal !== 0 ? SIGNALLED : end.errno);
    history.set(base + Cell.Ended, index + 1);
    this.watch.promised();
    this.lose();
    return 0;
  }

  saw(): void {
    // What is read before power loss is not checked here.
  }

  byteOf(): number {
    return 0;
  }

  fill(source: number, offset: number, length: number, target: Uint8Array, at: number): void {
    fillCells(source, offset, length, target, at);
  }

  isOver(): boolean {
    return false;
  }

  afterAction(): string | null {
    return this.flags.get(0) === 0 ? null : this.broken;
  }

  atEnd(): string | null {
    return null;
  }

  /** Something is wrong, whoever found it. */
  breaks(what: string): void {
    if (this.flags.get(0) !== 0) return;
    this.flags.set(0, 1);
    this.broken = what;
  }

  private isTask(task: number): boolean {
    return task < 2 && this.flags.get(1) === 1;
  }

  /** Loses power now, in every way; none of it is part of what the running action does. */
  private lose(): void {
    const { space } = this.system;
    const listening = space.watch;
    space.watch = null;
    const wrong = this.flags.get(1) === 1 ? this.search() : null;
    space.watch = listening;
    if (wrong !== null) this.breaks(wrong);
  }

  private search(): string | null {
    const history: readonly [TaskHistory, TaskHistory] = [this.historyOf(0), this.historyOf(1)];
    const key = `${this.watch.fingerprint()}|${JSON.stringify(history)}`;
    if (this.known.has(key)) return null;
    const moments = this.orders.moments(history);
    if (moments.length === 0) return 'no order of the calls explains their answers';
    const { row, counts } = this;
    counts.moments += 1;
    this.watch.generation += 1;
    const states = new LargeCount();
    states.add(1);
    for (const { units } of this.watch.pendingLines()) states.multiply(units + 1);
    counts.represented.addAll(states);
    for (let isMore = row.first() !== null; isMore; isMore = row.next() !== null) {
      counts.executed += 1;
      let problem = this.judge.judgeAny(moments, row.difference);
      if (row.isInDoubt()) problem = this.judge.judgeAny(moments);
      if (problem !== null) return `after power loss: ${problem}`;
    }
    this.known.add(key);
    return null;
  }

  private historyOf(task: number): TaskHistory {
    const { history } = this;
    const base = task * TASK_CELLS;
    const began = history.get(base + Cell.Began);
    const ended = history.get(base + Cell.Ended);
    const cells = (from: number, count: number): number[] =>
      Array.from({ length: count }, (_cell, i) => history.get(base + from + i));
    return { began, ended, after: cells(Cell.After, began), answers: cells(Cell.Answer, ended) };
  }
}
