/**
 * A clock domain: so many picoseconds per cycle, rounded once.
 *
 *      2.2 GHz = 454.54… ps per cycle  ─▶  455 ps, 0.1 % slow
 *
 * All later arithmetic is exact, so two runs and two models agree to the picosecond. What the
 * rounding costs is known (`relativeError`) and printed by the configuration; a clock that cannot
 * be kept within 0.5 % is refused.
 */
import { ConfigError, assert } from './errors.js';
import { TICKS_MAX_INTERVAL, ticks, type Ticks } from './units.js';

const PICOSECONDS_PER_SECOND = 1e12;
/** Largest rounding error that a clock domain may have. */
export const CLOCK_ERROR_MAX = 0.005;

export class ClockDomain {
  /** Picoseconds per cycle, a whole number. */
  readonly periodTicks: number;
  /** Kept period against the true one: +0.001 means that the clock runs 0.1 % slow. */
  readonly relativeError: number;

  /** `hz` is the true frequency, above 0; `name` appears in messages. */
  constructor(
    readonly name: string,
    readonly hz: number,
  ) {
    const truePeriod = PICOSECONDS_PER_SECOND / hz;
    const period = Math.round(truePeriod);
    this.periodTicks = period;
    this.relativeError = (period - truePeriod) / truePeriod;
    if (!(hz > 0) || period < 1 || period > TICKS_MAX_INTERVAL) {
      throw new ConfigError({
        where: name,
        found: `a clock of ${hz} Hz has no period in picoseconds`,
        allowed: 'a frequency above 0, 200 GHz at most',
      });
    }
    if (Math.abs(this.relativeError) > CLOCK_ERROR_MAX) {
      throw new ConfigError({
        where: name,
        found: `${hz} Hz rounds to ${period} ps per cycle, ${percent(this.relativeError)} off`,
        allowed: `a period within ${percent(CLOCK_ERROR_MAX)} of whole picoseconds`,
      });
    }
  }

  /** The time that `count` cycles (a whole number >= 0) take. */
  cycles(count: number): Ticks {
    const span = count * this.periodTicks;
    assert(Number.isInteger(count) && count >= 0, 'ClockDomain: cycles not a whole number >= 0');
    assert(span <= TICKS_MAX_INTERVAL, 'ClockDomain: span longer than 2^51 ps');
    return ticks(span);
  }

  /** Whole cycles that fit into `span`. */
  wholeCycles(span: Ticks): number {
    return Math.floor(span / this.periodTicks);
  }

  /** The first clock edge at or after `at`. */
  edgeAtOrAfter(at: Ticks): Ticks {
    return ticks(Math.ceil(at / this.periodTicks) * this.periodTicks);
  }
}

function percent(error: number): string {
  return `${(error * 100).toFixed(2)} %`;
}
