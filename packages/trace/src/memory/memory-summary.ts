/**
 * What a memory trace holds, in its own terms, counted while its records pass. Each family of tools
 * has its own way to count; what a parser can count better (lines that become no record) it keeps
 * as a tally.
 *
 *   records   tallies of the parser, by the word at the start of a line
 *   epochs    of pmemcheck: fences with a store since the fence before
 */
import { OpKind } from '../op-kind.js';
import type { TraceReader } from '../reader.js';
import { NONE, type TraceRecord } from '../record.js';
import { LineSet } from './line-set.js';

type Counts = Record<string, number>;

/** Whether records of this kind belong here. */
export function isMemoryKind(kind: OpKind): boolean {
  return kind >= OpKind.Load && kind <= OpKind.Fence;
}

export class MemorySummary {
  private readonly inMapping: Counts = {};
  private readonly inMappingBytes: Counts = {};
  private readonly bytes: Counts = {};
  private readonly operations: Counts = {};
  private readonly storeSizes: Counts = {};
  private readonly mappings: { bytes: number; file: string }[] = [];
  private readonly files = new Set<number>();
  private readonly touched = new LineSet();
  private readonly names: string[] = [];
  private maxEnd = 0;
  private maxAddress = 0;
  private outside = 0;
  private outsideStores = 0;
  private bytesStored = 0;
  private bytesFlushed = 0;
  private epochStores = 0;
  private nonEmptyEpochs = 0;

  constructor(private readonly reader: TraceReader) {}

  /** An Mmap: the recording's own, or a file registered. */
  addMapping(record: TraceRecord): void {
    this.files.add(record.path);
    this.mappings.push({ bytes: record.length, file: this.reader.names.text(record.path) });
  }

  /** A Load, Store, Modify, FlushRange or Fence. */
  add(record: TraceRecord): void {
    const { kind, length, path, mapping } = record;
    if (kind === OpKind.Fence) {
      if (this.epochStores > 0) this.nonEmptyEpochs += 1;
      this.epochStores = 0;
      return;
    }
    if (kind === OpKind.FlushRange) {
      this.bytesFlushed += length;
      return;
    }
    const name = this.nameOf(record.call);
    count(this.operations, name, 1);
    count(this.bytes, name, length);
    if (record.address > this.maxAddress) this.maxAddress = record.address;
    if (kind !== OpKind.Load) this.stored(record);
    if (mapping === NONE) {
      this.outside += 1;
      if (path === NONE && isWholeMemory(this.reader.origin)) {
        this.touched.add(NONE, record.address, length);
      }
      return;
    }
    count(this.inMapping, name, 1);
    count(this.inMappingBytes, name, length);
    this.touched.add(path, record.fileOffset, length);
    const end = record.fileOffset + length;
    if (end > this.maxEnd) this.maxEnd = end;
  }

  private stored({ length, mapping }: TraceRecord): void {
    this.bytesStored += length;
    this.epochStores += 1;
    count(this.storeSizes, String(length), 1);
    if (mapping === NONE) this.outsideStores += 1;
  }

  private nameOf(call: number): string {
    return (this.names[call] ??= this.reader.calls.text(call));
  }

  /** The counts, with the keys of the trace's own format. */
  asRecorded(): Record<string, unknown> {
    switch (this.reader.origin) {
      case 'valgrind-lackey':
        return this.lackeyTerms();
      case 'pmemcheck-store-log':
        return this.pmemcheckTerms();
      case 'mmiotrace':
        return this.mmiotraceTerms();
      default:
        return {
          ops: this.operations,
          distinctLines: this.touched.lines,
          maxAddress: this.maxAddress,
        };
    }
  }

  private lackeyTerms(): Record<string, unknown> {
    return {
      records: this.tallied('records.'),
      inMapping: this.inMapping,
      inMappingBytes: this.inMappingBytes,
      distinctCacheLines: this.touched.lines,
      maxFileEnd: this.maxEnd,
      mappings: this.mappings,
      syscalls: this.tallied('syscalls.'),
    };
  }

  private pmemcheckTerms(): Record<string, unknown> {
    return {
      records: this.tallied('records.'),
      bytesStored: this.bytesStored,
      bytesFlushed: this.bytesFlushed,
      storeSizes: this.storeSizes,
      nonEmptyEpochs: this.nonEmptyEpochs,
      files: this.files.size,
      maxFileEnd: this.maxEnd,
      distinctPages: this.touched.pages,
      distinctCacheLines: this.touched.lines,
      storesOutsideRegisteredFiles: this.outsideStores,
      unflushedTail: this.epochStores,
    };
  }

  private mmiotraceTerms(): Record<string, unknown> {
    const maps: Record<string, { phys: string; len: number }> = {};
    for (const [key, value] of this.reader.tallies) {
      const id = /^maps\.(\d+)\.phys$/.exec(key)?.[1];
      if (id === undefined) continue;
      const len = this.reader.tallies.get(`maps.${id}.len`) ?? 0;
      maps[id] = { phys: `0x${value.toString(16)}`, len };
    }
    return {
      records: this.tallied('records.'),
      bytes: this.bytes,
      maps,
      lastS: (this.reader.tallies.get('lastNs') ?? 0) / 1e9,
      outsideMap: this.outside,
    };
  }

  private tallied(prefix: string): Counts {
    const found: Counts = {};
    for (const [key, amount] of this.reader.tallies) {
      if (key.startsWith(prefix)) found[key.slice(prefix.length)] = amount;
    }
    return found;
  }
}

/** Formats that tell addresses and no files. */
function isWholeMemory(origin: string): boolean {
  return origin !== 'pmemcheck-store-log' && origin !== 'valgrind-lackey';
}

function count(counts: Counts, key: string, amount: number): void {
  counts[key] = (counts[key] ?? 0) + amount;
}
