/**
 * A memory trace as the replay of files wants it: accesses to mappings of files that were opened,
 * made and mapped by records of the same stream.
 *
 *     lackey     has its calls: nothing is added
 *     pmemcheck  REGISTER_FILE ─▶ open, fallocate, mmap with MAP_SYNC, as libpmem makes its files
 *     addresses  (VANS, DRAMSim3 …) one file, fallocated, mapped; 2 MiB of addresses at a time
 *     merge      calls of a recording, see call-merge.ts
 *
 * A file that is registered twice at the same place in succession stays mapped. Accesses outside of
 * files stay what they are, and are left out by the replay.
 */
import {
  MapFlag,
  MsyncFlag,
  NONE,
  NameTable,
  OpKind,
  OpenFlag,
  TraceRecord,
  clearRecord,
  copyRecord,
  isMemoryKind,
  type TraceReader,
} from '@daxsim/trace';
import type { CallMerge } from './call-merge.js';
import type { RecordedAct, RecordedMapping } from './dax-recording.js';

/** What is known before the records come. */
export interface ThroughSettings {
  /** Name of the file that takes a trace's addresses, or that is called otherwise in the trace. */
  readonly file: string;
  /** Recorded name that becomes `file`; undefined: none. */
  readonly recordedName: string | undefined;
  /** Of traces of addresses: places in the file by 2 MiB of addresses; else undefined. */
  readonly places: ReadonlyMap<number, number> | undefined;
  /** Whether files that the trace only registers are mapped with MAP_SYNC. */
  readonly mapsSync: boolean;
  readonly merge: CallMerge | undefined;
  /** Of mappings of the log that the recording has: how they were made there. */
  readonly recorded: ReadonlyMap<number, RecordedMapping>;
}

const CHUNK_BYTES = 2 * 1024 * 1024;
const HUGE_BYTES = CHUNK_BYTES;
/** Flags of a registered file; kind as libpmem maps. */
const ACCESS = MapFlag.Read | MapFlag.Write | MapFlag.Shared;
const LOAD_BYTES = 8;

/** Chunk of an address. */
export function chunkOf(address: number): number {
  return Math.floor(address / CHUNK_BYTES);
}

export class ThroughReader implements TraceReader {
  record = new TraceRecord();
  readonly names = new NameTable();
  /** By mapping of the trace: the one that it stands for. */
  private readonly aliasOf = new Map<number, number>();
  private readonly handleOf = new Map<number, number>();
  private readonly nameOf: number[] = [];
  private readonly lengthOf = new Map<number, number>();
  private readonly queue: TraceRecord[] = [];
  private readonly pool: TraceRecord[] = [];
  private readonly heldUnmap = new TraceRecord();
  private isHolding = false;
  private readonly lastMap = new TraceRecord();
  private hasBegun = false;
  private isOver = false;
  private made = 0;

  constructor(
    private readonly inner: TraceReader,
    private readonly settings: ThroughSettings,
  ) {
    this.lastMap.mapping = NONE;
  }

  next(): boolean {
    if (!this.hasBegun) this.begin();
    for (;;) {
      const record = this.queue.shift();
      if (record !== undefined) {
        this.pool.push(this.record);
        this.record = record;
        record.sequence = this.made;
        this.made += 1;
        return true;
      }
      if (!this.inner.next()) return false;
      this.translate(this.inner.record);
    }
  }

