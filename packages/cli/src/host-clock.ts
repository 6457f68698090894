/**
 * The host's clock, the one place that knows it. Simulated time never comes here.
 *
 * A host duration is sharp-timer's `Timespan`. Its `Stopwatch` only paces the progress display: the
 * library refreshes it from an interval of the event loop, so it stands still while a simulation
 * runs without a pause, and without `dispose` the process never exits. Every figure that is
 * reported is therefore taken from the monotonic clock.
 */
import { Stopwatch, Timespan } from 'sharp-timer';

/** Measures from now on. */
export class HostTimer {
  private readonly startedAt = process.hrtime.bigint();
  private readonly cpuAtStart = process.cpuUsage();

  /** Wall time since the start. */
  elapsed(): Timespan {
    return Timespan.fromMilliseconds(Number(process.hrtime.bigint() - this.startedAt) / 1e6);
  }

  /** CPU time of this process since the start, user and system. */
  cpu(): Timespan {
    const used = process.cpuUsage(this.cpuAtStart);
    return Timespan.fromMilliseconds((used.user + used.system) / 1000);
  }
}

/** Seconds of a duration with the fraction kept (the library's own getter rounds it away). */
export function secondsOf(duration: Timespan): number {
  return duration.milliseconds / 1000;
}

/** Says at most once per `everyMs` that it is time to show something. */
export class DisplayPace {
  private readonly stopwatch = new Stopwatch();
  private lastMs = 0;

  constructor(private readonly everyMs: number) {
    this.stopwatch.start();
  }

  isDue(): boolean {
    const nowMs = this.stopwatch.elapsedMilliseconds;
    if (nowMs - this.lastMs < this.everyMs) return false;
    this.lastMs = nowMs;
    return true;
  }

  dispose(): void {
    this.stopwatch.stop();
    this.stopwatch.dispose();
  }
}

/** Largest resident set of this process so far, in bytes. */
export function peakRssBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
