/** Traces as files, for tests of whole replays. Each test file has a folder of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runReplay, type ReplayReport, type ReplayRequest } from '@daxsim/lab';

export class TraceFolder {
  private readonly path = mkdtempSync(join(tmpdir(), 'daxsim-lab-'));
  private files = 0;

  /** Writes a file and answers its path. */
  file(text: string): string {
    this.files += 1;
    const path = join(this.path, `trace-${this.files}`);
    writeFileSync(path, text);
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

/** A fio log of one file: `lines` are actions with offset and length. */
export function fioLog(lines: readonly string[]): string {
  const body = lines.map((line, i) => `${i * 10} /mnt/pmem/f ${line}`);
  const frame = ['fio version 3 iolog', '0 /mnt/pmem/f add', '0 /mnt/pmem/f open'];
  return `${[...frame, ...body, `${lines.length * 10} /mnt/pmem/f close`].join('\n')}\n`;
}

/** A system-call trace: each entry is a task and a call with its result; one call a millisecond. */
export function straceLog(calls: readonly (readonly [task: number, call: string])[]): string {
  return calls
    .map(
      ([task, call], i) => `${task}  1700000000.${String(i * 1000 + 1).padStart(6, '0')} ${call}\n`,
    )
    .map((line) => line.replace(/\n$/, ' <0.000100>\n'))
    .join('');
}

/** Replays with the defaults of the tests: a small device, files below /mnt/pmem. */
export async function run(
  traces: readonly string[],
  request: Partial<ReplayRequest> = {},
): Promise<ReplayReport> {
  const { report } = await runReplay({
    traces,
    version: '0.0.0',
    deviceBytes: '64MiB',
    ...request,
    traceOptions: { scope: '/mnt/pmem', cwd: '/mnt/pmem', ...request.traceOptions },
  });
  return report;
}
