/** What memory moves when many want it at once: a channel serves one request after the other. */

/** A channel: bytes that it moves per tick. */
export interface MemoryChannel {
  readonly bytesPerTick: number;
}

export class MemoryChannels {
  private readonly freeAt: Float64Array;

  constructor(private readonly channels: readonly MemoryChannel[]) {
    this.freeAt = new Float64Array(channels.length);
  }

  /**
   * When a move that asks at `at` may begin: others are before it as long as the channel is busy
   * with their bytes. What the move takes by itself is the script's own work.
   */
  enter(channel: number, bytes: number, at: number): number {
    const start = Math.max(at, this.freeAt[channel]);
    this.freeAt[channel] = start + bytes / this.channels[channel].bytesPerTick;
    return start;
  }
}
