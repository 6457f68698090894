/**
 * Drives a timed memory through the traffic of `traffic.ts` by the one arrival rule that the
 * reference obeys, too: the source with the least clock goes next, ties by number.
 *
 *   plain      one request after the other, decisions in between as they fall due
 *   promises   before each request the memory is told until when nobody else will ask
 *   unobserved nobody is told of writes; machines without caches then take their direct path
 */
import { NEVER, StateSpace } from '@daxsim/sim';
import { FaultOverlay } from '../src/faults/fault-overlay.js';
import { IssueStatus, LineOp, createLineRequest } from '../src/memory.js';
import type { LineRequest, Memory, MemoryObserver } from '../src/memory.js';
import { TimedMemory } from '../src/timed/timed-memory.js';
import type { Scenario, ScriptedRequest } from './traffic.js';

export interface TimedRun {
  readonly memory: TimedMemory;
  /** Per source and request: when the source went on, and when its write was accepted, or −1. */
  readonly at: number[][];
  readonly durableAt: number[][];
  readonly evictions: number[];
}

/** How a run is driven. */
export interface Driving {
  /** False: no observer, and no writes are noted. */
  readonly isObserved?: boolean;
  /** True: the memory is told before each request until when nobody else will ask. */
  readonly promises?: boolean;
}

/** Drives a timed memory by the arrival rule until it is drained. */
export function runTimed(scenario: Scenario, driving: Driving = {}): TimedRun {
  const { isObserved = true, promises = false } = driving;
  const { scripts } = scenario;
  const at = scripts.map((script) => script.map(() => -1));
  const durableAt = scripts.map((script) => script.map(() => -1));
  const evictions: number[] = [];
  const observer: MemoryObserver = {
    lineDone(source, sequence, op, _line, _departedAt, doneAt) {
      if (op === 8) evictions.push(doneAt);
      else if (isWrite(op) && doneAt !== NEVER) {
        const isStore = op === LineOp.Store || op === LineOp.Atomic;
        if (!isStore || scenario.config.cpu.caches === null) durableAt[source][sequence] = doneAt;
      }
    },
  };
  const memory = new TimedMemory(scenario.config, {
    capacityBytes: scenario.capacityBytes,
    sources: scripts.length,
    ...(isObserved ? { observer } : {}),
  });
  const asked = hindered(memory, scenario);
  const requests = scripts.map((_script, source) => createLineRequest(source));
  const next = scripts.map(() => 0);
  const clock = scripts.map((script) => (script.length > 0 ? script[0].gap : NEVER));
  const over = (source: number): void => {
    at[source][next[source]] = requests[source].at;
    next[source] += 1;
    const following = scripts[source].at(next[source]);
    clock[source] = following === undefined ? NEVER : requests[source].at + following.gap;
  };
  for (;;) {
    const source = leastClock(clock);
    if (memory.nextDecisionAt() < clock[source]) {
      memory.decideUntil(memory.nextDecisionAt());
    } else if (clock[source] === NEVER) {
      return { memory, at, durableAt, evictions };
    } else {
      const at = clock[source];
      clock[source] = NEVER;
      if (promises) memory.horizon = aloneUntil(scenario, memory, clock, next, at);
      if (issue(asked, requests[source], scripts[source][next[source]], next[source], at)) {
        over(source);
      }
    }
    for (let done = asked.takeCompleted(); done >= 0; done = asked.takeCompleted()) over(done);
  }
}

/**
 * Until when no other source will ask: those that run say so by their clocks; one that waits is
 * told by a decision, and not before the way back from a controller is over.
 */
function aloneUntil(
  { config, scripts }: Scenario,
  memory: TimedMemory,
  clock: readonly number[],
  next: readonly number[],
  at: number,
): number {
  const isWaited = (source: number): boolean =>
    clock[source] === NEVER && next[source] < scripts[source].length;
  const others = clock.filter((_, source) => isWaited(source)).length - 1;
  const told = at + Math.round(config.cpu.fromControllerNs.value * 1000);
  const waiting = others > 0 ? Math.min(told, memory.nextDecisionAt()) : NEVER;
  return Math.min(waiting, clock[leastClock(clock)]);
}

/** The memory, or an overlay with the scenario's faults on it. */
function hindered(memory: TimedMemory, { config, hindrance }: Scenario): Memory {
  if (hindrance === null) return memory;
  const overlay = new FaultOverlay(memory, {
    space: new StateSpace(),
    queueLines: config.controller.writeSlots.value,
    durable: (line, into) => memory.durableLine(line, into),
  });
  for (const [line, ticks] of hindrance.slow) overlay.slow(line, ticks);
  if (hindrance.spacing > 0) overlay.laid.parts.throttle(hindrance.spacing);
  return overlay;
}

function issue(
  memory: Memory,
  request: LineRequest,
  asked: ScriptedRequest,
  sequence: number,
  clock: number,
): boolean {
  request.op = asked.op;
  request.line = asked.line;
  request.fromByte = asked.from;
  request.toByte = asked.to;
  request.sequence = sequence;
  request.at = clock;
  return memory.access(request) === IssueStatus.Done;
}

function isWrite(op: number): boolean {
  return (op >= LineOp.Store && op <= LineOp.ClFlushOpt) || op === LineOp.DirectStore;
}

function leastClock(clock: readonly number[]): number {
  let least = 0;
  for (let source = 1; source < clock.length; source += 1) {
    if (clock[source] < clock[least]) least = source;
  }
  return least;
}
