/**
 * Finds what a folder of kernel records holds: workload files, and for each kernel and config the
 * record of a workload.
 *
 *     DIR/workloads/NAME.wl
 *     DIR/results/KERNEL/NAME.CONFIG.json          may be missing: then there is nothing to compare
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ConfigError, nearestName } from '@daxsim/sim';
import { CONFIGS, defaultHead } from './device.js';
import { readRecord } from './record.js';
import { parseOpText, parseWorkload } from './workload.js';
import type { KernelRecord, RecordHead } from './record.js';
import type { Workload, WorkloadOp } from './workload.js';

/** What of a folder to run; absent is all. */
export interface RecordFilter {
  readonly kernel?: string | undefined;
  readonly config?: string | undefined;
}

/** One workload under one config of one kernel. */
export interface ConformCase {
  readonly workload: string;
  readonly kernel: string;
  readonly config: string;
  readonly head: RecordHead;
  readonly ops: readonly WorkloadOp[];
  /** What the kernel did; null when nothing is recorded. */
  readonly record: KernelRecord | null;
}

const SUFFIX = '.wl';
const DEFAULT_KERNEL = 'linux-6.12';
const DEFAULT_CONFIG = 'xfs-dax';

/** All cases of a folder, in order of kernel, config and name. Throws ConfigError. */
export function findCases(folder: string, filter: RecordFilter): ConformCase[] {
  const workloads = readWorkloads(folder);
  const results = join(folder, 'results');
  const kernels = existsSync(results) ? foldersOf(results) : [];
  const chosen = kernels.filter((kernel) => matches(filter.kernel, kernel));
  checkFilter('--kernel', filter.kernel, kernels);
  const cases: ConformCase[] = [];
  const configs = new Set<string>();
  for (const kernel of chosen) {
    for (const name of readdirSync(join(results, kernel)).sort()) {
      if (!name.endsWith('.json')) continue;
      const [workload, config] = splitName(name);
      configs.add(config);
      if (!matches(filter.config, config)) continue;
      cases.push(recordedCase(join(results, kernel, name), kernel, workload, workloads));
    }
  }
  if (kernels.length > 0) checkFilter('--config', filter.config, [...configs].sort());
  if (cases.length === 0) cases.push(...unrecordedCases(workloads, filter));
  return cases.sort(inOrder);
}

/** `NAME.CONFIG.json`; names have no dots, configs neither. */
function splitName(name: string): readonly [string, string] {
  const stem = name.slice(0, -'.json'.length);
  const at = stem.lastIndexOf('.');
  return [stem.slice(0, at), stem.slice(at + 1)];
}

function readWorkloads(folder: string): Map<string, Workload> {
  const place = join(folder, 'workloads');
  if (!existsSync(place) && !existsSync(join(folder, 'results'))) {
    throw new ConfigError({
      where: folder,
      found: 'neither workloads nor results',
      allowed: 'a folder with workloads/NAME.wl and results/KERNEL/NAME.CONFIG.json',
    });
  }
  const workloads = new Map<string, Workload>();
  if (!existsSync(place)) return workloads;
  for (const file of readdirSync(place).sort()) {
    if (!file.endsWith(SUFFIX)) continue;
    const path = join(place, file);
    const name = basename(file, SUFFIX);
    workloads.set(name, parseWorkload(name, path, readFileSync(path, 'utf8')));
  }
  return workloads;
}

function recordedCase(
  path: string,
  kernel: string,
  name: string,
  workloads: ReadonlyMap<string, Workload>,
): ConformCase {
  const record = readRecord(path);
  const workload = workloads.get(name);
  const ops = record.ops.map((op, n) => parseOpText(`${path}: ops[${n}]`, op.op));
  const differing = workload?.ops.findIndex((op, n) => op.text !== ops[n]?.text) ?? -1;
  if (workload !== undefined && (differing >= 0 || workload.ops.length !== ops.length)) {
    const n = differing < 0 ? workload.ops.length : differing;
    throw new ConfigError({
      where: `${path}: ops[${n}]`,
      found: `"${ops[n]?.text ?? 'nothing'}"`,
      allowed: `"${workload.ops[n]?.text ?? 'nothing'}", as in ${name}${SUFFIX}`,
    });
  }
  return { workload: name, kernel, config: record.config, head: record, ops, record };
}

/** Without records: every workload under the configs that it names, or the one asked for. */
function unrecordedCases(
  workloads: ReadonlyMap<string, Workload>,
  filter: RecordFilter,
): ConformCase[] {
  checkFilter('--config', filter.config, [...CONFIGS.keys()]);
  const kernel = filter.kernel ?? DEFAULT_KERNEL;
  const wanted = filter.config ?? DEFAULT_CONFIG;
  const cases: ConformCase[] = [];
  for (const { name, title, configs, ops } of workloads.values()) {
    const config = filter.config === undefined ? (configs?.[0] ?? wanted) : wanted;
    if (configs !== null && !configs.includes(config)) continue;
    const oplist = ops.map((op) => op.text);
    const head = { ...defaultHead(config, kernel), workload: name, title, oplist };
    cases.push({ workload: name, kernel, config, head, ops, record: null });
  }
  return cases;
}

function foldersOf(path: string): string[] {
  return readdirSync(path)
    .filter((name) => statSync(join(path, name)).isDirectory())
    .sort();
}

function matches(filter: string | undefined, name: string): boolean {
  return filter === undefined || filter === name;
}

function checkFilter(where: string, filter: string | undefined, names: readonly string[]): void {
  if (filter === undefined || names.length === 0 || names.includes(filter)) return;
  throw new ConfigError({
    where,
    found: `"${filter}"`,
    allowed: `one of ${names.join(', ')}`,
    nearest: nearestName(filter, names),
  });
}

function inOrder(a: ConformCase, b: ConformCase): number {
  const keys = ({ kernel, config, workload }: ConformCase): string =>
    `${kernel}\n${config}\n${workload}`;
  return keys(a) < keys(b) ? -1 : 1;
}
