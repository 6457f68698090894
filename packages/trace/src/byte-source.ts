/**
 * The bytes of a trace file, in order, unpacked if they are packed.
 *
 *   file ─▶ [gzip, found by its magic bytes] ─▶ peek (detection looks, nothing is lost) ─▶ read
 *
 * `read` fills the caller's buffer; nothing is read that was not asked for. A packed file is fed
 * to the inflater 16 KiB at a time, so what is unpacked ahead is bounded by what such a piece can
 * unpack to. A packed file that ends early or is damaged is not an error here: its bytes up to
 * there are good, and `partial` says why there are no more. (Of the piece that holds the damage
 * nothing is kept, because zlib gives nothing of it.)
 */
import { open, type FileHandle } from 'node:fs/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import { TraceError } from '@daxsim/sim';

export interface ByteSource {
  /** Writes at least one byte into `into` from `at` on, or returns 0: the end. */
  read(into: Uint8Array, at: number): Promise<number>;
  close(): Promise<void>;
  readonly partial: string | undefined;
  /** Bytes taken from the disk so far. */
  readonly bytesRead: number;
  readonly bytesTotal: number;
}

const packedPieceBytes = 16 * 1024;

/** A source that can be looked at before it is read. */
export class PeekedSource implements ByteSource {
  private peeked = new Uint8Array(0);
  private peekedAt = 0;

  constructor(private readonly source: ByteSource) {}

  /** The first `bytes` bytes, or all there are. To be called before the first `read`. */
  async peek(bytes: number): Promise<Uint8Array> {
    const buffer = new Uint8Array(bytes);
    let have = 0;
    while (have < bytes) {
      const got = await this.source.read(buffer, have);
      if (got === 0) break;
      have += got;
    }
    this.peeked = buffer.subarray(0, have);
    return this.peeked;
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    const left = this.peeked.length - this.peekedAt;
    if (left === 0) return this.source.read(into, at);
    const count = Math.min(left, into.length - at);
    into.set(this.peeked.subarray(this.peekedAt, this.peekedAt + count), at);
    this.peekedAt += count;
    return count;
  }

  close(): Promise<void> {
    return this.source.close();
  }
  get partial(): string | undefined {
    return this.source.partial;
  }
  get bytesRead(): number {
    return this.source.bytesRead;
  }
  get bytesTotal(): number {
    return this.source.bytesTotal;
  }
}

class PlainSource implements ByteSource {
  readonly partial = undefined;
  bytesRead = 0;

  constructor(
    private readonly file: FileHandle,
    readonly bytesTotal: number,
  ) {}

  async read(into: Uint8Array, at: number): Promise<number> {
    const { bytesRead } = await this.file.read(into, at, into.length - at, null);
    this.bytesRead += bytesRead;
    return bytesRead;
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

class GzipSource implements ByteSource {
  partial: string | undefined = undefined;
  private readonly packed: PlainSource;
  private readonly inflater: Gunzip = createGunzip();
  private readonly piece = new Uint8Array(packedPieceBytes);
  private readonly ready: Uint8Array[] = [];
  private readyAt = 0;
  private isDone = false;
  private unpackedBytes = 0;
  private wake: () => void = () => undefined;

  constructor(file: FileHandle, bytesTotal: number) {
    this.packed = new PlainSource(file, bytesTotal);
    this.inflater.on('data', (chunk: Uint8Array) => {
      this.ready.push(chunk);
      this.unpackedBytes += chunk.length;
    });
    this.inflater.on('error', (error: NodeJS.ErrnoException) => {
      const isShort = error.code === 'Z_BUF_ERROR';
      const what = isShort ? 'gzip data end too early' : `gzip data are damaged (${error.message})`;
      this.partial = `${what}, after ${this.unpackedBytes} unpacked bytes`;
      this.isDone = true;
      this.wake();
    });
    this.inflater.on('end', () => {
      this.isDone = true;
      this.wake();
    });
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    while (this.ready.length === 0 && !this.isDone) await this.inflateMore();
    const chunk = this.ready[0];
    if (chunk === undefined) return 0;
    const count = Math.min(chunk.length - this.readyAt, into.length - at);
    into.set(chunk.subarray(this.readyAt, this.readyAt + count), at);
    this.readyAt += count;
    if (this.readyAt === chunk.length) {
      this.ready.shift();
      this.readyAt = 0;
    }
    return count;
  }

  private async inflateMore(): Promise<void> {
    const count = await this.packed.read(this.piece, 0);
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (count === 0) this.inflater.end();
      else this.inflater.write(this.piece.slice(0, count), () => resolve());
    });
  }

  async close(): Promise<void> {
    this.inflater.destroy();
    await this.packed.close();
  }
  get bytesRead(): number {
    return this.packed.bytesRead;
  }
  get bytesTotal(): number {
    return this.packed.bytesTotal;
  }
}

/** Opens a file, unpacking it if it begins with gzip's magic. TraceError if it cannot be opened. */
export async function openBytes(path: string): Promise<PeekedSource> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const stat = await file.stat();
    if (stat.isDirectory())
      throw new TraceError({ where: path, found: 'a directory, not a trace' });
    const magic = new Uint8Array(2);
    const { bytesRead } = await file.read(magic, 0, 2, 0);
    const isGzip = bytesRead === 2 && magic[0] === 0x1f && magic[1] === 0x8b;
    return new PeekedSource(
      isGzip ? new GzipSource(file, stat.size) : new PlainSource(file, stat.size),
    );
  } catch (error) {
    await file?.close();
    if (error instanceof TraceError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const found = code === 'ENOENT' ? 'no such file' : `cannot be opened (${code})`;
    throw new TraceError({ where: path, found });
  }
}
