/**
 * Writes loads and stores as Linux's mmiotrace prints a driver's accesses to its device.
 *
 *   VERSION 20070824
 *   PCIDEV BBDD 0 0 7×BAR 7×LENGTH             a BAR that is mapped, as far as it is
 *   MAP SEC.USEC ID PHYS 0x0 LENGTH 0x0 PID       UNMAP SEC.USEC ID 0x0 PID
 *   R|W WIDTH SEC.USEC ID PHYS VALUE 0x0 PID      MARK SEC.USEC TEXT
 *
 * The address as recorded is the physical one. Times are cut to microseconds; what has none is at
 * the time of what was before it. A modify is a read and a write; an access of more than eight
 * bytes becomes several, of which the first has the value. An access outside of every mapping is
 * one of map 0. Names of files that are no BARs, flushes, fences and system calls have no place.
 */
import type { ByteSink } from '../container/writer.js';
import { OpKind } from '../op-kind.js';
import type { TraceReader } from '../reader.js';
import { NONE, type TraceRecord } from '../record.js';
import type { AccessReport } from './access-writer.js';

const flushChars = 256 * 1024;
const widest = 8;
const barCount = 7;
const barName = /^\/pci\/([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])\/bar([0-6])$/;

class MmioText {
  text = 'VERSION 20070824\n';
  records = 0;
  readonly lost = new Map<string, number>();
  /** Of each BAR's name: the end of what was said of it. */
  private readonly barEnd = new Map<string, number>();
  private readonly mapped = new Set<number>();
  private lastNs = 0;

  constructor(private readonly reader: TraceReader) {}

  add(record: TraceRecord): void {
    if (record.startNs > this.lastNs) this.lastNs = record.startNs;
    const reason = this.write(record);
    if (reason === '') this.records += 1;
    else if (record.inScope && !record.isImplied) {
      this.lost.set(reason, (this.lost.get(reason) ?? 0) + 1);
    }
  }

  /** Empty if the record is written; else why not. */
  private write(record: TraceRecord): string {
    const { kind, mapping } = record;
    switch (kind) {
      case OpKind.Load:
      case OpKind.Store:
      case OpKind.Modify:
        if (kind !== OpKind.Store) this.access('R', record);
        if (kind !== OpKind.Load) this.access('W', record);
        return '';
      case OpKind.Mmap:
        if (record.address === NONE || record.errno !== 0) return 'mappings without an address';
        this.map(record);
        return '';
      case OpKind.Munmap:
        if (!this.mapped.has(mapping)) return 'system calls';
        this.text += `UNMAP ${this.time()} ${mapping + 1} 0x0 ${this.process(record)}\n`;
        return '';
      case OpKind.Mark:
        this.text += `MARK ${this.time()} ${this.reader.calls.text(record.call)}\n`;
        return '';
      case OpKind.FlushRange:
        return 'flushes';
      case OpKind.Fence:
        return 'fences';
      default:
        return 'system calls';
    }
  }

  private map(record: TraceRecord): void {
    const { address, length, mapping, offset } = record;
    this.bar(this.reader.names.text(record.path), address - offset, address + length);
    this.mapped.add(mapping);
    const place = `${mapping + 1} ${hex(address)} 0x0 ${hex(length)}`;
    this.text += `MAP ${this.time()} ${place} 0x0 ${this.process(record)}\n`;
  }

  /** Says of a BAR how far it goes, if that was not said yet. */
  private bar(name: string, start: number, end: number): void {
    const [, bus, slot, device, bar] = barName.exec(name) ?? [];
    if (bus === undefined || slot === undefined || (this.barEnd.get(name) ?? 0) >= end) return;
    this.barEnd.set(name, end);
    const place = ((parseInt(slot, 16) << 3) | Number(device)).toString(16).padStart(2, '0');
    const words = new Array<string>(2 * barCount).fill('0');
    words[Number(bar)] = start.toString(16);
    words[barCount + Number(bar)] = (end - start).toString(16);
    this.text += `PCIDEV ${bus}${place} 0 0 ${words.join(' ')}\n`;
  }

  private access(letter: string, record: TraceRecord): void {
    const { address, length, mapping } = record;
    const map = this.mapped.has(mapping) ? mapping + 1 : 0;
    for (let from = 0; from < length; from += widest) {
      const width = Math.min(widest, length - from);
      const place = `${map} ${hex(address + from)}`;
      const value = from === 0 ? valueOf(record) : '0x0';
      const process = this.process(record);
      this.text += `${letter} ${width} ${this.time()} ${place} ${value} 0x0 ${process}\n`;
    }
  }

  private time(): string {
    const us = Math.floor(this.lastNs / 1000);
    return `${Math.floor(us / 1_000_000)}.${(us % 1_000_000).toString().padStart(6, '0')}`;
  }

  private process({ task }: TraceRecord): number {
    return this.reader.taskIds[task] ?? 0;
  }
}

function valueOf({ valueLow, valueHigh }: TraceRecord): string {
  const low = (valueLow >>> 0).toString(16);
  if (valueHigh === 0) return `0x${low}`;
  return `0x${(valueHigh >>> 0).toString(16)}${low.padStart(8, '0')}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** Copies what `reader` has of mapped memory into `sink`. */
export async function writeMmiotrace(reader: TraceReader, sink: ByteSink): Promise<AccessReport> {
  const trace = new MmioText(reader);
  const encoder = new TextEncoder();
  const flush = async (): Promise<void> => {
    await sink.write(encoder.encode(trace.text));
    trace.text = '';
  };
  do {
    while (reader.next()) {
      trace.add(reader.record);
      if (trace.text.length >= flushChars) await flush();
    }
  } while (await reader.fill());
  await flush();
  return { records: trace.records, lost: Object.fromEntries(trace.lost) };
}
