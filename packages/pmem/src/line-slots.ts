/**
 * Numbers the lines of an overlay from 0 on, in the order in which they come; forgets all of them
 * in constant time. Open addressing, by the line's number.
 */
const FIRST_PLACES = 2048;

export class LineSlots {
  /** Lines that have a slot. */
  used = 0;
  private lines = new Int32Array(FIRST_PLACES / 2);
  /** A slot where `stampOf` is the present one. */
  private slotOf = new Int32Array(FIRST_PLACES);
  private stampOf = new Int32Array(FIRST_PLACES);
  private stamp = 1;
  private mask = FIRST_PLACES - 1;

  clear(): void {
    this.used = 0;
    this.stamp += 1;
  }

  line(slot: number): number {
    return this.lines[slot];
  }

  /** The line's slot, or −1. */
  find(line: number): number {
    const { lines, slotOf, stampOf, stamp, mask } = this;
    for (let at = placeOf(line, mask); stampOf[at] === stamp; at = (at + 1) & mask) {
      const slot = slotOf[at];
      if (lines[slot] === line) return slot;
    }
    return -1;
  }

  /** A slot for a line that has none. */
  add(line: number): number {
    if (this.used === this.lines.length) this.grow();
    const slot = this.used;
    this.used = slot + 1;
    this.lines[slot] = line;
    this.enter(line, slot);
    return slot;
  }

  private enter(line: number, slot: number): void {
    let at = placeOf(line, this.mask);
    while (this.stampOf[at] === this.stamp) at = (at + 1) & this.mask;
    this.stampOf[at] = this.stamp;
    this.slotOf[at] = slot;
  }

  private grow(): void {
    const lines = new Int32Array(this.lines.length * 2);
    lines.set(this.lines);
    this.lines = lines;
    this.slotOf = new Int32Array(lines.length * 2);
    this.stampOf = new Int32Array(lines.length * 2);
    this.mask = lines.length * 2 - 1;
    for (let slot = 0; slot < this.used; slot += 1) this.enter(lines[slot], slot);
  }
}

function placeOf(line: number, mask: number): number {
  return (Math.imul(line, 0x9e3779b1) >>> 7) & mask;
}
