/** Numbers of lines, in a list that is filled and emptied often. */
export class LineList {
  count = 0;
  private lines = new Int32Array(64);

  clear(): void {
    this.count = 0;
  }

  add(line: number): void {
    if (this.count === this.lines.length) this.lines = longer(this.lines);
    this.lines[this.count] = line;
    this.count += 1;
  }

  at(index: number): number {
    return this.lines[index];
  }
}

/** A copy with room for twice as many. */
export function longer(words: Int32Array): Int32Array<ArrayBuffer> {
  const more = new Int32Array(words.length * 2);
  more.set(words);
  return more;
}
