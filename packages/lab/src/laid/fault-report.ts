/**
 * What faults did to a replay: when each struck, how the operations that met it ended, who hangs.
 *
 *     SIGBUS BUS_MCEERR_AR   a program loaded a poisoned line, or from a page known to be bad
 *     SIGBUS BUS_ADRERR      its page has nothing behind it, or the link is dead
 *     EIO, EFAULT            a system call that moved nothing
 *     short                  one that moved some bytes before it came to the fault
 *     hangs                  policy `hang`: it never ends, and the run with it
 */
import { ERRNO_NAMES, Signal } from '@daxsim/daxfs';
import { OpKind, type TraceRecord } from '@daxsim/trace';
import type { FaultOverlay } from '@daxsim/pmem';
import type { RunParts } from '../replay/run-parts.js';
import type { ResultComparison } from '../results/comparison.js';
import { awaitedText, type ArmedFaults } from './armed-faults.js';
import { EndedOperations, type EndedJson, type FailedAccess } from './ended-operations.js';
import { POISON, UNBACKED } from './endings.js';
import type { Armed } from './faulted-system.js';
import type { OperationPlace } from './running-operations.js';

/** Who waits for ever, and for what. */
export interface HangJson {
  readonly task: number;
  readonly operation: string;
  /** Line of the trace. */
  readonly record: number;
  readonly file: string | null;
  /** Page of the device, and of the window if it is one. */
  readonly page: number;
  readonly address: number;
  readonly since_ps: number;
  /** Other tasks that cannot go on. */
  readonly tasks_behind: number;
}

export interface FaultsJson {
  readonly faults: readonly {
    readonly fault: string;
    readonly given: string;
    /** The kind of request that it looks for. */
    readonly of: string;
    /** null: it did not strike. */
    readonly struck_at_ps: number | null;
    readonly request: number | null;
    readonly first_line: number | null;
    readonly lines: number;
    readonly lifted_at_ps: number | null;
    /** The operation in which it struck. */
    readonly during: OperationPlace | null;
    /** What it was waiting for when the run ended; null: it struck. */
    readonly awaited: string | null;
  }[];
  /** Operations that ended otherwise because of them: kind, then end, then how many. */
  readonly ended: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The first of these operations. */
  readonly first_ended: readonly EndedJson[];
  readonly accesses: Readonly<Record<string, number>>;
  readonly bad_blocks: readonly { readonly sector: number; readonly count: number }[];
  readonly hang: HangJson | null;
}

const SIGNAL_NAMES = new Map<number, string>([
  [Signal.Bus, UNBACKED],
  [Signal.Poison, POISON],
]);

/** Hears how operations end, and knows at the end who did not. */
export class FaultWatcher {
  private readonly ends = new EndedOperations();
  /** Of each task: where its operation failed first. */
  private readonly failedAt = new Map<number, FailedAccess>();

  constructor(
    private readonly overlay: FaultOverlay,
    private readonly armed: Armed,
    private readonly parts: RunParts,
    comparison: ResultComparison,
  ) {
    const { running } = armed;
    overlay.failures.watch = ({ source, line, at }) => {
      const task = running.taskOn(source);
      if (!this.failedAt.has(task)) this.failedAt.set(task, { line, at });
    };
    parts.source.listeners.unshift({
      began: (task) => {
        this.failedAt.delete(task);
      },
      ended: (task, record, errno, result, _at, signal = 0) => {
        const failed = this.failedAt.get(task);
        if (failed === undefined && errno === 0 && signal === 0) return;
        const end = endOf(record, errno, result, signal);
        if (end === null) return;
        comparison.hasMetFault = true;
        this.ends.add(running.placeOf(task), end, result, failed);
      },
    });
  }

  /** The JSON form. */
  report(): FaultsJson {
    return faultsJson(this.overlay, this.armed.armed, this.ends, this.hang());
  }

  private hang(): HangJson | null {
    const { hung } = this.overlay.failures;
    if (hung === null) return null;
    const { running } = this.armed;
    const task = running.taskOn(hung.source);
    const place = running.placeOf(task);
    return {
      task: this.parts.source.recordedTask(task),
      operation: place?.operation ?? 'none',
      record: place?.record ?? 0,
      file: place?.file ?? null,
      page: Math.floor(hung.line / 64),
      address: hung.line * 64,
      since_ps: hung.at,
      tasks_behind: running.besides(task),
    };
  }
}

/** The JSON form of what faults did. */
export function faultsJson(
  overlay: FaultOverlay,
  armed: ArmedFaults,
  ends: EndedOperations,
  hang: HangJson | null,
): FaultsJson {
  const { tallies } = overlay.failures;
  return {
    faults: armed.faults.map((fault) => {
      const { order, at, request, lines, liftedAt, during } = fault;
      return {
        fault: order.definition.name,
        given: order.text,
        of: order.entry.of ?? order.definition.strikes[0] ?? 'any',
        struck_at_ps: at < 0 ? null : at,
        request: request < 0 ? null : request,
        first_line: lines[0] ?? null,
        lines: lines.length,
        lifted_at_ps: liftedAt < 0 ? null : liftedAt,
        during,
        awaited: at < 0 ? awaitedText(fault) : null,
      };
    }),
    ended: ends.counts(),
    first_ended: ends.first,
    accesses: {
      poisoned_loads: tallies.poisonedLoads,
      absent_loads: tallies.absentLoads,
      absent_stores: tallies.absentStores,
      regrown_loads: tallies.grownLoads,
      overdue_loads: tallies.overdueLoads,
      lost_stores: tallies.lostStores,
      slowed: tallies.slowed,
    },
    bad_blocks: overlay.badBlocks.list(),
    hang,
  };
}

/** How an operation ended that met a fault; null: as if there had been none. */
function endOf(
  { kind, length }: TraceRecord,
  errno: number,
  result: number,
  signal: number,
): string | null {
  if (signal !== 0) return SIGNAL_NAMES.get(signal) ?? `signal ${signal}`;
  if (errno !== 0) {
    const name = ERRNO_NAMES.get(errno) ?? `error ${errno}`;
    return name === 'EIO' || name === 'EFAULT' ? name : null;
  }
  const moves = kind === OpKind.Read || kind === OpKind.Write;
  return moves && result < length ? 'short' : null;
}
