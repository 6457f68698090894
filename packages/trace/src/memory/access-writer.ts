/**
 * Writes loads and stores for memory simulators, and says what they cannot hold.
 *
 *   VANS         0x0001ff00 R:12          Ramulator 2   LD 0x1ff00
 *   DRAMSim3     0x1FF00 READ 37686       NVMain        37686 R 0x0001FF00 DATA 0
 *
 * One line of text is one 64-byte line of memory: an access that crosses a border becomes two, a
 * modify a load and a store. Addresses are places on a flat device (device-places.ts). The clock
 * counts the gaps of the recording, be they clocks or instructions, and one for an access whose gap
 * is not known. VANS has pauses instead, told only of recordings in clocks. Flushes, fences and
 * system calls have no place in any of them.
 */
import type { ByteSink } from '../container/writer.js';
import { LoadFlag, OpKind } from '../op-kind.js';
import type { TraceReader } from '../reader.js';
import { NONE, type TraceRecord } from '../record.js';
import { accessBytes } from './access-lines.js';
import { DevicePlaces } from './device-places.js';

/** Formats that this file writes. */
export const accessFormats = ['vans', 'ramulator2-ls', 'dramsim3', 'nvt'] as const;
export type AccessFormat = (typeof accessFormats)[number];

/** How many records went out, and how many did not, by reason. */
export interface AccessReport {
  readonly records: number;
  readonly lost: Readonly<Record<string, number>>;
}

const flushChars = 256 * 1024;
const recordedInClocks = new Set(['vans', 'dramsim3', 'nvt']);

class AccessText {
  text = '';
  records = 0;
  readonly lost = new Map<string, number>();
  private readonly places = new DevicePlaces();
  private clock = 0;
  /** VANS: a pause is told on the line of the access before it. */
  private held = '';
  private readonly hasClocks: boolean;

  constructor(
    private readonly reader: TraceReader,
    private readonly to: AccessFormat,
  ) {
    this.hasClocks = recordedInClocks.has(reader.origin);
  }

  add(record: TraceRecord): void {
    const { kind, gap } = record;
    if (kind === OpKind.Mmap && record.errno === 0) this.places.addMapping(record);
    const isAccess = kind === OpKind.Load || kind === OpKind.Store || kind === OpKind.Modify;
    this.clock += gap === NONE && isAccess ? 1 : Math.max(gap, 0);
    if (!isAccess) {
      if (record.inScope && !record.isImplied) this.lose(reasonFor(kind));
      return;
    }
    this.records += 1;
    let ahead = 0;
    do {
      const place = this.places.at(record, ahead);
      const inLine = place % accessBytes;
      if (kind !== OpKind.Store) this.access(record, place - inLine, false, ahead === 0);
      if (kind !== OpKind.Load) {
        this.access(record, place - inLine, true, ahead === 0 && kind === OpKind.Store);
      }
      ahead += accessBytes - inLine;
    } while (ahead < record.length);
  }

  finish(): void {
    if (this.held !== '') this.text += `${this.held}\n`;
    this.held = '';
  }

  private lose(reason: string): void {
    this.lost.set(reason, (this.lost.get(reason) ?? 0) + 1);
  }

  private access(record: TraceRecord, line: number, isStore: boolean, isFirst: boolean): void {
    const hex = line.toString(16);
    const letter = isStore ? 'W' : 'R';
    switch (this.to) {
      case 'vans':
        this.vans(record, hex, letter, isFirst);
        break;
      case 'ramulator2-ls':
        this.text += `${isStore ? 'ST' : 'LD'} 0x${hex}\n`;
        break;
      case 'dramsim3':
        this.text += `0x${hex.toUpperCase()} ${isStore ? 'WRITE' : 'READ'} ${this.clock}\n`;
        break;
      case 'nvt': {
        const address = hex.toUpperCase().padStart(8, '0');
        const value = half(record.valueHigh) + half(record.valueLow);
        const thread = this.reader.taskIds[record.task] ?? 0;
        const task = this.hasClocks ? thread : record.task;
        this.text += `${this.clock} ${letter} 0x${address} ${value} ${task}\n`;
      }
    }
  }

  private vans(record: TraceRecord, hex: string, letter: string, isFirst: boolean): void {
    const pause = isFirst && this.hasClocks && record.gap >= 0 ? `:${record.gap}` : '';
    if (this.held !== '') this.text += `${this.held}${pause}\n`;
    const isCritical = letter === 'R' && (record.flags & LoadFlag.Critical) !== 0;
    this.held = `0x${hex.padStart(8, '0')} ${isCritical ? 'C' : letter}`;
  }
}

function half(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}

function reasonFor(kind: OpKind): string {
  if (kind === OpKind.FlushRange) return 'flushes';
  return kind === OpKind.Fence ? 'fences' : 'system calls';
}

/** Copies all loads and stores of `reader` into `sink`. */
export async function writeAccesses(
  reader: TraceReader,
  sink: ByteSink,
  to: AccessFormat,
): Promise<AccessReport> {
  const accesses = new AccessText(reader, to);
  const encoder = new TextEncoder();
  const flush = async (): Promise<void> => {
    await sink.write(encoder.encode(accesses.text));
    accesses.text = '';
  };
  do {
    while (reader.next()) {
      accesses.add(reader.record);
      if (accesses.text.length >= flushChars) await flush();
    }
  } while (await reader.fill());
  accesses.finish();
  await flush();
  return { records: accesses.records, lost: Object.fromEntries(accesses.lost) };
}
