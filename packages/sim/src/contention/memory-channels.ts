/**
 * What memory moves when many want it at once: a channel serves one request after the other.
 *
 * The memory is on socket 0. Who is on another one reaches it over a link, and moves take longer by
 * a factor. While some of what crosses the link are stores, all of it together goes no faster than
 * the link's mixed rate: on persistent memory each kind of access undoes what the directory in the
 * memory knew for the other.
 *
 *     near:  channel ─▶ move            far:  channel ─▶ link, if mixed ─▶ move × factor
 */
import { ScriptOp } from './script.js';
import { socketOf } from './costs.js';
import type { Topology } from './costs.js';

/** A channel: bytes that it moves per tick. */
export interface MemoryChannel {
  readonly bytesPerTick: number;
}

/** What memory costs from other sockets. */
export interface RemoteMemory {
  /** By channel: how much longer a move takes. */
  readonly times: readonly number[];
  /** By channel: whether it stores. */
  readonly stores: readonly boolean[];
  /** Of loads and stores together. */
  readonly mixedBytesPerTick: number;
}

/** So many far loads without a far store between them are loads only. */
const LOADS_ONLY = 64;

export class MemoryChannels {
  private readonly freeAt: Float64Array;
  private readonly isFar: readonly boolean[];
  private linkFreeAt = 0;
  private loadsSinceStore = LOADS_ONLY;

  constructor(
    private readonly channels: readonly MemoryChannel[],
    topology: Topology,
    private readonly remote: RemoteMemory | null,
  ) {
    this.freeAt = new Float64Array(channels.length);
    this.isFar = Array.from({ length: topology.cpus }, (_, cpu) => {
      return remote !== null && socketOf(topology, cpu) !== 0;
    });
  }

  /**
   * `Memory`: when a move of so many bytes that asks at `at` may begin; others are before it as
   * long as the channel is busy with their bytes. `Move`: when it has ended that takes so many
   * ticks near.
   */
  pass(op: number, channel: number, amount: number, cpu: number, at: number): number {
    const isFar = this.isFar[cpu];
    if (op === ScriptOp.Move) return at + amount * (isFar ? this.times(channel) : 1);
    const start = Math.max(at, this.freeAt[channel]);
    this.freeAt[channel] = start + amount / this.channels[channel].bytesPerTick;
    return isFar ? this.cross(channel, amount, start) : start;
  }

  private times(channel: number): number {
    return this.remote?.times[channel] ?? 1;
  }

  private cross(channel: number, bytes: number, at: number): number {
    const { remote } = this;
    if (remote === null) return at;
    this.loadsSinceStore = remote.stores[channel] ? 0 : this.loadsSinceStore + 1;
    if (this.loadsSinceStore > LOADS_ONLY) return at;
    const start = Math.max(at, this.linkFreeAt);
    this.linkFreeAt = start + bytes / remote.mixedBytesPerTick;
    return start;
  }
}
