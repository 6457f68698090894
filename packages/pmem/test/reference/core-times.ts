/** Reference: what things take at a core, in ticks. */
import { ClockDomain } from '@daxsim/sim';
import type { MachineConfig } from '../../src/config.js';
import type { Place } from './coherence-model.js';
import { priceOf } from './journey-model.js';
import { piecesOf } from './posted.js';
import { isUncached } from './uncached-model.js';

export class CoreTimes {
  readonly clock: ClockDomain;

  constructor(private readonly config: MachineConfig) {
    this.clock = new ClockDomain('reference', config.cpu.coreMhz.value * 1e6);
  }

  /** From leaving the core to the way to the controller, and from there to the free buffer. */
  ntTimes(isNt: boolean): { drain: number; ack: number } {
    const { cpu } = this.config;
    if (!isNt) return { drain: 0, ack: 0 };
    const lookup = cpu.caches === null ? 0 : this.ns(cpu.lookupNs);
    return { drain: this.ns(cpu.ntDrainNs) + lookup, ack: this.ns(cpu.ntAckNs) };
  }

  /** In how many pieces a store past the caches leaves, how late the last, and its way back. */
  stored(isNt: boolean, from: number, to: number) {
    if (!isUncached(this.config) || isNt) {
      return { pieces: piecesOf(from, to), ...this.ntTimes(isNt) };
    }
    const pieces = to - from === 64 ? 8 : piecesOf(from, to);
    const { toControllerNs, fromControllerNs } = this.config.cpu;
    const trip = this.ns(toControllerNs) + this.ns(fromControllerNs);
    return { pieces, drain: (pieces - 1) * trip, ack: 0 };
  }

  forwardTicks(): number {
    const { storeBuffer } = this.config.cpu;
    return storeBuffer === undefined ? 0 : this.cycles(storeBuffer.forwardCycles);
  }

  /** The socket of a core; the memory's is 0. */
  socket(core: number): number {
    const { otherSocket: far } = this.config;
    return far?.isUsed.value === true && core >= (far.coresHere?.value ?? 0) ? 1 : 0;
  }

  ownTicks(core: number): number {
    const { cpu, otherSocket: far } = this.config;
    const ways = far === undefined ? 0 : 2 * this.socket(core) * this.ns(far.hopNs);
    return this.ns(cpu.ownNs) + ways;
  }

  hitTicks(place: Place): number {
    const { caches } = this.config.cpu;
    if (caches === null || place === 'memory') throw new Error('reference: hit without a cache');
    const price = priceOf(place, caches);
    return 'ns' in price ? this.ns({ value: price.ns }) : this.cycles({ value: price.cycles });
  }

  ns(figure: { readonly value: number }): number {
    return Math.round(figure.value * 1000);
  }

  cycles(figure: { readonly value: number }): number {
    return figure.value * this.clock.periodTicks;
  }
}
