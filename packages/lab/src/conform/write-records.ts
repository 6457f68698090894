/** Writes what workloads did as records, in the places and the form of kernel records. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@daxsim/sim';
import type { ConformCase } from './record-set.js';
import type { WorkloadRun } from './workload-run.js';

/** Writes `OUT/results/KERNEL/NAME.CONFIG.json`. Throws UserError when that cannot be. */
export function writeRecord(out: string, one: ConformCase, run: WorkloadRun): void {
  const folder = join(out, 'results', one.kernel);
  const path = join(folder, `${one.workload}.${one.config}.json`);
  const { head } = one;
  const start = {
    workload: one.workload,
    title: head.title,
    config: one.config,
    kernel: one.kernel,
    mkfs: head.mkfs,
    mount_options: head.mount_options,
    block_size: head.block_size,
    device_bytes: head.device_bytes,
    pmem: 'simulated by daxsim, without time',
    oplist: one.ops.map((op) => op.text),
    ...(run.broke === null ? {} : { ended_early: run.broke }),
  };
  const ops = run.ops.map((op) => JSON.stringify(op)).join(',\n');
  const text = `${JSON.stringify(start).slice(0, -1)},\n"ops":[\n${ops}\n]}\n`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError({ where: path, found: `cannot be written: ${why}` });
  }
}
