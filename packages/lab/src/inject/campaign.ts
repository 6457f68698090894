/**
 * All injections of an experiment as parts that can be run anywhere in any order, and their sum.
 *
 *     cells ─▶ plans ─▶ injections 0 … n ─▶ parts of 32 ─▶ answers ─▶ one result
 *
 * An injection is a function of its number and of the request, so neither the number of workers nor
 * a kill and a new start can be seen in the result.
 */
import { faultNamed } from '@daxsim/pmem';
import { ConfigError, Digest } from '@daxsim/sim';
import { CellRun } from './cell-run.js';
import { OUTCOMES } from './outcome.js';
import { shareOf } from './wilson.js';
import type { ExperimentCell } from './experiment.js';
import type { FaultConfig, RuleConfig, WorkloadCall } from './config.js';
import type { Outcome } from './outcome.js';
import type { Share } from './wilson.js';

/** A cell with the calls of its trace, if it has one. */
export interface ResolvedCell extends ExperimentCell {
  readonly traced: readonly WorkloadCall[] | null;
}

/** What decides the result. */
export interface InjectionRequest {
  readonly cells: readonly ResolvedCell[];
  readonly seed: number;
}

/** What came of an injection that was not masked. */
export interface InjectionFinding {
  readonly number: number;
  readonly outcome: Outcome;
  readonly problem: string;
  readonly call: number;
  readonly line: number;
  readonly choices: readonly number[];
  readonly digest: string;
}

/** What came of a part. */
export interface InjectionAnswer {
  /** Index in `OUTCOMES` of each injection. */
  readonly outcomes: readonly number[];
  /** Digest of each. */
  readonly digests: readonly string[];
  readonly findings: readonly InjectionFinding[];
}

export type OutcomeShares = Readonly<Record<Outcome, Share>>;

/** Outcomes of one entry of `faults`. */
export interface FaultResult {
  readonly fault: string;
  readonly trigger: FaultConfig['trigger'];
  readonly injections: number;
  readonly outcomes: OutcomeShares;
}

export interface CellResult {
  readonly sweep: Readonly<Record<string, unknown>>;
  readonly workloads: number;
  readonly injections: number;
  readonly outcomes: OutcomeShares;
  readonly faults: readonly FaultResult[];
  readonly must_hold: readonly RuleResult[];
}

export interface RuleResult extends RuleConfig {
  readonly found: number;
  readonly holds: boolean;
}

export interface InjectionResult {
  readonly injections: number;
  readonly outcomes: OutcomeShares;
  readonly cells: readonly CellResult[];
  readonly holds: boolean;
  readonly findings: readonly InjectionFinding[];
  readonly digest: string;
}

const PER_PART = 32;

export class InjectionCampaign {
  readonly parts: number;
  readonly injections: number;
  /** Injections of each cell. */
  readonly counts: readonly number[];
  private made: { readonly index: number; readonly cell: CellRun } | null = null;

  /** `counts`, if known, save planning cells that are not needed. Throws `ConfigError`. */
  constructor(
    private readonly request: InjectionRequest,
    counts?: readonly number[],
  ) {
    this.counts = counts ?? request.cells.map((_cell, index) => this.cell(index).plan.length);
    this.injections = this.counts.reduce((sum, count) => sum + count, 0);
    this.parts = Math.ceil(this.injections / PER_PART);
    if (counts === undefined) this.checkEntries();
  }

  /** Runs a part. */
  run(part: number): InjectionAnswer {
    const outcomes: number[] = [];
    const digests: string[] = [];
    const findings: InjectionFinding[] = [];
    const end = Math.min((part + 1) * PER_PART, this.injections);
    for (let number = part * PER_PART; number < end; number += 1) {
      const { cell, index } = this.placeOf(number);
      const ended = this.cell(cell).run(index, number);
      outcomes.push(OUTCOMES.indexOf(ended.outcome));
      digests.push(ended.digest);
      if (ended.outcome !== 'masked') findings.push({ number, ...ended });
    }
    return { outcomes, digests, findings };
  }

