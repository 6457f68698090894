/**
 * Where on one flat device the accesses of a memory trace lie.
 *
 *   file a  [chunk 0][chunk 1]      device  [a 0][a 1][b 0][a 2] …      chunks of 2 MiB
 *   file b  [chunk 0]
 *
 * Chunks are given out in order, a mapping's all at once when it is made and others at their first
 * access; so the first file mapped lies at its own offsets, and each file is contiguous by 2 MiB as
 * a DAX file system likes it. Accesses outside of files lie at their addresses.
 */
import { NONE, type TraceRecord } from '../record.js';

const chunkBytes = 2 * 1024 * 1024;
/** Keeps the chunks of different files apart: 2^32 of them are more than any file has. */
const chunksPerFile = 2 ** 32;

export class DevicePlaces {
  private readonly placeOf = new Map<number, number>();
  private lastKey = NONE;
  private lastPlace = 0;

  /** Bytes of the device that files take so far. */
  get bytes(): number {
    return this.placeOf.size * chunkBytes;
  }

  /** An Mmap: gives its part of the file places. */
  addMapping({ path, offset, length }: TraceRecord): void {
    const last = Math.floor((offset + Math.max(1, length) - 1) / chunkBytes);
    for (let chunk = Math.floor(Math.max(0, offset) / chunkBytes); chunk <= last; chunk += 1) {
      this.chunkAt(path * chunksPerFile + chunk);
    }
  }

  /** Device offset of byte `ahead` of a memory record. */
  at(record: TraceRecord, ahead: number): number {
    if (record.mapping === NONE) return record.address + ahead;
    const offset = record.fileOffset + ahead;
    const chunk = Math.floor(offset / chunkBytes);
    const key = record.path * chunksPerFile + chunk;
    if (key !== this.lastKey) {
      this.lastPlace = this.chunkAt(key);
      this.lastKey = key;
    }
    return this.lastPlace + (offset - chunk * chunkBytes);
  }

  private chunkAt(key: number): number {
    let place = this.placeOf.get(key);
    if (place === undefined) {
      place = this.placeOf.size * chunkBytes;
      this.placeOf.set(key, place);
    }
    return place;
  }
}
