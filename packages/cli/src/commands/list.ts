/** `catalog`: what exists, and where it comes from. */
import {
  CACHED_LOCK_PLANS,
  CLIENT_LOCK_PLANS,
  KNOBS,
  LOCK_PLANS,
  PERSONALITIES,
  lockPlan,
} from '@daxsim/daxfs';
import {
  configNames,
  differencesOf,
  loadExperiment,
  loadFileSystem,
  loadMachine,
} from '@daxsim/lab';
import { FAULTS, describeMachine, figuresOf, type NamedFigure } from '@daxsim/pmem';
import { UserError, nearestName } from '@daxsim/sim';
import { formatCatalog } from '@daxsim/trace';
import { withCommonOptions } from './command.js';
import { Output } from '../output.js';
import { shippedTraces } from '../shipped-traces.js';
import type { Command } from 'commander';
import type { CommonOptions } from '../output.js';

/** One thing of a kind. */
interface Entry {
  readonly name: string;
  readonly about: string;
  readonly source: string;
  /** What it is made of, each with where that comes from. */
  readonly parts?: readonly string[];
}

const KINDS: { readonly [kind: string]: () => readonly Entry[] } = {
  machines: () =>
    configNames('machines').map((name) => {
      const { config } = loadMachine(name);
      const { models, leavesOut } = describeMachine(config);
      const parts = [
        ...models.map((text) => `models: ${text}`),
        ...leavesOut.map((text) => `leaves out: ${text}`),
        ...figuresOf(config).map(figureText),
      ];
      return { name, about: config.about, source: `configs/machines/${name}.yaml`, parts };
    }),
  filesystems: () =>
    PERSONALITIES.map(({ name }) => {
      const family = name.replace(/@.*/, '');
      return { name, about: 'a personality', source: `configs/filesystems/${family}.yaml` };
    }),
  locks: () =>
    [...LOCK_PLANS, ...CACHED_LOCK_PLANS, ...CLIENT_LOCK_PLANS].map(({ name, about, source }) => ({
      name,
      about,
      source,
    })),
  knobs: () =>
    Object.entries(KNOBS).map(([name, { about, source, values }]) => ({
      name: `${name} (${values.join(', ')})`,
      about,
      source,
    })),
  traces: () => shippedTraces().map(({ name, about, file }) => ({ name, about, source: file })),
  formats: () =>
    formatCatalog.map(({ name, describe }) => ({
      name,
      about: describe,
      source: 'packages/trace/SPEC.md',
    })),
  faults: () => FAULTS.map(({ name, about, source }) => ({ name, about, source })),
  injections: () =>
    configNames('injections').map((name) => ({
      name,
      about: loadExperiment(name).config.title,
      source: `configs/injections/${name}.yaml`,
    })),
  experiments: () =>
    configNames('experiments').map((name) => {
      return { name, about: 'a scenario', source: `configs/experiments/${name}.yaml` };
    }),
};

function figureText({ path, figure }: NamedFigure): string {
  const { value, basis, source, fittedTo, points, bounds } = figure;
  const within = bounds === undefined ? '' : ` within ${bounds[0]} … ${bounds[1]}`;
  const ids = points === undefined ? '' : ` (${points.join(', ')})`;
  const fit = fittedTo === undefined ? '' : `; fitted${within} to ${fittedTo}${ids}`;
  return `${path} = ${String(value)}: ${basis}, ${source}${fit}`;
}

/** What `--diff` compares of two things of a kind. */
const VALUES: { readonly [kind: string]: (name: string) => unknown } = {
  machines: (name) => loadMachine(name).config,
  filesystems: (name) => loadFileSystem(name).personality,
  locks: lockPlan,
};

interface ListOptions extends CommonOptions {
  readonly sources?: boolean;
  readonly diff?: readonly string[];
}

export function addCatalog(program: Command): void {
  const kinds = Object.keys(KINDS).join(', ');
  const command = program
    .command('catalog')
    .description('list what exists')
    .argument('[kind]', `one of ${kinds}; all when absent`)
    .option('--sources', 'say where each comes from')
    .option('--diff <names...>', 'two of the kind, side by side where they differ');
  withCommonOptions(command).action(run);
}

function run(kind: string | undefined, options: ListOptions): void {
  if (options.diff !== undefined) {
    runDiff(kind, options.diff, options);
    return;
  }
  const output = new Output(options);
  const names = kind === undefined ? Object.keys(KINDS) : [kind];
  const catalog: Record<string, readonly Entry[]> = {};
  for (const name of names) catalog[name] = entriesOf(name);
  for (const [name, entries] of Object.entries(catalog)) {
    output.line(name);
    for (const entry of entries) {
      output.line(`  ${entry.name.padEnd(20)}  ${entry.about}`);
      if (options.sources !== true) continue;
      output.line(`  ${''.padEnd(20)}  from ${entry.source}`);
      for (const part of entry.parts ?? []) output.line(`  ${''.padEnd(20)}  ${part}`);
    }
    output.line();
  }
  output.json({ ...output.head('catalog'), partial: false, catalog });
}

function runDiff(kind: string | undefined, names: readonly string[], options: ListOptions): void {
  const valuesOf = kind !== undefined && Object.hasOwn(VALUES, kind) ? VALUES[kind] : undefined;
  const [a, b] = names;
  if (valuesOf === undefined || a === undefined || b === undefined || names.length > 2) {
    throw new UserError({
      where: 'catalog --diff',
      found: `${names.length} names of ${kind ?? 'every kind'}`,
      allowed: `two names of one of ${Object.keys(VALUES).join(', ')}`,
    });
  }
  const output = new Output(options);
  const differences = differencesOf(valuesOf(a), valuesOf(b));
  const width = Math.max(0, ...differences.map(({ path }) => path.length));
  for (const { path, a: one, b: other } of differences) {
    output.line(`${path.padEnd(width)}  ${valueText(one)} → ${valueText(other)}`);
  }
  if (differences.length === 0) output.line('no difference');
  output.json({ ...output.head('catalog'), partial: false, differences });
}

function valueText(value: unknown): string {
  return value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
}

function entriesOf(kind: string): readonly Entry[] {
  const list = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (list !== undefined) return list();
  const kinds = Object.keys(KINDS);
  throw new UserError({
    where: 'catalog',
    found: `unknown kind "${kind}"`,
    allowed: `one of ${kinds.join(', ')}`,
    nearest: nearestName(kind, kinds),
  });
}
