/** The figures of the cores' side, in ticks. */
import type { ClockDomain } from '@daxsim/sim';
import type { MachineConfig } from '../config.js';
import { cycleTicks, spanTicks } from '../figure.js';

export interface FrontEndTicks {
  /** By `Found`: L1, L2, LLC, another core. */
  readonly hit: Float64Array;
  readonly store: number;
  readonly ntStore: number;
  readonly clwb: number;
  readonly clflushopt: number;
  readonly sfence: number;
  readonly mfence: number;
  readonly toController: number;
  readonly fromController: number;
  readonly ntDrain: number;
}

export function frontEndTicks(cpu: MachineConfig['cpu'], clock: ClockDomain): FrontEndTicks {
  const { caches } = cpu;
  const hit = new Float64Array(4);
  if (caches !== null) {
    hit[0] = cycleTicks(caches.l1.hitCycles, clock);
    hit[1] = cycleTicks(caches.l2.hitCycles, clock);
    hit[2] = cycleTicks(caches.llc.hitCycles, clock);
    hit[3] = spanTicks(caches.transferNs);
  }
  return {
    hit,
    store: cycleTicks(cpu.storeCycles, clock),
    ntStore: cycleTicks(cpu.ntStoreCycles, clock),
    clwb: cycleTicks(cpu.clwbCycles, clock),
    clflushopt: cycleTicks(cpu.clflushoptCycles, clock),
    sfence: cycleTicks(cpu.sfenceCycles, clock),
    mfence: cycleTicks(cpu.mfenceCycles, clock),
    toController: spanTicks(cpu.toControllerNs),
    fromController: spanTicks(cpu.fromControllerNs),
    ntDrain: spanTicks(cpu.ntDrainNs),
  };
}
