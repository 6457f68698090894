/** The cells of a matrix: each a scenario under a plan, with what tables say of it. */
import { ConfigError, nearestName } from '@daxsim/sim';
import { lockPlan } from '@daxsim/daxfs';
import { loadConfig } from '../config/catalog-files.js';
import { loadCorpus } from '../corpus/load-corpus.js';
import { matrixConfig } from './config.js';
import type { CorpusScenario } from '../corpus/config.js';
import type { MatrixConfig } from './config.js';

/** What a table says of a cell, or a search finds. */
export type Reachability = 'reachable' | 'unreachable';

export interface MatrixCell {
  readonly row: string;
  readonly column: string;
  /** Name of the plan with all knobs. */
  readonly plan: string;
  readonly scenario: CorpusScenario;
  /** Whether the plan itself claims that the race is possible; null where it is not asked. */
  readonly claimed: boolean | null;
  /** Table that speaks of it first, or null. */
  readonly table: string | null;
  readonly expected: Reachability | null;
  /** Why the table is wrong here, or null where it is not known to be. */
  readonly why: string | null;
}

export interface Matrix {
  readonly name: string;
  readonly config: MatrixConfig;
  /** Row by row. */
  readonly cells: readonly MatrixCell[];
}

const ANY_ROW = '*';
const MARKS: { readonly [mark: string]: Reachability | null } = {
  x: 'reachable',
  '.': 'unreachable',
  '-': null,
};

/** Loads a matrix by name (configs/matrix) or path, and its corpus. Throws `ConfigError`. */
export function loadMatrix(name: string): Matrix {
  const { config } = loadConfig('matrix', name, matrixConfig);
  const scenarios = loadCorpus(config.corpus);
  const marks = config.tables.map((table) => marksOf(name, config, table));
  const whys = new Map<string, string>();
  for (const { rows, columns, why } of config.differs) {
    for (const row of rows) {
      for (const column of columns) whys.set(cellName(name, config, row, column), why);
    }
  }
  const cells = config.rows.flatMap((row) =>
    config.columns.map((column): MatrixCell => {
      const scenario = scenarios.find(({ id }) => id === column.scenario);
      if (scenario === undefined) throw unknownScenario(name, column.scenario, scenarios);
      const at = key(row.id, column.id);
      const first = marks.findIndex((table) => table.has(at));
      return {
        row: row.id,
        column: column.id,
        plan: column.with === undefined ? row.plan : `${row.plan}+${column.with}`,
        scenario,
        claimed: column.claim === undefined ? null : claims(row.plan, column.claim),
        table: config.tables[first]?.name ?? null,
        expected: marks[first]?.get(at) ?? null,
        why: whys.get(at) ?? null,
      };
    }),
  );
  return { name, config, cells };
}

/** What a plan as it stands, without knobs changed, says of a race; null with knobs. */
function claims(plan: string, race: string): boolean | null {
  if (plan.includes('+')) return null;
  const { claim } = lockPlan(plan);
  return claim !== 'safe' && claim.unsafeFor.includes(race);
}

function key(row: string, column: string): string {
  return `${row} | ${column}`;
}

/** The marks of a table, by cell. */
function marksOf(
  where: string,
  config: MatrixConfig,
  table: MatrixConfig['tables'][number],
): ReadonlyMap<string, Reachability> {
  const says = new Map<string, Reachability>();
  const others = config.rows.filter(({ id }) => !Object.hasOwn(table.rows, id));
  for (const [row, text] of Object.entries(table.rows)) {
    const given = text.trim().split(/\s+/);
    if (given.length !== table.columns.length) {
      const found = `table ${table.name}, row ${row}: ${String(given.length)} marks`;
      throw new ConfigError({ where, found, allowed: `${String(table.columns.length)} marks` });
    }
    const rows = row === ANY_ROW ? others.map(({ id }) => id) : [row];
    given.forEach((mark, i) => {
      if (!Object.hasOwn(MARKS, mark)) {
        const found = `table ${table.name}, row ${row}: mark "${mark}"`;
        throw new ConfigError({ where, found, allowed: 'x, . or -' });
      }
      const meaning = MARKS[mark] ?? null;
      if (meaning === null) return;
      for (const id of rows) {
        says.set(cellName(where, config, id, table.columns[i] ?? ''), meaning);
      }
    });
  }
  return says;
}

/** The name of a cell that there is. */
function cellName(where: string, config: MatrixConfig, row: string, column: string): string {
  requireName(where, 'row', row, config.rows);
  requireName(where, 'column', column, config.columns);
  return key(row, column);
}

function requireName(
  where: string,
  what: string,
  name: string,
  list: readonly { readonly id: string }[],
): void {
  const ids = list.map(({ id }) => id);
  if (ids.includes(name)) return;
  const nearest = nearestName(name, ids);
  const found = `unknown ${what} "${name}"`;
  throw new ConfigError({ where, found, allowed: ids.join(', '), nearest });
}

function unknownScenario(
  where: string,
  name: string,
  scenarios: readonly CorpusScenario[],
): ConfigError {
  const ids = scenarios.map(({ id }) => id);
  const nearest = nearestName(name, ids);
  const found = `unknown scenario "${name}"`;
  return new ConfigError({ where, found, allowed: ids.join(', '), nearest });
}
