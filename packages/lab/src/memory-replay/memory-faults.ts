/**
 * Faults of a memory replay: the same as those of one through a file system, without files.
 *
 *     timed memory ─▶ overlay ─▶ core       a load or store that fails ends its operation there
 *
 *     SIGBUS BUS_MCEERR_AR   a load of a poisoned line; of a page without backing, policy `eio`
 *     SIGBUS BUS_ADRERR      a page with nothing behind it, or the link is dead
 *     hangs                  policy `hang`: it never ends, and the run with it
 *
 * The program of the trace goes on with its next operation, as if it had caught the signal.
 */
import { LineStatus, type FaultOverlay, type LineRequest, type TimedMemory } from '@daxsim/pmem';
import { ConfigError, SeededDecider, type Digest } from '@daxsim/sim';
import { opKindNames, type TraceRecord } from '@daxsim/trace';
import type { MachineChoice } from '../config/systems.js';
import { ArmedFaults, type RequestPlaces } from '../laid/armed-faults.js';
import { POISON, UNBACKED } from '../laid/endings.js';
import { EndedOperations, type FailedAccess } from '../laid/ended-operations.js';
import { faultsJson, type FaultsJson, type HangJson } from '../laid/fault-report.js';
import { layOver } from '../laid/overlay.js';
import type { FaultOrder } from '../laid/parse-faults.js';
import { operationPlace } from '../laid/running-operations.js';

/** Conditions that only a file system can meet. */
const NEEDS_FILES = ['file', 'recipe', 'step'] as const;

export class MemoryFaults {
  readonly overlay: FaultOverlay;
  private readonly armed: ArmedFaults;
  private readonly ends = new EndedOperations();
  private current: TraceRecord | null = null;
  private failedAt: FailedAccess | undefined;
  private hung: HangJson | null = null;

  /** Throws ConfigError for a fault that asks for a file system. */
  constructor(
    orders: readonly FaultOrder[],
    memory: TimedMemory,
    machine: MachineChoice,
    seed: number,
    digest: Digest,
  ) {
    for (const { entry, text } of orders) {
      const key = NEEDS_FILES.find((name) => entry[name] !== undefined);
      if (key === undefined) continue;
      const found = `"${key}" in "${text}", with --fs none`;
      throw new ConfigError({ where: '--fault', found, allowed: 'address, of, nth, time, …' });
    }
    this.overlay = layOver(memory, machine, orders);
    this.overlay.failures.watch = ({ line, at }) => {
      this.failedAt = { line, at };
    };
    const { domain } = machine.config;
    const decider = new SeededDecider(seed);
    const places: RequestPlaces = {
      recipeOf: () => '',
      stepOf: () => '',
      linesOf: () => [],
      operationOf: () => (this.current === null ? null : operationPlace(this.current, null)),
    };
    this.armed = new ArmedFaults(orders, this.overlay, domain, places, decider, digest);
  }

  begin(record: TraceRecord): void {
    this.armed.begun += 1;
    this.current = record;
  }

  /** The operation ended in a signal. */
  failed(record: TraceRecord, { status }: LineRequest): void {
    const end = status === LineStatus.Poison ? POISON : UNBACKED;
    this.ends.add(operationPlace(record, null), end, 0, this.failedAt);
  }

  /** The operation will never end. Whether that is so. */
  hangs({ kind, line: record }: TraceRecord): boolean {
    const { hung } = this.overlay.failures;
    if (hung === null) return false;
    this.hung = {
      task: 0,
      operation: opKindNames[kind] ?? 'other',
      record,
      file: null,
      page: Math.floor(hung.line / 64),
      address: hung.line * 64,
      since_ps: hung.at,
      tasks_behind: 0,
    };
    return true;
  }

  report(): FaultsJson {
    return faultsJson(this.overlay, this.armed, this.ends, this.hung);
  }
}
