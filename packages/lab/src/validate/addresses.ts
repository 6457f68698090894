/**
 * Where the accesses of one thread lie.
 *
 *   sequential   0 1 2 3 …, again from the start at the end of the region
 *   hotspot      the same: a small region written over and over
 *   random       any aligned place, each as likely
 *   chase        one random cycle through all places, the same on every pass
 *   probe        the first half of every 256 bytes of the region, then every second half
 *
 * Offsets are within the thread's region. That of a chase starts in the middle of a chunk of the
 * interleave set: published chases of 4 KiB on six modules are faster than one module accepts
 * lines, so they lie on two. A thread that stays on some DIMMs of an interleave set has its region
 * made of chunks of these alone.
 */
import { Prng } from '@daxsim/sim';
import type { RunConfig } from './config.js';

/** How an interleave set spreads addresses. */
export interface Interleave {
  readonly channels: number;
  readonly chunkBytes: number;
}

const XPLINE_BYTES = 256;

export class AddressStream {
  private readonly prng: Prng;
  private readonly places: number;
  private readonly cycle: Int32Array | null;
  private next = 0;

  constructor(
    private readonly run: RunConfig,
    private readonly thread: number,
    private readonly interleave: Interleave,
    seed: number,
  ) {
    this.prng = new Prng(seed, thread);
    this.places = Math.max(1, Math.floor(run.region_bytes / run.access_bytes));
    this.cycle = run.pattern === 'chase' ? randomCycle(this.places, this.prng) : null;
    // Threads are not in step, nor the wear of modules: each starts somewhere in its region.
    const isInOrder = run.pattern === 'sequential' || run.pattern === 'hotspot';
    if (isInOrder) this.next = this.prng.below(this.places);
  }

  /** Byte address of the next access. */
  take(): number {
    const { run } = this;
    let place = this.next;
    this.next = place + 1 === this.places ? 0 : place + 1;
    if (run.pattern === 'random') place = this.prng.below(this.places);
    else if (this.cycle !== null) place = this.cycle[place] ?? 0;
    else if (run.pattern === 'xpbuffer-probe') place = this.probe(place);
    return this.placed(place * run.access_bytes);
  }

  /** Whether the next access starts a new pass. */
  get isAtStart(): boolean {
    return this.next === 0;
  }

  private probe(place: number): number {
    const perHalf = XPLINE_BYTES / 2 / this.run.access_bytes;
    const half = place < this.places / 2 ? 0 : 1;
    const inHalf = place - half * (this.places / 2);
    const xpline = Math.floor(inHalf / perHalf);
    return xpline * perHalf * 2 + half * perHalf + (inHalf % perHalf);
  }

  /** From the thread's own offset to an address of the device. */
  private placed(offset: number): number {
    const { run, thread } = this;
    const { channels, chunkBytes } = this.interleave;
    const dimms = run.dimms_per_thread;
    if (dimms === undefined || dimms >= channels) {
      const start = run.pattern === 'chase' ? chunkBytes / 2 : 0;
      return start + offset + (run.thread_regions === 'private' ? thread * regionSpan(run) : 0);
    }
    const chunk = Math.floor(offset / chunkBytes);
    const stripe = Math.floor(chunk / dimms);
    const first = thread * dimms;
    const dimm = (first + (chunk % dimms)) % channels;
    const base = run.thread_regions === 'private' ? thread * regionSpan(run) * channels : 0;
    return base + (stripe * channels + dimm) * chunkBytes + (offset % chunkBytes);
  }
}

/** Bytes of the device that one region takes up; whole 4 KiB blocks. */
export function regionSpan(run: RunConfig): number {
  return Math.ceil(run.region_bytes / 4096) * 4096;
}

/** Bytes that the device of a run must have. */
export function deviceSpan(run: RunConfig, interleave: Interleave): number {
  const regions = run.thread_regions === 'private' ? run.threads : 1;
  const isSpread = run.dimms_per_thread !== undefined && run.dimms_per_thread < interleave.channels;
  const stretch = isSpread ? interleave.channels : 1;
  return regions * regionSpan(run) * stretch + interleave.channels * interleave.chunkBytes;
}

/** The order of one random cycle through 0 … count − 1 that starts at 0. */
function randomCycle(count: number, prng: Prng): Int32Array {
  const order = new Int32Array(count);
  for (let i = 0; i < count; i += 1) order[i] = i;
  for (let i = count - 1; i > 1; i -= 1) {
    const j = 1 + prng.below(i);
    const kept = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = kept;
  }
  return order;
}