  async fill(): Promise<boolean> {
    if (await this.inner.fill()) return true;
    if (this.isOver) return false;
    this.isOver = true;
    this.letUnmap();
    const { merge } = this.settings;
    if (merge !== undefined) for (const act of merge.rest()) this.actOut(act);
    return this.queue.length > 0;
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  private readonly isMade = (mapping: number): boolean => this.handleOf.has(mapping);

  private begin(): void {
    this.hasBegun = true;
    const { places, file } = this.settings;
    if (places === undefined) return;
    const path = this.names.intern(file);
    const length = Math.max(1, places.size) * CHUNK_BYTES;
    this.openFile(0, path);
    this.allocate(0, path, length);
    const map = this.add(OpKind.Mmap);
    Object.assign(map, { handle: 0, path, mapping: 0, offset: 0, length, flags: ACCESS });
    this.handleOf.set(0, 0);
  }

  private translate(record: TraceRecord): void {
    if (isMemoryKind(record.kind)) this.access(record);
    else if (this.settings.places !== undefined) return;
    else if (record.kind === OpKind.Munmap && record.isImplied && this.isRegistered) {
      this.letUnmap();
      copyRecord(this.heldUnmap, record);
      this.isHolding = true;
    } else if (record.kind === OpKind.Mmap) this.map(record);
    else {
      const copy = this.copy(record);
      if (record.kind === OpKind.Open && record.isImplied) copy.inScope = true;
    }
  }

  private access(record: TraceRecord): void {
    this.letUnmap();
    const { merge, places } = this.settings;
    const mapping = this.aliasOf.get(record.mapping) ?? record.mapping;
    if (merge !== undefined) {
      record.mapping = mapping;
      for (const act of merge.before(record, this.isMade)) this.actOut(act);
      if (merge.isStandIn) return;
    }
    const copy = this.copy(record);
    copy.mapping = mapping;
    if (places === undefined || record.kind === OpKind.Fence) return;
    const at = record.address % CHUNK_BYTES;
    copy.mapping = 0;
    copy.offset = (places.get(chunkOf(record.address)) ?? 0) * CHUNK_BYTES + at;
    copy.fileOffset = copy.offset;
  }

  private map(record: TraceRecord): void {
    const { lastMap } = this;
    if (this.isHolding && isSamePlace(record, lastMap)) {
      this.isHolding = false;
      const first = this.aliasOf.get(lastMap.mapping) ?? lastMap.mapping;
      this.aliasOf.set(record.mapping, first);
      lastMap.mapping = record.mapping;
      return;
    }
    this.letUnmap();
    copyRecord(lastMap, record);
    const { handle, mapping, offset, length } = record;
    this.handleOf.set(mapping, handle);
    const isMade = this.isRegistered;
    if (isMade) this.allocate(handle, this.renamed(record.path), offset + length);
    const copy = this.copy(record);
    if (isMade && this.settings.mapsSync) copy.flags |= MapFlag.Sync;
    const recorded = this.settings.recorded.get(mapping);
    copy.address = recorded?.address ?? NONE;
    if (recorded === undefined) return;
    if (!recorded.isSync) copy.flags &= ~MapFlag.Sync;
    if (recorded.sharesTable && length < HUGE_BYTES) copy.flags |= MapFlag.Crowded;
  }

  /** Whether the trace registers files instead of showing the calls that map them. */
  private get isRegistered(): boolean {
    return this.inner.origin === 'pmemcheck-store-log';
  }

  private openFile(handle: number, path: number): void {
    const open = this.add(OpKind.Open);
    open.handle = handle;
    open.path = path;
    open.flags = OpenFlag.Read | OpenFlag.Write | OpenFlag.Create;
  }

  /** posix_fallocate up to `length`, unless the file is that long. */
  private allocate(handle: number, path: number, length: number): void {
    if ((this.lengthOf.get(handle) ?? 0) >= length) return;
    this.lengthOf.set(handle, length);
    Object.assign(this.add(OpKind.Fallocate), { handle, path, offset: 0, length });
  }

  private actOut({ kind, mapping, offset, length }: RecordedAct): void {
    const handle = this.handleOf.get(mapping) ?? NONE;
    if (kind === 'load') {
      const load = this.add(OpKind.Load);
      Object.assign(load, { handle, mapping, offset, fileOffset: offset, length: LOAD_BYTES });
    } else if (kind === 'change') this.add(OpKind.Chmod).handle = handle;
    else if (kind === 'msync') {
      const flags = MsyncFlag.Sync;
      Object.assign(this.add(OpKind.Msync), { handle, mapping, offset, length, flags });
    } else Object.assign(this.add(OpKind.Munmap), { mapping, offset, length });
  }

  private letUnmap(): void {
    if (!this.isHolding) return;
    this.isHolding = false;
    const copy = this.copy(this.heldUnmap);
    copy.mapping = this.aliasOf.get(copy.mapping) ?? copy.mapping;
  }

  /** A record that the trace does not have. */
  private add(kind: OpKind): TraceRecord {
    const record = this.pool.pop() ?? new TraceRecord();
    clearRecord(record);
    record.kind = kind;
    record.line = this.inner.record.line;
    record.isImplied = true;
    this.queue.push(record);
    return record;
  }

  private copy(from: TraceRecord): TraceRecord {
    const record = this.pool.pop() ?? new TraceRecord();
    copyRecord(record, from);
    record.path = this.renamed(from.path);
    record.path2 = this.renamed(from.path2);
    this.queue.push(record);
    return record;
  }

  private renamed(path: number): number {
    if (path === NONE) return NONE;
    const known = this.nameOf[path];
    if (known !== undefined) return known;
    const text = this.inner.names.text(path);
    const { file, recordedName } = this.settings;
    const name = this.names.intern(text === recordedName ? file : text);
    this.nameOf[path] = name;
    return name;
  }

  get path(): string {
    return this.inner.path;
  }
  get format(): string {
    return this.inner.format;
  }
  get origin(): string {
    return this.inner.origin;
  }
  get calls(): NameTable {
    return this.inner.calls;
  }
  get taskIds(): readonly number[] {
    return this.inner.taskIds;
  }
  get lines(): number {
    return this.inner.lines;
  }
  get badLineCount(): number {
    return this.inner.badLineCount;
  }
  get badLineNumbers(): readonly number[] {
    return this.inner.badLineNumbers;
  }
  get badLines(): TraceReader['badLines'] {
    return this.inner.badLines;
  }
  get skipped(): TraceReader['skipped'] {
    return this.inner.skipped;
  }
  get partial(): string | undefined {
    return this.inner.partial;
  }
  get notes(): readonly string[] {
    return this.inner.notes;
  }
  get tallies(): TraceReader['tallies'] {
    return this.inner.tallies;
  }
  get bytesRead(): number {
    return this.inner.bytesRead;
  }
  get bytesTotal(): number {
    return this.inner.bytesTotal;
  }
}

function isSamePlace(a: TraceRecord, b: TraceRecord): boolean {
  return (
    b.mapping !== NONE &&
    a.address === b.address &&
    a.length === b.length &&
    a.offset === b.offset &&
    a.path === b.path
  );
}
