/**
 * The parts of an address space that map files in scope, by address.
 *
 *   addresses   ───[ region A ]────[ B, first piece ]··hole··[ B, second piece ]───
 *
 * Unmapping cuts; the pieces keep their mapping's id and know how far into the mapping they begin,
 * so that "msync of these addresses" can be said as (mapping, offset, length). Regions are
 * disjoint and sorted; a program that maps thousands of files costs a binary search and a splice.
 */

export const pageBytes = 4096;

export interface Region {
  start: number;
  end: number;
  /** Mapping id of the records. */
  mapping: number;
  /** Address at which byte 0 of the mapping would be. */
  base: number;
  /** What it maps, so that a fork can tell the copy. */
  readonly source: MappedFile;
}

export interface MappedFile {
  readonly handle: number;
  readonly path: number;
  readonly fileOffset: number;
  readonly flags: number;
}

/** Part of a mapping. */
export interface Piece {
  readonly mapping: number;
  readonly offset: number;
  readonly length: number;
}

export class AddressSpace {
  /** Tasks that share it. */
  users = 1;
  private regions: Region[] = [];

  get all(): readonly Region[] {
    return this.regions;
  }

  /** The pieces that [start, end) touches, by address. */
  pieces(start: number, end: number): Piece[] {
    const pieces: Piece[] = [];
    for (let i = this.firstEndingAfter(start); i < this.regions.length; i += 1) {
      const region = this.regions[i] as Region;
      if (region.start >= end) break;
      const from = Math.max(region.start, start);
      const length = Math.min(region.end, end) - from;
      pieces.push({ mapping: region.mapping, offset: from - region.base, length });
    }
    return pieces;
  }

  /** The region that holds `address`. */
  at(address: number): Region | undefined {
    const region = this.regions[this.firstEndingAfter(address)];
    return region !== undefined && region.start <= address ? region : undefined;
  }

  /** Adds a region where nothing is mapped. */
  add(region: Region): void {
    this.regions.splice(this.firstEndingAfter(region.start), 0, region);
  }

  /** Unmaps [start, end), cutting regions that reach beyond it. */
  remove(start: number, end: number): void {
    const first = this.firstEndingAfter(start);
    const kept: Region[] = [];
    let last = first;
    for (; last < this.regions.length; last += 1) {
      const region = this.regions[last] as Region;
      if (region.start >= end) break;
      if (region.start < start) kept.push({ ...region, end: start });
      if (region.end > end) kept.push({ ...region, start: end });
    }
    if (last > first) this.regions.splice(first, last - first, ...kept);
  }

  private firstEndingAfter(address: number): number {
    let low = 0;
    let high = this.regions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.regions[middle] as Region).end <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
