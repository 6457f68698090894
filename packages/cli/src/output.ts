/**
 * Where output goes. stdout carries results, stderr progress and warnings; with `--json -` only the
 * JSON goes to stdout, so the text moves aside.
 */
import { writeFileSync } from 'node:fs';
import pc from 'picocolors';
import { UserError } from '@daxsim/sim';
import { HostTimer, peakRssBytes, secondsOf } from './host-clock.js';
import { VERSION } from './version.js';

/** Options that every command takes. */
export interface CommonOptions {
  /** File for the JSON result, `-` for stdout. */
  readonly json?: string;
  /** Where every draw starts. */
  readonly seed: number;
  readonly quiet?: boolean;
}

/** What every JSON result starts with. */
export interface ResultHead {
  readonly schema: string;
  readonly version: string;
  readonly seed: number;
}

export class Output {
  readonly timer = new HostTimer();

  constructor(private readonly options: CommonOptions) {}

  /** True when text for a person should be shown at all. */
  get isTalkative(): boolean {
    return this.options.quiet !== true;
  }

  /** A line of the result. */
  line(text = ''): void {
    if (this.options.json === '-') {
      if (this.isTalkative) process.stderr.write(`${text}\n`);
      return;
    }
    process.stdout.write(`${text}\n`);
  }

  lines(texts: readonly string[]): void {
    for (const text of texts) this.line(text);
  }

  /** A remark that is not part of the result. */
  warn(text: string): void {
    process.stderr.write(`${pc.yellow('warning')}: ${text}\n`);
  }

  head(command: string): ResultHead {
    return { schema: `daxsim/${command}/1`, version: VERSION, seed: this.options.seed };
  }

  /**
   * Writes the JSON result if it was asked for; `host` is added here and nowhere else. `counts` of
   * things become rates of the host, as in `states_per_s`.
   */
  json(result: object, operations?: number, counts: Readonly<Record<string, number>> = {}): void {
    if (this.options.json === undefined) return;
    const seconds = secondsOf(this.timer.elapsed());
    const rate = operations === undefined ? {} : { operations_per_s: operations / seconds };
    const rates: Record<string, number> = {};
    for (const [name, count] of Object.entries(counts)) rates[`${name}_per_s`] = count / seconds;
    const host = {
      node: process.version,
      seconds,
      cpu_seconds: secondsOf(this.timer.cpu()),
      ...rate,
      ...rates,
      peak_rss_bytes: peakRssBytes(),
    };
    const text = `${JSON.stringify({ ...result, host }, null, 2)}\n`;
    if (this.options.json === '-') process.stdout.write(text);
    else writeResult(this.options.json, text);
  }
}

/** Writes a file the user named; a folder that is missing is the user's error, not ours. */
export function writeResult(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UserError({
      where: path,
      found: `cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
}
