/**
 * Machines that differ from a shipped one in some figures: what a fit tries, and what an ablation
 * measures.
 *
 *   figure fitted to points   ─▶ a fifth less, a fifth more
 *   mechanism                 ─▶ off: the value at which it does nothing
 *
 * A variant is the machine with other values at the same places; nothing else of it changes, and
 * values outside what the machine's schema allows are refused by the memory's own checks.
 */
import { figuresOf, type MachineConfig } from '@daxsim/pmem';
import { assert } from '@daxsim/sim';

/** New values by the path of their figure, as in `stages.0.samples`. */
export type Changes = Readonly<Record<string, number | boolean>>;

export interface Variant {
  /** What is changed, in words. */
  readonly name: string;
  readonly changes: Changes;
}

/** A fitted figure whose value is a number. */
export interface FittedNumber {
  readonly path: string;
  readonly value: number;
  readonly isWhole: boolean;
  readonly bounds: readonly [number, number];
  readonly points: readonly string[];
}

/** What can be switched off, by the last word of its figure's path. */
const MECHANISMS: readonly (Variant & { readonly figure: string })[] = [
  off('turns of cores at the write queue', 'writeChoice', 1),
  off('turns of slices of the shared cache at the reads', 'readSlices', 0),
  off('window of open lines', 'windowLines', 65_536),
  off('calm before lines may wait', 'calmNs', 0),
  off('reading ahead', 'readAhead', false),
  off('replacement by a few drawn', 'samples', 64),
  off('walk of the table', 'walkNs', 0),
  off('price of changed lines', 'linePortNs', 0),
  off('price of owned lines', 'ownedPortNs', 0),
  off('moves of blocks', 'moveNs', 0),
  off('moves of other blocks', 'idleMoveNs', 0),
  off('waiting of moves for the writer', 'settleNs', 0),
  off('pauses', 'pauseNs', 0),
];

/** The machine with other values at some paths; a path that it does not have is passed over. */
export function withChanges(config: MachineConfig, changes: Changes): MachineConfig {
  const changed = structuredClone(config);
  for (const { path, figure } of figuresOf(changed)) {
    if (!Object.hasOwn(changes, path)) continue;
    Object.assign(figure, { value: changes[path] });
  }
  return changed;
}

/** The machine's fitted numbers, in the order of its file. */
export function fittedNumbers(config: MachineConfig): FittedNumber[] {
  const found: FittedNumber[] = [];
  for (const { path, figure } of figuresOf(config)) {
    const { value, basis, bounds, points = [] } = figure;
    if (basis !== 'fitted' || typeof value !== 'number') continue;
    const limits = bounds ?? [value / 2, value * 2];
    found.push({ path, value, isWhole: isCount(path), bounds: limits, points });
  }
  return found;
}

/** The machine itself, each fitted figure a fifth less and more, each mechanism off. */
export function ablations(config: MachineConfig): Variant[] {
  const variants: Variant[] = [{ name: 'as shipped', changes: {} }];
  for (const { path, value, isWhole } of fittedNumbers(config)) {
    for (const [sign, factor] of [
      ['-20 %', 0.8],
      ['+20 %', 1.2],
    ] as const) {
      const moved = isWhole ? Math.max(1, Math.round(value * factor)) : value * factor;
      variants.push({ name: `${path} ${sign}`, changes: { [path]: moved } });
    }
  }
  const paths = figuresOf(config).map(({ path }) => path);
  for (const { name, figure, changes } of MECHANISMS) {
    const path = paths.find((known) => known.endsWith(`.${figure}`));
    const value = changes[figure];
    if (path === undefined) continue;
    assert(value !== undefined, 'ablations: a mechanism without a value');
    variants.push({ name: `without ${name}`, changes: { [path]: value } });
  }
  return variants;
}

function off(name: string, figure: string, value: number | boolean) {
  return { name, figure, changes: { [figure]: value } };
}

/** Whether a figure counts things: its name carries no unit. */
function isCount(path: string): boolean {
  return !/(Ns|Cycles|Mhz)$/.test(path);
}
