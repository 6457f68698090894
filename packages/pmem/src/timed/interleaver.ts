/** Spreads the device's lines over the channels in chunks of consecutive lines. */
export class Interleaver {
  constructor(
    readonly channels: number,
    private readonly chunkLines: number,
  ) {}

  /** The channel that holds `line`. */
  channelOf(line: number): number {
    if (this.channels === 1) return 0;
    return Math.floor(line / this.chunkLines) % this.channels;
  }

  /** The line's index on its channel. */
  localLine(line: number): number {
    if (this.channels === 1) return line;
    const chunk = Math.floor(line / this.chunkLines);
    return Math.floor(chunk / this.channels) * this.chunkLines + (line % this.chunkLines);
  }
}
