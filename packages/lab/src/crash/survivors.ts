/**
 * Enumerates what survives of the lines that recovery reads, and of no others.
 *
 *     recover ─▶ asks for line a ─▶ asks for line b ─▶ done        a: 3 contents, b: 2
 *     again with the last answer changed, until every answer has been given
 *
 * The answers of one image are a path in a tree; the next image takes the next branch of the
 * deepest answer that has one. Prefixes that leave the same bytes are one answer.
 *
 * Lines of the log are read to be checked by a checksum. Once a line of a record misses something,
 * the record is invalid whatever its other lines hold, and recovery stops there: those are not
 * varied (their whole contents stand for the others), which is right but for collisions of a 32-bit
 * sum. `isGuarded` says which lines lie in the log.
 */
import { assert } from '@daxsim/sim';
import type { UntimedMemory } from '@daxsim/pmem';

const LINE_WORDS = 16;

export class Survivors {
  private readonly lines: number[] = [];
  /** Choices of each line asked for, as numbers of kept units; the last is everything. */
  private readonly choices: number[][] = [];
  private readonly taken: number[] = [];
  private depth = 0;
  private isTorn = false;
  /** By answer: whether a line of the log was torn before it. */
  private readonly wasTorn: boolean[] = [];
  private readonly before = new Int32Array(LINE_WORDS);
  private readonly words = new Int32Array(LINE_WORDS);

  constructor(
    private readonly memory: UntimedMemory,
    private readonly isGuarded: (line: number) => boolean,
  ) {}

  /** Starts with the first image. */
  restart(): void {
    this.choices.length = 0;
    this.taken.length = 0;
    this.lines.length = 0;
    this.unchanged = 0;
    this.begin();
  }

  /** The unchanged answers will not be asked for. */
  goOn(): void {
    this.depth = this.unchanged;
    this.isTorn = this.wasTorn[this.depth] ?? false;
  }

  /** Forgets all but the first answers of this image; it is begun again. */
  beginAgain(answers: number): void {
    this.choices.length = answers;
    this.taken.length = answers;
    this.lines.length = answers;
    this.unchanged = 0;
    this.begin();
  }

  /** How many of the first answers are those of the image before. */
  unchanged = 0;

  /** Goes on to the next image, whose answers are asked for from the first on; false: no more. */
  next(): boolean {
    assert(
      this.depth === this.taken.length,
      'Survivors: recovery asked for fewer lines than before',
    );
    while (this.taken.length > 0) {
      const last = this.taken.length - 1;
      const taken = this.taken[last] ?? 0;
      if (taken + 1 < (this.choices[last]?.length ?? 0)) {
        this.taken[last] = taken + 1;
        this.begin();
        this.unchanged = last;
        return true;
      }
      this.taken.pop();
      this.choices.pop();
      this.lines.pop();
    }
    return false;
  }

  /** What survives of a line, for `PowerLossImage.restart`. */
  readonly keep = (line: number, units: number): number => {
    const at = this.depth;
    this.depth += 1;
    this.wasTorn[at] = this.isTorn;
    if (at === this.taken.length) {
      this.lines.push(line);
      this.choices.push(this.choicesOf(line, units));
      this.taken.push(0);
    }
    assert(this.lines[at] === line, 'Survivors: recovery asked for another line than before');
    const kept = this.choices[at]?.[this.taken[at] ?? 0] ?? units;
    if (kept < units && this.isGuarded(line)) this.isTorn = true;
    return kept;
  };

  /** The answers given to the present image. */
  readonly path = (): { readonly line: number; readonly kept: number }[] =>
    this.lines.map((line, i) => ({ line, kept: this.choices[i]?.[this.taken[i] ?? 0] ?? 0 }));

  private begin(): void {
    this.depth = 0;
    this.isTorn = false;
  }

  private choicesOf(line: number, units: number): number[] {
    if (this.isTorn && this.isGuarded(line)) return [units];
    const choices = [units];
    this.memory.survivingLine(line, units, this.before);
    for (let kept = units - 1; kept >= 0; kept -= 1) {
      this.memory.survivingLine(line, kept, this.words);
      if (isEqual(this.words, this.before)) continue;
      choices.push(kept);
      this.before.set(this.words);
    }
    return choices;
  }
}

function isEqual(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < LINE_WORDS; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
