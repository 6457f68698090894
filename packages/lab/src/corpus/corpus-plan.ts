/** A scenario of a corpus, translated once: calls, checks, legal bytes and the device it needs. */
import { LegalBytes } from './legal-bytes.js';
import { planCalls } from './operations.js';
import { ScenarioChecks } from './scenario-checks.js';
import type { CorpusCalls } from './calls.js';
import type { LabelShape } from './results.js';
import type { CorpusScenario } from './config.js';

export interface CorpusPlan {
  readonly scenario: CorpusScenario;
  readonly calls: CorpusCalls;
  readonly checks: ScenarioChecks;
  readonly legal: LegalBytes;
  readonly labels: readonly LabelShape[];
  readonly mediaBytes: number;
  readonly stripeBlocks: number;
  /** Whether faults may map 2 MiB. */
  readonly isHuge: boolean;
  /** Whether a thread loses power by an operation of its own. */
  readonly hasCrash: boolean;
  readonly files: readonly string[];
}

const MEDIA_BYTES = 4 * 1024 * 1024;
const HUGE_MEDIA_BYTES = 16 * 1024 * 1024;
const HUGE_BLOCKS = 512;

/** Translates a scenario. Throws `ConfigError`; `where` is the file. */
export function planCorpusScenario(where: string, scenario: CorpusScenario): CorpusPlan {
  const calls = planCalls(scenario);
  const operations = [...scenario.setup, ...scenario.threads.flat()];
  const isHuge = operations.some((op) => op.op === 'mmap' && op.flags.includes('huge_ok'));
  const labels: LabelShape[] = [];
  const lists = [calls.setup, ...calls.threads, ...calls.afterCrash.values()];
  for (const { operation } of lists.flat()) {
    const { label: name, result, asked } = operation;
    if (name === null || labels.some((label) => label.name === name)) continue;
    labels.push({ name, result, asked });
  }
  return {
    scenario,
    calls,
    checks: new ScenarioChecks(where, scenario),
    legal: new LegalBytes(scenario),
    labels,
    mediaBytes: scenario.params?.media_bytes ?? (isHuge ? HUGE_MEDIA_BYTES : MEDIA_BYTES),
    stripeBlocks: isHuge ? HUGE_BLOCKS : 0,
    isHuge,
    hasCrash: calls.afterCrash.size > 0,
    files: filesOf(scenario),
  };
}

function filesOf(scenario: CorpusScenario): string[] {
  const files = new Set<string>();
  for (const op of [...scenario.setup, ...scenario.threads.flat()]) {
    if (op.op === 'creat') files.add(op.f);
    if (op.op === 'rename' || op.op === 'link') files.add(op.to);
  }
  return [...files];
}
