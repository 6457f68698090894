/**
 * A file that remembers which parts of a long run are done, so that a run that was killed goes on
 * where it was and ends with the same result.
 *
 *     {"schema", "run", "parts"}          what run this is; another run's file is refused
 *     {"part": 3, "answer": …}            one line for each part, in the order in which they ended
 *     {"part": 7, "ans                    the kill: a line without an end counts for nothing
 *
 * The result is put together from the answers in the order of the parts, so neither the order in
 * which they ended nor the number of workers nor a kill can be seen in it. Parts must be functions
 * of their number and of what the run is.
 */
import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { UserError } from '@daxsim/sim';

const SCHEMA = 'daxsim/ledger/1';

export class Ledger<T> {
  private readonly answers = new Map<number, T>();

  private constructor(
    private readonly path: string | null,
    readonly parts: number,
  ) {}

  /** For a run that nobody goes on with. */
  static inMemory<T>(parts: number): Ledger<T> {
    return new Ledger<T>(null, parts);
  }

  /**
   * Opens the file of a run, or makes it. `run` is everything that decides the result, `parts` how
   * many there are. Throws `UserError` when the file is of another run or cannot be written.
   */
  static open<T>(path: string, run: unknown, parts: number): Ledger<T> {
    const ledger = new Ledger<T>(path, parts);
    const head = JSON.stringify({ schema: SCHEMA, run, parts });
    if (existsSync(path)) ledger.read(path, head);
    else
      write(path, () => {
        writeFileSync(path, `${head}\n`);
      });
    return ledger;
  }

  /** Parts that are not done. */
  missing(): number[] {
    const parts: number[] = [];
    for (let part = 0; part < this.parts; part += 1) if (!this.answers.has(part)) parts.push(part);
    return parts;
  }

  /** Notes that a part is done. */
  done(part: number, answer: T): void {
    if (this.answers.has(part)) return;
    this.answers.set(part, answer);
    const { path } = this;
    if (path === null) return;
    write(path, () => {
      appendFileSync(path, `${JSON.stringify({ part, answer })}\n`);
    });
  }

  /** All answers in the order of their parts; those not done are left out. */
  inOrder(): T[] {
    const parts = [...this.answers.keys()].sort((a, b) => a - b);
    return parts.flatMap((part) => {
      const answer = this.answers.get(part);
      return answer === undefined ? [] : [answer];
    });
  }

  /** The answers of the parts before the first that is not done. */
  leading(): T[] {
    return this.inOrder().slice(0, this.missing()[0] ?? this.parts);
  }

  private read(path: string, head: string): void {
    const text = readFileSync(path, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const [first, ...lines] = whole.split('\n');
    if (first !== head) {
      throw new UserError({
        where: path,
        found: 'the ledger of another run',
        allowed: 'a file of a run with the same options and version, or one that is not there',
      });
    }
    for (const line of lines) {
      if (line === '') continue;
      const { part, answer } = JSON.parse(line) as { part: number; answer: T };
      this.answers.set(part, answer);
    }
    if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
  }
}

function write(path: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError({ where: path, found: `cannot be written: ${reason}` });
  }
}
