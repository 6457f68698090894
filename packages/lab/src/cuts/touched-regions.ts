/**
 * Which parts of a file have to be read at a moment: those where something changed or was promised
 * since the last moment, and beside them one part in eight, another one each time. So what somebody
 * else wrote into a file that nobody touched is seen within eight moments, and a large file costs
 * what changes in it.
 */

/** Bytes of a region; a power of two. */
export const REGION_BYTES = 65536;
const TURNS = 8;

/** Where the region after the one that holds `offset` starts. */
export function nextRegion(offset: number): number {
  return (Math.floor(offset / REGION_BYTES) + 1) * REGION_BYTES;
}

export class TouchedRegions {
  private readonly touched = new Set<number>();
  /** Everything from here on was touched: a truncation. */
  private touchedFrom = Infinity;

  /** Bytes [from, to) changed; `to` may be infinite. */
  touch(from: number, to: number): void {
    if (to === Infinity) {
      this.touchedFrom = Math.min(this.touchedFrom, from);
      return;
    }
    const last = Math.floor((to - 1) / REGION_BYTES);
    for (let region = Math.floor(from / REGION_BYTES); region <= last; region += 1) {
      this.touched.add(region);
    }
  }

  /** Whether the region that holds `offset` is to be read at this moment. */
  isDue(offset: number, moment: number): boolean {
    const region = Math.floor(offset / REGION_BYTES);
    return (
      region % TURNS === moment % TURNS ||
      nextRegion(offset) > this.touchedFrom ||
      this.touched.has(region)
    );
  }

  clear(): void {
    this.touched.clear();
    this.touchedFrom = Infinity;
  }
}
