/**
 * Who holds pinned pages: a scenario run once, in its own order, and then what get_user_pages has
 * counted beside what is really outstanding.
 *
 *      requested (slow + fast) − returned  =  pages held, pin by pin, file by file
 *
 * The names of the counters are those of a proposal of 2019, which counted requests and returns,
 * and those that Linux has had since 5.7. The difference alone does not say who forgot to let go;
 * the ledger does. Counts of a real kernel are read one after the other while others run, so that
 * they may differ for a moment without anybody holding anything; here nothing runs.
 */
import { ConfigError } from '@daxsim/sim';
import { createSystemOf } from './run-once.js';
import type { CorpusScenario } from '../corpus/config.js';

/** Pages of one pin that were not let go of. */
export interface HeldPin {
  readonly file: string;
  readonly pin: string;
  /** Pages held, and the first of them in the file. */
  readonly pages: number;
  readonly first_page: number;
}

export interface PinReport {
  readonly vmstat_2019: {
    readonly nr_gup_slow_pages_requested: number;
    readonly nr_gup_fast_pages_requested: number;
    readonly nr_gup_fast_page_backoffs: number;
    /** Reference counts of pages do not overflow here. */
    readonly nr_gup_page_count_overflows: number;
    readonly nr_gup_pages_returned: number;
  };
  readonly vmstat: {
    readonly nr_foll_pin_acquired: number;
    readonly nr_foll_pin_released: number;
  };
  /** Requested less returned. */
  readonly outstanding: number;
  readonly held: readonly HeldPin[];
}

/** Runs the threads of a scenario one after the other. Throws `ConfigError` if a task is stuck. */
export function pinReport(where: string, scenario: CorpusScenario): PinReport {
  const { world, pinNames, fileOf, stuck } = createSystemOf(where, scenario);
  if (stuck !== null) throw new ConfigError({ where: `${where}: ${scenario.id}`, found: stuck });
  const { pins } = world.mm;
  const { slow, fast, backoffs, returned } = pins.counted;
  const held: HeldPin[] = [];
  for (const [name, pin] of pinNames) {
    const pages = Array.from({ length: pins.pages(pin) }, (_, page) => page);
    const kept = pages.filter((page) => pins.isHeld(pin, page));
    const [first] = kept;
    if (first === undefined) continue;
    held.push({
      file: fileOf(pins.inode(pin)),
      pin: name,
      pages: kept.length,
      first_page: Math.floor(pins.start(pin) / 4096) + first,
    });
  }
  return {
    vmstat_2019: {
      nr_gup_slow_pages_requested: slow,
      nr_gup_fast_pages_requested: fast,
      nr_gup_fast_page_backoffs: backoffs,
      nr_gup_page_count_overflows: 0,
      nr_gup_pages_returned: returned,
    },
    vmstat: { nr_foll_pin_acquired: slow + fast, nr_foll_pin_released: returned },
    outstanding: slow + fast - returned,
    held,
  };
}

/** The report as lines for a terminal, the counters as `grep gup /proc/vmstat` shows them. */
export function pinLines(report: PinReport): string[] {
  const counters = (all: object): string[] =>
    Object.entries(all).map(([name, value]) => `${name} ${String(value)}`);
  const then = report.vmstat_2019;
  const requested = then.nr_gup_slow_pages_requested + then.nr_gup_fast_pages_requested;
  const width = Math.max(4, ...report.held.map(({ file }) => file.length));
  return [
    ...counters(then),
    '',
    ...counters(report.vmstat),
    '',
    `requested (slow + fast)  ${String(requested)}`,
    `returned                 ${String(then.nr_gup_pages_returned)}`,
    `outstanding              ${String(report.outstanding)}`,
    '',
    ...report.held.map(({ file, pin, pages, first_page: first }) => {
      const last = first + pages - 1;
      const where =
        pages === 1 ? `page ${String(first)}` : `pages ${String(first)}–${String(last)}`;
      return `${file.padEnd(width)}  pin ${pin}: ${String(pages)} (${where})`;
    }),
  ];
}
