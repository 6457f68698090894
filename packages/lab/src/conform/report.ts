/**
 * A conformance result as lines for a terminal: agreement per field, then what disagrees and where.
 */
import { countText, percentText, table } from '../report/tables.js';
import { FIELDS } from './compare-op.js';
import type { ConformResult, SettingTally } from './conform.js';
import type { Disagreement, FieldCount, Tally } from './tally.js';

/** Longest text of one side of a disagreement, in characters. */
const SIDE_MAX = 160;

/** The tables; with `limit` disagreements of each field and workload in full, 0 for none. */
export function renderConform(result: ConformResult, limit: number): string[] {
  const lines = settingLines(result);
  if (result.ops > 0) lines.push('', ...fieldLines(result));
  if (result.disagreements.length > 0) lines.push('', ...groupLines(result.disagreements, limit));
  if (result.unrecorded > 0) lines.push('', `${result.unrecorded} workloads ran without a record`);
  if (result.broken > 0) lines.push('', `✗ ${result.broken} workloads broke one of our invariants`);
  lines.push('', verdict(result));
  return lines;
}

function verdict({ ops, agreed_ops: agreed, disagreements }: ConformResult): string {
  const text = `${countText(agreed)} of ${countText(ops)} operations agree`;
  return disagreements.length === 0 ? text : `✗ ${text}`;
}

function settingLines({ settings }: ConformResult): string[] {
  const columns = [
    { title: 'kernel' },
    { title: 'config' },
    { title: 'workloads', isRight: true },
    { title: 'agree', isRight: true },
    { title: 'operations', isRight: true },
    { title: 'agree', isRight: true },
    { title: 'share', isRight: true },
  ];
  return table(
    columns,
    settings.map((setting) => [
      setting.kernel,
      setting.config,
      String(setting.workloads),
      String(setting.agreed_workloads),
      String(setting.ops),
      String(setting.agreed_ops),
      share({ compared: setting.ops, agreed: setting.agreed_ops }),
    ]),
  );
}

/** One row per field, one column per setting. */
function fieldLines({ settings }: ConformResult): string[] {
  const columns = settings.map(({ kernel, config }) => ({
    title: `${config} ${kernel.replace(/^linux-/, '')}`,
    isRight: true,
  }));
  const cell = (setting: SettingTally, field: keyof Tally['fields']): string => {
    const count = setting.fields[field];
    return count.compared === 0 ? '-' : `${count.agreed}/${count.compared} ${share(count)}`;
  };
  return table(
    [{ title: 'field' }, ...columns],
    FIELDS.map((field) => [field, ...settings.map((setting) => cell(setting, field))]),
  );
}

function share({ compared, agreed }: FieldCount): string {
  return compared === 0 ? '-' : percentText(agreed / compared);
}

/** Disagreements by field and workload, the most frequent fields first. */
function groupLines(disagreements: readonly Disagreement[], limit: number): string[] {
  const groups = new Map<string, Disagreement[]>();
  const weights = new Map<string, number>();
  for (const one of disagreements) {
    const key = `${one.field} ${one.kernel} ${one.config} ${one.workload}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
    weights.set(one.field, (weights.get(one.field) ?? 0) + 1);
  }
  const weight = (group: readonly Disagreement[]): number =>
    weights.get(group[0]?.field ?? '') ?? 0;
  const ordered = [...groups.entries()].sort(
    ([a, inA], [b, inB]) => weight(inB) - weight(inA) || (a < b ? -1 : 1),
  );
  const lines: string[] = [];
  let field = '';
  for (const [, group] of ordered) {
    const [first] = group;
    if (first === undefined) continue;
    if (first.field !== field) lines.push(`${first.field}  ${weights.get(first.field) ?? 0}`);
    field = first.field;
    lines.push(`  ${first.workload} ${first.config} ${first.kernel}  ${group.length}`);
    for (const one of group.slice(0, limit)) lines.push(...detailLines(one));
  }
  return lines;
}

function detailLines(one: Disagreement): string[] {
  return [
    `    #${one.n} ${one.op}`,
    `       expected ${sideText(one.expected)}`,
    `       got      ${sideText(one.got)}`,
  ];
}

function sideText(side: unknown): string {
  const text = JSON.stringify(side);
  return text.length <= SIDE_MAX ? text : `${text.slice(0, SIDE_MAX - 1)}…`;
}
