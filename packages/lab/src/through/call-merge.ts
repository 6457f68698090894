/**
 * Finds the places in a log of stores at which the calls of a recording of the same program belong.
 *
 *     recording   fault a   fault b   msync   fault a   …        faults of stores and loads, calls
 *     log         S a S a   S b S a   F ·     S a S a   …        stores, flushes, fences
 *
 * The two have no common clock, but the program did the same things in the same order. So the acts
 * of the recording are consumed along the log: a fault by the first store to its page; an msync by
 * a flush of exactly its range, if the log has as many of these as the recording has such calls
 * (libpmem leaves one behind every msync), else just before the store that faults next; an munmap
 * when no more access to the mapping comes. A load that faulted is done as soon as all before it
 * has been, and so is a change of metadata; the log has neither.
 *
 * What one side has and the other has not is passed over and counted.
 */
import { NONE, OpKind, type TraceRecord } from '@daxsim/trace';
import type { RecordedAct } from './dax-recording.js';

const PAGE_BYTES = 4096;

/** What the log holds, as far as merging needs it: a first pass over it. */
export interface LogSurvey {
  /** Flushes by `rangeKey`. */
  readonly flushes: ReadonlyMap<string, number>;
  /** By mapping of the log: line of the last access. */
  readonly lastAccess: ReadonlyMap<number, number>;
}

/** One range of one mapping of the log. */
export function rangeKey(mapping: number, offset: number, length: number): string {
  return `${mapping}:${offset}:${length}`;
}

export class CallMerge {
  /** Acts carried out, by kind. */
  readonly done = { msync: 0, munmap: 0, load: 0, change: 0 };
  /** Faults of stores in the recording that no store of the log explains. */
  unexplained = 0;
  private at = 0;
  private readonly isConsumed: boolean[];
  private readonly anchored = new Set<string>();
  private readonly ready: RecordedAct[] = [];

  /** `acts`: with the mappings of the log. */
  constructor(
    readonly acts: readonly RecordedAct[],
    private readonly survey: LogSurvey,
  ) {
    this.isConsumed = acts.map(() => false);
    const calls = new Map<string, number>();
    for (const act of acts) {
      if (act.kind !== 'msync') continue;
      const key = keyOf(act);
      calls.set(key, (calls.get(key) ?? 0) + 1);
    }
    for (const [key, count] of calls) {
      if (survey.flushes.get(key) === count) this.anchored.add(key);
    }
  }

  /** What comes before a record of the log; valid until the next call. */
  before(record: TraceRecord, isMade: (mapping: number) => boolean): readonly RecordedAct[] {
    this.ready.length = 0;
    this.advance(record, isMade);
    return this.ready;
  }

  /** True if the record that `before` was asked about stands for an msync. */
  isStandIn = false;

  /** All that is left when the log has ended. */
  rest(): readonly RecordedAct[] {
    this.ready.length = 0;
    for (; this.at < this.acts.length; this.at += 1) this.leaveBehind();
    return this.ready;
  }

  private advance(record: TraceRecord, isMade: (mapping: number) => boolean): void {
    this.isStandIn = false;
    if (record.kind === OpKind.FlushRange && this.reachAnchor(record)) {
      this.isStandIn = true;
      return;
    }
    while (this.at < this.acts.length) {
      const act = this.acts[this.at] as RecordedAct;
      const isFree = act.kind === 'load' || act.kind === 'change';
      if (isFree && !isMade(act.mapping)) return;
      if (this.isConsumed[this.at] === true || isFree) this.leaveBehind();
      else if (act.kind === 'munmap') {
        if (record.line <= (this.survey.lastAccess.get(act.mapping) ?? NONE)) return;
        this.leaveBehind();
      } else if (act.kind === 'msync') {
        const next = this.acts[this.at + 1];
        const isNext = next?.kind === 'store' && touches(record, next);
        if (this.anchored.has(keyOf(act)) || !isNext) return;
        this.leaveBehind();
      } else {
        this.consume(record);
        return;
      }
      this.at += 1;
    }
  }

  /** Whether the record is the flush of the next msync; all before that is over then. */
  private reachAnchor(record: TraceRecord): boolean {
    let next = this.at;
    while (next < this.acts.length && this.acts[next]?.kind !== 'msync') next += 1;
    const act = this.acts[next];
    if (act === undefined || !this.anchored.has(keyOf(act))) return false;
    if (keyOf(act) !== rangeKey(record.mapping, record.offset, record.length)) return false;
    for (; this.at <= next; this.at += 1) this.leaveBehind();
    return true;
  }

  /** The fault, of those before the next call, that a store explains. */
  private consume(record: TraceRecord): void {
    if (record.kind !== OpKind.Store && record.kind !== OpKind.Modify) return;
    for (let i = this.at; i < this.acts.length; i += 1) {
      const act = this.acts[i] as RecordedAct;
      if (act.kind !== 'store' && act.kind !== 'load') return;
      if (act.kind === 'store' && !(this.isConsumed[i] ?? false) && touches(record, act)) {
        this.isConsumed[i] = true;
        return;
      }
    }
  }

  /** The act at the present place is done, or was not to be explained. */
  private leaveBehind(): void {
    const act = this.acts[this.at] as RecordedAct;
    if (act.kind === 'store') {
      if (this.isConsumed[this.at] !== true) this.unexplained += 1;
      return;
    }
    this.done[act.kind] += 1;
    this.ready.push(act);
  }
}

function keyOf({ mapping, offset, length }: RecordedAct): string {
  return rangeKey(mapping, offset, length);
}

function touches(record: TraceRecord, act: RecordedAct): boolean {
  const isStore = record.kind === OpKind.Store || record.kind === OpKind.Modify;
  if (!isStore || record.mapping !== act.mapping) return false;
  return record.offset < act.offset + PAGE_BYTES && record.offset + record.length > act.offset;
}
