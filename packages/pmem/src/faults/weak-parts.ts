/**
 * Parts of a machine that are gone or held back as a whole: modules, the link, bandwidth.
 *
 *     line ─▶ its channel dead? ─▶ the link dead? ─▶ throttled: the next line no sooner than …
 *     power loss ─▶ saved as far as there was energy; the rest is gone when power is back
 *
 * Which parts are gone lies in an arena, so a rewind brings them back. Throttling is time only:
 * lines leave no closer together than it says, whoever asks for them.
 */
import { IntMap, type StateSpace } from '@daxsim/sim';

const LINK = 1;
const SPACING = 2;
const UNSAVED_FROM = 3;
const LOST_FROM = 4;
const CHANNEL = 5;

export class WeakParts {
  private readonly cells: IntMap;
  private freeAt = 0;

  constructor(
    space: StateSpace,
    /** The channel that holds a line. */
    private readonly channelOf: (line: number) => number,
  ) {
    this.cells = new IntMap(space, 'pmem weak parts');
  }

  /** Whether everything works. */
  get areFine(): boolean {
    return this.cells.size === 0;
  }

  get isLinkDead(): boolean {
    return this.cells.has(LINK);
  }

  isChannelDead(line: number): boolean {
    const lost = this.cells.get(LOST_FROM);
    return (lost > 0 && line + 1 >= lost) || this.cells.has(CHANNEL + this.channelOf(line));
  }

  loseChannelOf(line: number): void {
    this.cells.set(CHANNEL + this.channelOf(line), 1);
  }

  loseLink(): void {
    this.cells.set(LINK, 1);
  }

  /** Power loss will leave nothing of the lines from `line` on: nobody saved or restored them. */
  leaveUnsaved(line: number): void {
    this.cells.set(UNSAVED_FROM, line + 1);
  }

  /** Least time between two lines, ticks; 0: as fast as they are. */
  throttle(ticks: number): void {
    this.cells.set(SPACING, ticks);
  }

  /** How much later than `at` a line goes because of those before it. */
  heldBack(at: number): number {
    const spacing = this.cells.get(SPACING);
    if (spacing === 0) return 0;
    const start = Math.max(at, this.freeAt);
    this.freeAt = start + spacing;
    return start - at;
  }

  /** The link works again. */
  mendLink(): void {
    this.cells.delete(LINK);
  }

  /** The module of a line works again. */
  mendChannelOf(line: number): void {
    this.cells.delete(CHANNEL + this.channelOf(line));
  }

  /** Nothing is held back any more. */
  unthrottle(): void {
    this.cells.delete(SPACING);
  }

  /** Everything works again. */
  mend(): void {
    for (const cell of this.cells.keys()) this.cells.delete(cell);
  }

  /** Of a new run. */
  restart(): void {
    this.freeAt = 0;
  }

  /** Lays on another what is gone here: it outlives power. */
  carryTo(other: WeakParts): void {
    for (const cell of this.cells.keys()) {
      other.cells.set(cell === UNSAVED_FROM ? LOST_FROM : cell, this.cells.get(cell));
    }
  }
}
