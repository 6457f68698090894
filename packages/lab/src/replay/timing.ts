/**
 * When the next operation of a task may start, beside what it has to wait for.
 *
 *     closed   when the previous one ended
 *     think    the recorded pause after that
 *     open     at the recorded time, or when the previous one ended: what is late is counted
 *     scale=K  open, with all times K-fold
 */
import { ConfigError } from '@daxsim/sim';
import { NONE, type TraceRecord } from '@daxsim/trace';

export type TimingMode = 'closed' | 'think' | 'open';

export interface Timing {
  readonly mode: TimingMode;
  /** Factor of recorded times; 1 but for `scale=K`. */
  readonly scale: number;
}

const TICKS_PER_NS = 1000;

/** Reads `closed`, `think`, `open` or `scale=K`. */
export function parseTiming(text: string): Timing {
  if (text === 'closed' || text === 'think' || text === 'open') return { mode: text, scale: 1 };
  const match = /^scale=([0-9]+(?:\.[0-9]+)?)$/.exec(text);
  if (match === null || Number(match[1]) === 0) {
    const allowed = 'closed, think, open, scale=K with K above 0';
    throw new ConfigError({ where: '--timing', found: `"${text}"`, allowed });
  }
  return { mode: 'open', scale: Number(match[1]) };
}

export class StartTimes {
  /** Operations that started after their recorded time, and by how much in all and at most. */
  late = 0;
  lateTicks = 0;
  lateTicksMax = 0;
  private readonly endedAt: number[] = [];
  private readonly recordedEnd: number[] = [];

  constructor(private readonly timing: Timing) {}

  /** Earliest start of a task's next record, in ticks; 0 when there is no bound. */
  dueAt(task: number, record: TraceRecord): number {
    const { mode, scale } = this.timing;
    if (mode === 'closed' || record.startNs === NONE) return 0;
    if (mode === 'open') return Math.round(record.startNs * TICKS_PER_NS * scale);
    const before = this.recordedEnd[task];
    if (before === undefined) return 0;
    const pause = Math.max(0, record.startNs - before);
    return (this.endedAt[task] ?? 0) + pause * TICKS_PER_NS;
  }

  started(task: number, record: TraceRecord, at: number): void {
    if (this.timing.mode !== 'open' || record.startNs === NONE) return;
    const late = at - this.dueAt(task, record);
    if (late <= 0) return;
    this.late += 1;
    this.lateTicks += late;
    if (late > this.lateTicksMax) this.lateTicksMax = late;
  }

  ended(task: number, record: TraceRecord, at: number): void {
    if (this.timing.mode !== 'think') return;
    this.endedAt[task] = at;
    const end = record.endNs === NONE ? record.startNs : record.endNs;
    if (end !== NONE) this.recordedEnd[task] = end;
  }
}
