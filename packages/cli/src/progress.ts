/**
 * Progress on stderr: on a terminal one line that is written over, with rate and estimated time
 * left; elsewhere a plain line every ten seconds. Silent with --quiet.
 */
import { DisplayPace, HostTimer, secondsOf } from './host-clock.js';

const TERMINAL_EVERY_MS = 200;
const PLAIN_EVERY_MS = 10_000;

export class Progress {
  private readonly isTerminal = process.stderr.isTTY;
  private readonly pace: DisplayPace;
  private readonly timer = new HostTimer();
  private shown = false;

  constructor(
    private readonly what: string,
    private readonly isSilent: boolean,
    /** What is counted. */
    private readonly things = 'operations',
  ) {
    this.pace = new DisplayPace(this.isTerminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS);
  }

  /** `share` of the work is done (0 … 1), which was `count` things so far. */
  report(share: number, count: number): void {
    if (this.isSilent || !this.pace.isDue()) return;
    const text = this.text(share, count);
    if (this.isTerminal) process.stderr.write(`\r\x1b[2K${text}`);
    else process.stderr.write(`${text}\n`);
    this.shown = true;
  }

  /** Clears the line and frees the event loop. Call it in `finally`. */
  dispose(): void {
    if (this.shown && this.isTerminal) process.stderr.write('\r\x1b[2K');
    this.pace.dispose();
  }

  private text(share: number, count: number): string {
    const seconds = secondsOf(this.timer.elapsed());
    const rate = Math.round(count / Math.max(seconds, 0.001));
    const left = share > 0 ? Math.round((seconds * (1 - share)) / share) : 0;
    const percent = (share * 100).toFixed(1).padStart(5);
    return `${this.what} ${percent}%  ${count} ${this.things}  ${rate}/s  ${left} s left`;
  }
}
