/**
 * Which lines some cache of the machine holds: one bit a line.
 *
 *   line ──▶ root ──▶ group of 131,072 lines (16 KiB of bits), which is there once one was held
 *
 * It repeats what the tags say, so that a line that no cache holds, which is what random traffic
 * asks for nearly always, is looked for in none.
 */
const GROUP_LINE_SHIFT = 17;
const GROUP_LINES = 1 << GROUP_LINE_SHIFT;
const GROUP_WORD_SHIFT = 12;
const FIRST_GROUPS = 2;

export class HeldLines {
  /** Group 0 stays empty, so that an absent one needs no test. */
  private bits = new Int32Array(FIRST_GROUPS << GROUP_WORD_SHIFT);
  private groups = 1;
  private readonly root: Int32Array;

  /** `lines` is how many the device has. */
  constructor(lines: number) {
    this.root = new Int32Array(Math.ceil(lines / GROUP_LINES));
  }

  /** True if some cache holds the line. */
  has(line: number): boolean {
    return (this.bits[this.wordOf(line)] & (1 << (line & 31))) !== 0;
  }

  /** False if it was there. */
  add(line: number): boolean {
    if (this.root[line >>> GROUP_LINE_SHIFT] === 0) this.addGroup(line >>> GROUP_LINE_SHIFT);
    const at = this.wordOf(line);
    const word = this.bits[at];
    const bit = 1 << (line & 31);
    if ((word & bit) !== 0) return false;
    this.bits[at] = word | bit;
    return true;
  }

  /** Only of a line that was added. */
  remove(line: number): void {
    this.bits[this.wordOf(line)] &= ~(1 << (line & 31));
  }

  private wordOf(line: number): number {
    const group = this.root[line >>> GROUP_LINE_SHIFT];
    return (group << GROUP_WORD_SHIFT) | ((line & (GROUP_LINES - 1)) >>> 5);
  }

  private addGroup(rootIndex: number): void {
    if (this.groups << GROUP_WORD_SHIFT === this.bits.length) {
      const bits = new Int32Array(this.bits.length * 2);
      bits.set(this.bits);
      this.bits = bits;
    }
    this.root[rootIndex] = this.groups;
    this.groups += 1;
  }
}
