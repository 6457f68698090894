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
import { OpKind, opKindNames, type TraceRecord } from '@daxsim/trace';
import type { FaultOverlay } from '@daxsim/pmem';
import type { RunParts } from '../replay/run-parts.js';
import { countText, timeText } from '../report/tables.js';
import type { ArmedFaults } from './armed-faults.js';
import { POISON, UNBACKED } from './endings.js';

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
  }[];
  /** Operations that ended otherwise because of them: kind, then end, then how many. */
  readonly ended: Readonly<Record<string, Readonly<Record<string, number>>>>;
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
  private readonly ended = new Map<string, Map<string, number>>();
  private readonly running = new Map<number, TraceRecord>();
  private readonly failedBefore = new Map<number, number>();

  constructor(
    private readonly overlay: FaultOverlay,
    readonly armed: ArmedFaults,
    private readonly parts: RunParts,
  ) {
    parts.source.listeners.push({
      began: (task, record) => {
        this.running.set(task, record);
        this.failedBefore.set(task, this.failed);
      },
      ended: (task, record, errno, result, _at, signal = 0) => {
        this.running.delete(task);
        if (this.failed === this.failedBefore.get(task) && errno === 0 && signal === 0) return;
        const end = endOf(record, errno, result, signal);
        if (end !== null) this.count(opKindNames[record.kind] ?? 'other', end);
      },
    });
  }

  /** The JSON form. `behind` counts tasks that cannot go on. */
  report(): FaultsJson {
    return faultsJson(this.overlay, this.armed, this.ended, this.hang());
  }

  private hang(): HangJson | null {
    const { hung } = this.overlay.failures;
    if (hung === null) return null;
    const { machine, source } = this.parts;
    const task = machine.cpuOf.indexOf(hung.source);
    const record = this.running.get(task);
    const path = record === undefined ? undefined : this.fileOf(task, record);
    return {
      task: source.recordedTask(task),
      operation: record === undefined ? 'none' : (opKindNames[record.kind] ?? 'other'),
      record: record?.line ?? 0,
      file: path ?? null,
      page: Math.floor(hung.line / 64),
      address: hung.line * 64,
      since_ps: hung.at,
      tasks_behind: [...this.running.keys()].filter((other) => other !== task).length,
    };
  }

  private fileOf(task: number, record: TraceRecord): string | undefined {
    const { source } = this.parts;
    const place = source.placeOf(task, record.path);
    return place ?? source.mappedFiles.get(source.inodeOf(task, record));
  }

  private get failed(): number {
    const { poisonedLoads, absentLoads, absentStores, overdueLoads } =
      this.overlay.failures.tallies;
    return poisonedLoads + absentLoads + absentStores + overdueLoads;
  }

  private count(kind: string, end: string): void {
    const ends = this.ended.get(kind) ?? new Map<string, number>();
    this.ended.set(kind, ends);
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
}

/** The JSON form of what faults did; `ended` is by kind of operation, then by end. */
export function faultsJson(
  overlay: FaultOverlay,
  armed: ArmedFaults,
  ended: ReadonlyMap<string, ReadonlyMap<string, number>>,
  hang: HangJson | null,
): FaultsJson {
  const { tallies } = overlay.failures;
  return {
    faults: armed.faults.map(({ order, at, request, lines, liftedAt }) => ({
      fault: order.definition.name,
      given: order.text,
      of: order.entry.of ?? order.definition.strikes[0] ?? 'any',
      struck_at_ps: at < 0 ? null : at,
      request: request < 0 ? null : request,
      first_line: lines[0] ?? null,
      lines: lines.length,
      lifted_at_ps: liftedAt < 0 ? null : liftedAt,
    })),
    ended: Object.fromEntries([...ended].map(([kind, ends]) => [kind, Object.fromEntries(ends)])),
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

/** Lines of the summary. */
export function faultSummary(report: FaultsJson): string[] {
  const lines = report.faults.map(
    ({ given, of, struck_at_ps: at, lines: count, lifted_at_ps: end }) => {
      if (at === null) {
        const kind = of === 'any' ? 'request' : of;
        return `injected   ${given}: did not strike, no ${kind} met it (of=… looks for others)`;
      }
      const lifted = end === null ? '' : `, lifted at ${timeText(end / 1000)}`;
      const where = count === 1 ? 'one line' : `${countText(count)} lines`;
      return `injected   ${given}: ${where} at ${timeText(at / 1000)}${lifted}`;
    },
  );
  for (const [kind, ends] of Object.entries(report.ended)) {
    const texts = Object.entries(ends).map(([end, count]) => `${countText(count)} ${end}`);
    lines.push(`           ${kind}: ${texts.join(', ')}`);
  }
  const shown = Object.entries(report.accesses).filter(([, count]) => count > 0);
  if (shown.length > 0) {
    const texts = shown.map(([key, count]) => `${countText(count)} ${key.replaceAll('_', ' ')}`);
    lines.push(`           ${texts.join(', ')}`);
  }
  for (const { sector, count } of report.bad_blocks) {
    lines.push(`           bad blocks: sector ${sector}, ${countText(count)}`);
  }
  const { hang } = report;
  if (hang !== null) lines.push(...hangLines(hang));
  return lines;
}

function hangLines(hang: HangJson): string[] {
  const at = `0x${hang.address.toString(16)}`;
  const file = hang.file === null ? '' : ` of ${hang.file}`;
  return [
    `HANG       task ${hang.task} waits since ${timeText(hang.since_ps / 1000)} for page ` +
      `${hang.page} (${at}), which the host took away`,
    `           in ${hang.operation}${file} (record ${hang.record}); ` +
      `${countText(hang.tasks_behind)} tasks behind it cannot go on`,
  ];
}
