/**
 * Writes stores, flushes and fences as pmemcheck logs them, for pmreorder.
 *
 *   ==0== START|REGISTER_FILE;PATH;BASE;SIZE;OFFSET|STORE;ADDR;VALUE;SIZE|FLUSH;ADDR;SIZE|FENCE
 *   ==0== |STOP
 *
 * A mapping becomes a registered file at the address where it was recorded, so that addresses stay.
 * Values that the recording does not tell are written as 0; an access of more than eight bytes
 * becomes several. Loads and system calls have no place in such a log.
 */
import type { ByteSink } from '../container/writer.js';
import { OpKind } from '../op-kind.js';
import type { TraceReader } from '../reader.js';
import { NONE, type TraceRecord } from '../record.js';
import type { AccessReport } from './access-writer.js';

const flushChars = 256 * 1024;
const largestStore = 8;

class StoreLog {
  text = '==0== START';
  records = 0;
  readonly lost = new Map<string, number>();

  constructor(private readonly reader: TraceReader) {}

  add(record: TraceRecord): void {
    const reason = this.write(record);
    if (reason === '') this.records += 1;
    else if (record.inScope && !record.isImplied) {
      this.lost.set(reason, (this.lost.get(reason) ?? 0) + 1);
    }
  }

  /** Empty if the record is in the log; else why not. */
  private write(record: TraceRecord): string {
    const { kind, length, errno, offset, path } = record;
    const address = `0x${record.address.toString(16)}`;
    if (kind === OpKind.Mark) this.text += `|${this.reader.calls.text(record.call)}`;
    else if (kind === OpKind.Fence) this.text += '|FENCE';
    else if (kind === OpKind.Mmap) {
      if (record.address === NONE || errno !== 0) return 'mappings without an address';
      const name = this.reader.names.text(path);
      const numbers = [record.address, length, offset].map((value) => `0x${value.toString(16)}`);
      this.text += `|REGISTER_FILE;${name};${numbers.join(';')}`;
    } else if (kind === OpKind.FlushRange) {
      const isDeep = this.reader.calls.text(record.call) === 'DEEP_SYNC';
      this.text += `|${isDeep ? 'DEEP_SYNC' : 'FLUSH'};${address};0x${length.toString(16)}`;
    } else if (kind === OpKind.Store || kind === OpKind.Modify) this.store(record);
    else return kind === OpKind.Load ? 'loads' : 'system calls';
    return '';
  }

  private store({ address, length, valueLow, valueHigh }: TraceRecord): void {
    const high = valueHigh >>> 0;
    const low = (valueLow >>> 0).toString(16);
    const value = high === 0 ? low : high.toString(16) + low.padStart(8, '0');
    for (let from = 0; from < length; from += largestStore) {
      const size = Math.min(largestStore, length - from);
      const at = (address + from).toString(16);
      this.text += `|STORE;0x${at};0x${from === 0 ? value : '0'};0x${size.toString(16)}`;
    }
  }
}

/** Copies all records of `reader` that a store log can hold into `sink`. */
export async function writeStoreLog(reader: TraceReader, sink: ByteSink): Promise<AccessReport> {
  const log = new StoreLog(reader);
  const encoder = new TextEncoder();
  do {
    while (reader.next()) {
      log.add(reader.record);
      if (log.text.length < flushChars) continue;
      await sink.write(encoder.encode(log.text));
      log.text = '';
    }
  } while (await reader.fill());
  await sink.write(encoder.encode(`${log.text}\n==0== |STOP\n`));
  return { records: log.records, lost: Object.fromEntries(log.lost) };
}
