/** What the cores' side asks of the caches, whichever they are: `Caches` or `CoherentCaches`. */
export interface CacheTags {
  /** After `use`: the dirty line that fell out to memory, or −1. */
  readonly writtenBack: number;
  /** A load or store of `core`; answers a `Found`. */
  use(core: number, line: number, writes: boolean): number;
  /** Makes the line clean wherever it is, or drops it everywhere; true if it was dirty. */
  flush(line: number, drops: boolean): boolean;
}