  /** Cell and index in its plan of an injection. */
  placeOf(number: number): { readonly cell: number; readonly index: number } {
    let index = number;
    let cell = 0;
    while (index >= (this.counts[cell] ?? Infinity)) {
      index -= this.counts[cell] ?? 0;
      cell += 1;
    }
    return { cell, index };
  }

  /** A combination of the sweep with its plan; the last one asked for is kept. */
  cell(index: number): CellRun {
    if (this.made?.index === index) return this.made.cell;
    const given = this.request.cells[index];
    if (given === undefined) throw new ConfigError({ where: 'sweep', found: `no cell ${index}` });
    const cell = new CellRun(given.config, given.traced, this.request.seed);
    this.made = { index, cell };
    return cell;
  }

  /** The sum of the answers of the parts, in order; those missing at the end are left out. */
  sum(answers: readonly InjectionAnswer[]): InjectionResult {
    const outcomes = answers.flatMap((answer) => answer.outcomes);
    const digest = new Digest();
    for (const answer of answers) for (const text of answer.digests) digest.addText(text);
    let first = 0;
    const cells = this.request.cells.map((_cell, index) => {
      const count = this.counts[index] ?? 0;
      const result = this.cellResult(index, outcomes.slice(first, first + count));
      first += count;
      return result;
    });
    return {
      injections: outcomes.length,
      outcomes: sharesOf(outcomes),
      cells,
      holds: cells.every((cell) => cell.must_hold.every(({ holds }) => holds)),
      findings: answers.flatMap((answer) => answer.findings),
      digest: digest.hex(),
    };
  }

  private cellResult(index: number, outcomes: readonly number[]): CellResult {
    const { config, plan, programs } = this.cell(index);
    const byEntry = config.faults.map((): number[] => []);
    outcomes.forEach((outcome, i) => byEntry[plan[i]?.entry ?? 0]?.push(outcome));
    const rules = config.must_hold.map((rule): RuleResult => {
      const counted = outcomes.filter((_outcome, i) => {
        const fault = config.faults[plan[i]?.entry ?? 0]?.fault;
        return rule.fault === undefined || fault === rule.fault;
      });
      const found = sharesOf(counted)[rule.outcome].share;
      const holds = found <= (rule.at_most ?? 1) && found >= (rule.at_least ?? 0);
      return { ...rule, found, holds: counted.length === 0 || holds };
    });
    return {
      sweep: this.request.cells[index]?.sweep ?? {},
      workloads: programs.length,
      injections: outcomes.length,
      outcomes: sharesOf(outcomes),
      faults: config.faults.map(({ fault, trigger }, entry) => {
        const own = byEntry[entry] ?? [];
        return { fault, trigger, injections: own.length, outcomes: sharesOf(own) };
      }),
      must_hold: rules,
    };
  }

  /** An entry that strikes nothing anywhere was not meant so. */
  private checkEntries(): void {
    const [first] = this.request.cells;
    first?.config.faults.forEach((entry, i) => {
      const isStruck = this.request.cells.some((_cell, index) =>
        this.cell(index).plan.some((planned) => planned.entry === i),
      );
      if (isStruck) return;
      const where = `faults.${i}.trigger`;
      const { strikes } = faultNamed(entry.fault, where);
      const wanted = entry.trigger.of ?? strikes[0] ?? 'any';
      const kind = wanted === 'any' ? 'request' : wanted;
      const found = `no ${kind} of the workload that ${entry.fault} could strike`;
      const others = `of: ${strikes.join(', ')}`;
      throw new ConfigError({ where, found, allowed: `one that strikes something; ${others}` });
    });
  }
}

function sharesOf(outcomes: readonly number[]): OutcomeShares {
  const shares = OUTCOMES.map((name, index) => {
    const count = outcomes.filter((outcome) => outcome === index).length;
    return [name, shareOf(count, outcomes.length)] as const;
  });
  return Object.fromEntries(shares) as Record<Outcome, Share>;
}
