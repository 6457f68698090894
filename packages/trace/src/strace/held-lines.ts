/**
 * Lines of tasks whose parent is not known yet.
 *
 *   1  clone( <unfinished ...>
 *   2  vfork( <unfinished ...>
 *   9  fsync(3) = 0                     whose child is 9? its descriptor 3 depends on it: held
 *   2  <... vfork resumed>) = 9         now it is known: 9 is made from 2, and its line is read
 *
 * Held lines are read late, but still before anything that happened after their parent's return.
 * The number of lines held is bounded; beyond it, the oldest fork is taken for the parent.
 */

export interface HeldLine {
  readonly text: string;
  readonly line: number;
}

const mostHeld = 4096;

export class HeldLines {
  private readonly byPid = new Map<number, HeldLine[]>();
  private count = 0;

  get isEmpty(): boolean {
    return this.byPid.size === 0;
  }

  get isFull(): boolean {
    return this.count >= mostHeld;
  }

  has(pid: number): boolean {
    return this.byPid.has(pid);
  }

  hold(pid: number, text: string, line: number): void {
    const lines = this.byPid.get(pid);
    if (lines === undefined) this.byPid.set(pid, [{ text, line }]);
    else lines.push({ text, line });
    this.count += 1;
  }

  /** Takes the lines of the first task that `choose` picks; undefined if it picks none. */
  release(choose: (pid: number) => boolean): readonly HeldLine[] | undefined {
    for (const [pid, lines] of this.byPid) {
      if (!choose(pid)) continue;
      this.byPid.delete(pid);
      this.count -= lines.length;
      return lines;
    }
    return undefined;
  }
}
