/**
 * What each byte of a file should hold: ranges of the file, each with the value that was written
 * there and how far it was moved by copying.
 *
 *     region 0            region 1            region 2 …
 *     [w7│w9   │w7   ]    [w12          ]     absent: still what the file began with
 *
 * The file is cut into regions of 64 KiB, each a short sorted list of pieces, so that a change
 * costs the pieces it meets and memory follows the live pieces, not the number of writes. A value
 * is a payload source (see payload-words.ts); `shift` is the distance that a copy moved it: the
 * byte at offset o is byte o − shift of the value.
 */
import { ZERO } from './payload-words.js';

const REGION_BYTES = 65536;

interface Region {
  /** Start of each piece within the region; the first is 0. */
  readonly starts: number[];
  readonly values: number[];
  readonly shifts: number[];
}

export class IntervalMap {
  /** Of the piece that `find` found. */
  pieceEnd = 0;
  value = ZERO;
  shift = 0;
  private readonly regions = new Map<number, Region>();

  constructor(
    /** What the file held at first, up to `baseEnd`; zero behind. */
    private readonly baseValue = ZERO,
    private baseEnd = 0,
  ) {}

  /** Leaves the piece that holds `offset` in `pieceEnd`, `value` and `shift`. */
  find(offset: number): void {
    const index = Math.floor(offset / REGION_BYTES);
    const first = index * REGION_BYTES;
    const region = this.regions.get(index);
    if (region === undefined) {
      this.shift = 0;
      if (offset < this.baseEnd) {
        this.value = this.baseValue;
        this.pieceEnd = Math.min(this.baseEnd, first + REGION_BYTES);
      } else {
        this.value = ZERO;
        this.pieceEnd = first + REGION_BYTES;
      }
      return;
    }
    const at = pieceAt(region, offset - first);
    this.value = region.values[at]!;
    this.shift = region.shifts[at]!;
    this.pieceEnd = first + (region.starts[at + 1] ?? REGION_BYTES);
  }

  /** Gives [from, to) a value. */
  set(from: number, to: number, value: number, shift = 0): void {
    let at = from;
    while (at < to) {
      const index = Math.floor(at / REGION_BYTES);
      const first = index * REGION_BYTES;
      const end = Math.min(to, first + REGION_BYTES);
      if (at === first && end === first + REGION_BYTES) {
        this.regions.set(index, { starts: [0], values: [value], shifts: [shift] });
      } else {
        setPiece(this.regionAt(index), at - first, end - first, value, shift);
      }
      at = end;
    }
  }

  /** Everything from `size` on is zero. */
  truncate(size: number): void {
    const boundary = Math.ceil(size / REGION_BYTES);
    for (const index of this.regions.keys()) {
      if (index >= boundary) this.regions.delete(index);
    }
    const first = (boundary - 1) * REGION_BYTES;
    const region = size % REGION_BYTES === 0 ? undefined : this.regions.get(boundary - 1);
    if (region !== undefined) setPiece(region, size - first, REGION_BYTES, ZERO, 0);
    this.baseEnd = Math.min(this.baseEnd, size);
  }

  /** Zeroes [from, to); `to` may be infinite. */
  clear(from: number, to: number): void {
    if (to === Infinity) {
      this.truncate(from);
      return;
    }
    this.set(from, to, ZERO);
  }

  /** End of the last piece that was ever set, for walks. */
  get end(): number {
    let last = this.baseEnd;
    for (const index of this.regions.keys()) last = Math.max(last, (index + 1) * REGION_BYTES);
    return last;
  }

  /** Number of pieces, for memory accounts and tests. */
  get pieces(): number {
    let count = 0;
    for (const region of this.regions.values()) count += region.starts.length;
    return count;
  }

  /** A map of its own with the same content. */
  copy(): IntervalMap {
    const copy = new IntervalMap(this.baseValue, this.baseEnd);
    for (const [index, { starts, values, shifts }] of this.regions) {
      copy.regions.set(index, {
        starts: starts.slice(),
        values: values.slice(),
        shifts: shifts.slice(),
      });
    }
    return copy;
  }

  private regionAt(index: number): Region {
    const known = this.regions.get(index);
    if (known !== undefined) return known;
    const region: Region = { starts: [0], values: [ZERO], shifts: [0] };
    const filled = Math.min(REGION_BYTES, this.baseEnd - index * REGION_BYTES);
    if (filled > 0) setPiece(region, 0, filled, this.baseValue, 0);
    this.regions.set(index, region);
    return region;
  }
}

/** Index of the piece that holds `offset` within its region. */
function pieceAt({ starts }: Region, offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function setPiece(region: Region, from: number, to: number, value: number, shift: number): void {
  const { starts, values, shifts } = region;
  const first = pieceAt(region, from);
  const last = pieceAt(region, to - 1);
  if (first === last && starts[first] === from && (starts[first + 1] ?? REGION_BYTES) === to) {
    values[first] = value;
    shifts[first] = shift;
    return;
  }
  const pieces: [number, number, number][] = [];
  if (starts[first]! < from) pieces.push([starts[first]!, values[first]!, shifts[first]!]);
  pieces.push([from, value, shift]);
  if (to < (starts[last + 1] ?? REGION_BYTES)) pieces.push([to, values[last]!, shifts[last]!]);
  const removed = last - first + 1;
  starts.splice(first, removed, ...pieces.map((piece) => piece[0]));
  values.splice(first, removed, ...pieces.map((piece) => piece[1]));
  shifts.splice(first, removed, ...pieces.map((piece) => piece[2]));
}
