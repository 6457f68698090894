/**
 * Which files a replay is about. With a directory: those under it. Without: all, except the
 * system's own, as long as they are only read; a program's loader, locale and device files would
 * otherwise be most of a short trace. The answer for a name is remembered by its id.
 */
import type { NameTable } from '../name-table.js';
import { isUnder, resolvePath } from './paths.js';

const systemDirectories = [
  ...['/usr', '/lib', '/lib32', '/lib64', '/libx32', '/bin', '/sbin'],
  ...['/etc', '/proc', '/sys', '/dev'],
];

const Answer = { Unknown: 0, Out: 1, Read: 2, In: 3 } as const;

export class Scope {
  private readonly directory: string | undefined;
  private answers = new Uint8Array(256);

  constructor(
    private readonly names: NameTable,
    directory: string | undefined,
    cwd: string,
  ) {
    this.directory = directory === undefined ? undefined : resolvePath(cwd, directory);
  }

  /** Whether name `id` is in scope for a call that changes something, or only reads. */
  has(id: number, isChange: boolean): boolean {
    if (id < 0) return false;
    if (id >= this.answers.length) this.grow(id);
    let answer = this.answers[id] as number;
    if (answer === Answer.Unknown) {
      answer = this.judge(this.names.text(id));
      this.answers[id] = answer;
    }
    return answer === Answer.In || (isChange && answer === Answer.Read);
  }

  /** `Read`: in scope only for calls that change it. */
  private judge(path: string): number {
    if (this.directory !== undefined) {
      return isUnder(path, this.directory) ? Answer.In : Answer.Out;
    }
    const isVirtual = isUnder(path, '/proc') || isUnder(path, '/sys') || isUnder(path, '/dev');
    if (isVirtual) return Answer.Out;
    return systemDirectories.some((system) => isUnder(path, system)) ? Answer.Read : Answer.In;
  }

  private grow(id: number): void {
    const grown = new Uint8Array(Math.max(id + 1, this.answers.length * 2));
    grown.set(this.answers);
    this.answers = grown;
  }
}
