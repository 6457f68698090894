/**
 * Holds simulated machines against published figures, point by point.
 *
 *   points ─▶ run and metric known? machine there? ─▶ measured with every seed ─▶ mean, half-width
 *                 └─ no: unsupported, with the reason             ─▶ error, within tolerance?
 *
 * A point is *fitted* if some figure of its machine names it among what it was fitted to; errors of
 * fitted and of other points are told apart, because only the others say whether the model is
 * right.
 */
import { ConfigError, nearestName } from '@daxsim/sim';
import { fittedPoints, type MachineConfig } from '@daxsim/pmem';
import { configNames } from '../config/catalog-files.js';
import { loadMachine } from '../config/systems.js';
import { parseRun, type Point, type RunConfig } from './config.js';
import { measureRun } from './measure.js';
import { parseMetric, unitScale, unitsOf, unknownMetric } from './metric.js';

/** What a point came to. */
export interface PointResult {
  readonly id: string;
  readonly machine: string;
  readonly expected: number;
  readonly simulated: number;
  /** Half-width of the 95 % interval over the seeds. */
  readonly simulated_ci: number;
  readonly unit: string;
  readonly error_percent: number;
  readonly within_tolerance: boolean;
  readonly fitted: boolean;
}

export interface Unsupported {
  readonly id: string;
  readonly reason: string;
}

export type PointAnswer = PointResult | Unsupported;

export interface MeasureOptions {
  readonly seeds: readonly number[];
  /** Length of warm-up and measurement; 1 is the protocol. */
  readonly scale?: number;
  /** Machines by name, instead of those shipped. */
  readonly machines?: (name: string) => MachineConfig;
}

/** Seeds of a validation that starts at `seed`. */
export function validationSeeds(seed: number): number[] {
  return [seed, seed + 1, seed + 2];
}

/** Measures one point, or says why it cannot be. */
export function measurePoint(point: Point, options: MeasureOptions): PointAnswer {
  const { id, expected, unit } = point;
  const answer = parseRun(point);
  if (answer.reason !== undefined) return { id, reason: answer.reason };
  const metric = parseMetric(point.metric);
  if (metric === null) return { id, reason: unknownMetric(point.metric) };
  const scale = unitScale(metric.kind, unit);
  if (scale === null) {
    const allowed = unitsOf(metric.kind);
    return { id, reason: `unit ${unit} does not fit ${point.metric}; allowed: ${allowed}` };
  }
  if (options.machines === undefined && !configNames('machines').includes(point.machine)) {
    return { id, reason: unknownMachine(point.machine) };
  }
  const machine = (options.machines ?? ((name: string) => loadMachine(name).config))(point.machine);
  const reason = notOn(machine, point.machine, answer.run);
  if (reason !== null) return { id, reason };
  const values = options.seeds.map(
    (seed) => measureRun(machine, answer.run, metric, seed, options.scale) / scale,
  );
  const simulated = meanOf(values);
  const error = ((simulated - expected) / expected) * 100;
  return {
    id,
    machine: point.machine,
    expected,
    simulated,
    simulated_ci: halfWidth(values),
    unit,
    error_percent: error,
    within_tolerance: Math.abs(error) <= point.tolerance_percent,
    fitted: fittedPoints(machine).has(id),
  };
}

/** Why a machine cannot carry out a run; null: it can. */
function notOn(machine: MachineConfig, name: string, run: RunConfig): string | null {
  if (run.remote_socket && machine.otherSocket === undefined) {
    return `run.remote_socket: ${name} says nothing of another socket`;
  }
  if (run.prefetch === true && machine.cpu.prefetch === undefined) {
    return `run.prefetch: ${name} says nothing of prefetching`;
  }
  const states = machine.cpu.caches?.coherence;
  if (run.coherent !== undefined && states === undefined) {
    return `run.coherent: ${name} says nothing of states of lines`;
  }
  if (run.prefetch === true && (run.coherent ?? states?.protocol.value === 'mesif')) {
    return `run.prefetch: ${name} has states of lines, not modelled with it`;
  }
  const { dimms_per_thread: dimms = 1 } = run;
  if (dimms <= machine.channels.value) return null;
  return `run.dimms_per_thread: ${dimms} on ${name}, which has ${machine.channels.value}`;
}

export function isMeasured(answer: PointAnswer): answer is PointResult {
  return 'simulated' in answer;
}

function unknownMachine(name: string): string {
  const near = nearestName(name, configNames('machines'));
  const nearest = near === undefined ? '' : `; nearest: ${near}`;
  return `unknown machine ${name}; allowed: ${configNames('machines').join(', ')}${nearest}`;
}

function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Student's t at 95 % for 1, 2, 3 and 4 degrees of freedom; more are taken as 4. */
const STUDENT = [12.706, 4.303, 3.182, 2.776];

function halfWidth(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  let squares = 0;
  for (const value of values) squares += (value - mean) * (value - mean);
  const deviation = Math.sqrt(squares / (values.length - 1));
  const student = STUDENT[Math.min(values.length - 2, STUDENT.length - 1)] ?? 0;
  return (student * deviation) / Math.sqrt(values.length);
}

/** Refuses points that share an id. Throws ConfigError. */
export function checkIds(points: readonly Point[], file: string): void {
  const seen = new Set<string>();
  for (const { id } of points) {
    if (seen.has(id)) throw new ConfigError({ where: file, found: `two points with the id ${id}` });
    seen.add(id);
  }
}
