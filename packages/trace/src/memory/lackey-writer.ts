/**
 * Writes loads, stores and modifies as valgrind's lackey prints them with its system calls.
 *
 *   I  00000000,1          one for each instruction that the recording counted between accesses
 *    L ADDRESS,SIZE        S a store, M both
 *   SYSCALL[PID,1](257) sys_openat ( … )    and ftruncate, mmap, msync and munmap: they say of
 *                                           which file the addresses are
 *
 * Addresses stay. All is one process, as lackey names no thread with an access. Only a recording of
 * instructions has instructions. Flushes, fences, values, times and other calls have no place.
 */
import type { ByteSink } from '../container/writer.js';
import { OpKind, OpenFlag } from '../op-kind.js';
import type { TraceReader } from '../reader.js';
import { NONE, type TraceRecord } from '../record.js';
import type { AccessReport } from './access-writer.js';

const flushChars = 256 * 1024;
const firstDescriptor = 3;
const atWorkingDirectory = 4294967196;
const readWrite = 2;
const create = 64;
const mode = 420;
const letters = new Map<OpKind, string>([
  [OpKind.Load, 'L'],
  [OpKind.Store, 'S'],
  [OpKind.Modify, 'M'],
]);

class LackeyText {
  text = '';
  records = 0;
  readonly lost = new Map<string, number>();
  private readonly descriptorOf = new Map<number, number>();
  private readonly startOf = new Map<number, number>();
  private readonly hasInstructions: boolean;

  constructor(private readonly reader: TraceReader) {
    this.hasInstructions = reader.origin === 'valgrind-lackey';
  }

  add(record: TraceRecord): void {
    if (this.hasInstructions && record.gap > 0) this.text += 'I  00000000,1\n'.repeat(record.gap);
    const reason = this.write(record);
    if (reason === '') this.records += 1;
    else if (record.inScope && !record.isImplied) {
      this.lost.set(reason, (this.lost.get(reason) ?? 0) + 1);
    }
  }

  /** Empty if the record is written; else why not. */
  private write(record: TraceRecord): string {
    const { kind, length, errno } = record;
    const letter = letters.get(kind);
    if (letter !== undefined) {
      this.text += ` ${letter} ${record.address.toString(16).padStart(8, '0')},${length}\n`;
      return '';
    }
    if (kind === OpKind.FlushRange) return 'flushes';
    if (kind === OpKind.Fence) return 'fences';
    if (errno !== 0) return 'system calls';
    const start = this.startOf.get(record.mapping) ?? NONE;
    const hasFile = record.path !== NONE;
    if (kind === OpKind.Open && hasFile) this.open(record);
    else if (kind === OpKind.Ftruncate && hasFile) {
      this.call(77, 'ftruncate', [this.descriptor(record), length], 0);
    } else if (kind === OpKind.Mmap && hasFile && record.address !== NONE) this.map(record);
    else if (kind === OpKind.Msync && start !== NONE) {
      this.call(26, 'msync', [hex(start + record.offset), length, hex(record.flags)], 0);
    } else if (kind === OpKind.Munmap && start !== NONE) {
      this.call(11, 'munmap', [hex(start + record.offset), length], 0);
    } else return 'system calls';
    return '';
  }

  private map(record: TraceRecord): void {
    const { address, mapping, length, offset } = record;
    const descriptor = this.descriptor(record);
    this.startOf.set(mapping, address);
    this.call(9, 'mmap', ['0x0', length, 3, 1, descriptor, offset], address);
  }

  /** Of the record's file, which is opened if no call did that. */
  private descriptor(record: TraceRecord): number {
    return this.descriptorOf.get(record.path) ?? this.open(record);
  }

  private open({ kind, path, flags }: TraceRecord): number {
    const known = this.descriptorOf.get(path);
    const descriptor = known ?? firstDescriptor + this.descriptorOf.size;
    this.descriptorOf.set(path, descriptor);
    const isNew = kind === OpKind.Open && (flags & OpenFlag.Create) !== 0;
    const name = `0x1000(${this.reader.names.text(path)})`;
    const how = isNew ? readWrite | create : readWrite;
    this.call(257, 'openat', [atWorkingDirectory, name, how, mode], descriptor);
    return descriptor;
  }

  private call(number: number, name: string, words: readonly unknown[], result: number): void {
    const process = this.reader.taskIds[0] ?? 0;
    const head = `SYSCALL[${process},1](${number}) sys_${name}`;
    this.text += `${head} ( ${words.join(', ')} )[sync] --> Success(${hex(result)})\n`;
  }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** Copies what `reader` has of accesses, and of calls about mapped files, into `sink`. */
export async function writeLackey(reader: TraceReader, sink: ByteSink): Promise<AccessReport> {
  const lackey = new LackeyText(reader);
  const encoder = new TextEncoder();
  const flush = async (): Promise<void> => {
    await sink.write(encoder.encode(lackey.text));
    lackey.text = '';
  };
  do {
    while (reader.next()) {
      lackey.add(reader.record);
      if (lackey.text.length >= flushChars) await flush();
    }
  } while (await reader.fill());
  await flush();
  return { records: lackey.records, lost: Object.fromEntries(lackey.lost) };
}
