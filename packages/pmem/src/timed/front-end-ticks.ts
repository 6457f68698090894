/** The figures of the cores' side, in ticks, and how many stores a store buffer holds. */
import type { ClockDomain } from '@daxsim/sim';
import type { MachineConfig } from '../config.js';
import { cycleTicks, spanTicks } from '../figure.js';

export interface FrontEndTicks {
  /** By `Found`; in memory: for a store that needs no data. */
  readonly hit: Float64Array;
  /** What owning a line in memory costs a core of another socket. */
  readonly ownFar: number;
  /** By `Found`: of an atomic; in memory: nothing, as it has to be read. */
  readonly locked: Float64Array;
  /** A locked instruction alone. */
  readonly atomic: number;
  readonly store: number;
  readonly ntStore: number;
  readonly clwb: number;
  readonly clflushopt: number;
  readonly sfence: number;
  readonly mfence: number;
  readonly toController: number;
  readonly fromController: number;
  readonly ntDrain: number;
  readonly flushWrite: number;
  readonly ntAck: number;
  /** What each 8 bytes of an uncached store take before the next may go; 0: not uncached. */
  readonly uncachedPiece: number;
  /** Entries of a core's store buffer; 0: none. */
  readonly storeEntries: number;
  /** Fill buffers that may be open for the rest of a line; 0: none. */
  readonly wcBuffers: number;
  /** What a load takes that a store buffer answers. */
  readonly forward: number;
}

export function frontEndTicks(config: MachineConfig, clock: ClockDomain): FrontEndTicks {
  const { cpu, otherSocket } = config;
  const { caches } = cpu;
  const hit = new Float64Array(8);
  hit[4] = spanTicks(cpu.ownNs);
  if (caches !== null) {
    hit[0] = cycleTicks(caches.l1.hitCycles, clock);
    hit[1] = cycleTicks(caches.l2.hitCycles, clock);
    hit[2] = cycleTicks(caches.llc.hitCycles, clock);
    hit[3] = spanTicks(caches.transferNs);
    if (caches.coherence !== undefined) {
      hit[5] = spanTicks(caches.coherence.forwardNs);
      hit[6] = spanTicks(caches.coherence.upgradeNs);
      hit[7] = spanTicks(caches.coherence.otherSocketNs);
    }
  }
  const atomic = cycleTicks(cpu.atomicCycles ?? cpu.mfenceCycles, clock);
  return {
    hit,
    // Who owns a line is asked of its home.
    ownFar: hit[4] + (otherSocket === undefined ? 0 : 2 * spanTicks(otherSocket.hopNs)),
    locked: lockedTicks(hit, atomic),
    atomic,
    store: cycleTicks(cpu.storeCycles, clock),
    ntStore: cycleTicks(cpu.ntStoreCycles, clock),
    clwb: cycleTicks(cpu.clwbCycles, clock),
    clflushopt: cycleTicks(cpu.clflushoptCycles, clock),
    sfence: cycleTicks(cpu.sfenceCycles, clock),
    mfence: cycleTicks(cpu.mfenceCycles, clock),
    toController: spanTicks(cpu.toControllerNs),
    fromController: spanTicks(cpu.fromControllerNs),
    // With caches, that no core holds the line is asked of the shared one.
    ntDrain: spanTicks(cpu.ntDrainNs) + (caches === null ? 0 : spanTicks(cpu.lookupNs)),
    flushWrite: spanTicks(cpu.flushWriteNs),
    ntAck: spanTicks(cpu.ntAckNs),
    uncachedPiece:
      cpu.mapping?.value === 'uc'
        ? spanTicks(cpu.toControllerNs) + spanTicks(cpu.fromControllerNs)
        : 0,
    wcBuffers: cpu.wcBuffers?.value ?? 0,
    storeEntries: cpu.storeBuffer?.entries.value ?? 0,
    forward: cpu.storeBuffer === undefined ? 0 : cycleTicks(cpu.storeBuffer.forwardCycles, clock),
  };
}

/** What is beyond the L1 and here costs more by as much; what is elsewhere, what its line costs. */
function lockedTicks(hit: Float64Array, atomic: number): Float64Array {
  return hit.map((ticks, found) => Math.max(atomic, found <= 2 ? atomic + ticks - hit[0] : ticks));
}
