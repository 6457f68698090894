/**
 * Machine files that are wrong, or only strange: shipped ones with figures changed at random.
 *
 *     shipped file ─▶ one or two values halved, times a million, zero, negative, of another type,
 *                     keys gone or misspelt ─▶ loaded ─▶ some hundred accesses
 *
 * A user may write any of them: what comes of it is either a machine that runs, or an error that is
 * the user's. Anything else (an assertion, a run that does not end) is ours.
 */
import { IssueStatus, LineOp, createLineRequest, createTimedMemory } from '@daxsim/pmem';
import { SeededDecider, Point, UserError } from '@daxsim/sim';
import { writeFileSync } from 'node:fs';
import { loadMachine } from '../../src/config/systems.js';

type Tree = Record<string, unknown>;

const VALUES: readonly unknown[] = [
  ...[-1, 0, 1, 2, 3, 63, 65_537, 1e6, 1e9, 1e15, 1e300, 0.5, 1e-4, 1e-9, -0.001, 2 ** 31],
  ...['abc', '', '12ns', null, true, [], {}, NaN, Infinity],
];
const FACTORS = [2, 3, 10, 1000, 1.3, 0.5, 0.37, 1e-6, 1e-9, -1] as const;
const ACCESSES = 300;
const CAPACITY = 1 << 24;

/** Changes a machine; what was changed, in words. */
export function mutate(machine: Tree, decider: SeededDecider): string {
  const draw = (count: number): number => decider.decide(Point.Fault, count);
  const changes: string[] = [];
  for (let left = 1 + draw(2); left > 0; left -= 1) {
    const places = placesOf(machine, []);
    const place = places[draw(places.length)]!;
    const key = place.at(-1)!;
    const owner = place.slice(0, -1).reduce((at, part) => at[part] as Tree, machine);
    const old = owner[key];
    const kind = draw(10);
    if (kind === 0) Reflect.deleteProperty(owner, key);
    else if (kind === 1) owner[`${key}s`] = old;
    else if (kind < 7 && typeof old === 'number') owner[key] = old * FACTORS[draw(FACTORS.length)]!;
    else owner[key] = VALUES[draw(VALUES.length)];
    changes.push(`${place.join('.')}: ${String(old)} → ${String(owner[key])}`);
  }
  return changes.join(', ');
}

/** Paths of figures' values and of plain fields. */
function placesOf(tree: Tree, above: readonly string[]): string[][] {
  return Object.entries(tree).flatMap(([key, value]) => {
    const place = [...above, key];
    if (typeof value !== 'object' || value === null) {
      return ['source', 'basis', 'fittedTo', 'about', 'name'].includes(key) ? [] : [place];
    }
    if (['points', 'bounds'].includes(key)) return [];
    const inner = placesOf(value as Tree, place);
    return 'value' in value ? inner : [...inner, place];
  });
}

/**
 * What is wrong with `count` machines that were changed at random: nothing, it is hoped. `file` is
 * where they are written.
 */
export function wrongOfMutated(
  names: readonly string[],
  seed: number,
  count: number,
  file: string,
): string[] {
  const decider = new SeededDecider(seed);
  const wrong: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const name = names[decider.decide(Point.Fault, names.length)]!;
    const machine = structuredClone(loadMachine(name).config) as unknown as Tree;
    const changes = mutate(machine, decider);
    writeFileSync(file, JSON.stringify(machine));
    try {
      run(file);
    } catch (error) {
      if (!(error instanceof UserError)) wrong.push(`${name} with ${changes}: ${String(error)}`);
    }
  }
  return wrong;
}

function run(file: string): void {
  const { config } = loadMachine(file);
  const memory = createTimedMemory(config, { capacityBytes: CAPACITY, sources: 1 });
  memory.horizon = Infinity;
  const request = createLineRequest(0);
  const ops = [LineOp.Load, LineOp.NtStore, LineOp.Store, LineOp.Clwb, LineOp.Sfence] as const;
  for (let i = 0; i < ACCESSES; i += 1) {
    request.op = ops[i % ops.length]!;
    request.line = (i * 7919) % (CAPACITY / 64);
    request.fromByte = 0;
    request.toByte = 64;
    request.sequence += 1;
    if (memory.access(request) !== IssueStatus.Done) throw new Error('left waiting');
    if (!(request.at >= 0)) throw new Error(`time ${request.at}`);
  }
}
