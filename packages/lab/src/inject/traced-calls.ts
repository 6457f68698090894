/**
 * What a trace recorded as calls of a crash workload: one after another, names made short.
 *
 *     /mnt/db/wal  ─▶ wal        write 4096 at 77 ─▶ write wal 76+4100      whole cells of 4 bytes
 *     /mnt/db/tmp/ ─▶ tmpD       opened, never created ─▶ created at its first use
 *
 * A crash workload is small: at most so many operations, 40 names, files of 1 MiB. What does not
 * fit, calls that failed, and what no crash workload knows (stat, mappings, locks) is left out.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FallocateMode, NONE, OpKind, OpenFlag, openTrace } from '@daxsim/trace';
import { ConfigError } from '@daxsim/sim';
import { commonDirectory } from '../replay/path-names.js';
import type { TraceRecord } from '@daxsim/trace';
import type { InjectionConfig, WorkloadCall } from './config.js';
import type { Experiment } from './experiment.js';
import type { ResolvedCell } from './campaign.js';

const NAMES_MAX = 40;
const BYTES_MAX = 1 << 20;
const CELL = 4;
const BLOCK = 4096;
const FALLOC_MODES: ReadonlyMap<number, Extract<WorkloadCall, { call: 'falloc' }>['mode']> =
  new Map([
    [0, 'alloc'],
    [FallocateMode.KeepSize, 'keep'],
    [FallocateMode.PunchHole | FallocateMode.KeepSize, 'punch'],
    [FallocateMode.ZeroRange, 'zero'],
    [FallocateMode.ZeroRange | FallocateMode.KeepSize, 'zero-keep'],
  ]);

/** Reads the traces that the cells of an experiment name. Throws `ConfigError`, `TraceError`. */
export async function resolveCells({ cells, folder }: Experiment): Promise<ResolvedCell[]> {
  const resolved: ResolvedCell[] = [];
  for (const cell of cells) {
    resolved.push({ ...cell, traced: await tracedCalls(cell.config.workload, folder) });
  }
  return resolved;
}

/** Calls of the trace of a workload, named from here or from `folder`; null if it has none. */
export async function tracedCalls(
  { trace }: InjectionConfig['workload'],
  folder: string,
): Promise<readonly WorkloadCall[] | null> {
  if (trace === undefined) return null;
  const { operations, scope, cwd } = trace;
  const file = existsSync(trace.file) ? trace.file : join(folder, trace.file);
  const options = {
    ...(scope === undefined ? {} : { scope }),
    ...(cwd === undefined ? {} : { cwd }),
  };
  const root = scope ?? (await rootOf(file));
  const reader = await openTrace(file, options);
  const writer = new CallWriter(root, (name) => reader.names.text(name));
  try {
    do {
      while (writer.operations < operations && reader.next()) writer.add(reader.record);
    } while (writer.operations < operations && (await reader.fill()));
  } finally {
    await reader.close();
  }
  if (writer.calls.length > 0) return writer.calls;
  const found = 'no call that a crash workload has';
  throw new ConfigError({ where: file, found, allowed: 'a trace of calls on files' });
}

/** The directory that all names of a trace share. */
async function rootOf(file: string): Promise<string> {
  const reader = await openTrace(file, {});
  const used = new Set<string>();
  try {
    do {
      while (reader.next()) {
        const { inScope, path } = reader.record;
        if (inScope && path >= 0) used.add(reader.names.text(path));
      }
    } while (await reader.fill());
  } finally {
    await reader.close();
  }
  return commonDirectory([...used]);
}

class CallWriter {
  readonly calls: WorkloadCall[] = [];
  operations = 0;
  private readonly files = new Map<string, number>();
  private readonly dirs = new Set<string>(['.']);

  constructor(
    private readonly root: string,
    private readonly textOf: (name: number) => string,
  ) {}

  add(record: TraceRecord): void {
    if (!record.inScope || record.isImplied || record.errno !== 0) return;
    const before = this.calls.length;
    this.translate(record);
    if (this.calls.length > before) this.operations += 1;
  }

  private translate(record: TraceRecord): void {
    const { kind } = record;
    if (kind === OpKind.Flush) {
      this.calls.push({ call: 'sync' });
      return;
    }
    const text = record.path >= 0 ? this.below(this.textOf(record.path)) : null;
    if (text === null) return;
    if (kind === OpKind.Mkdir) this.makeDir(text);
    else if (kind === OpKind.Rmdir) this.removeDir(text);
    else if (kind === OpKind.Unlink) this.unlink(text);
    else if (kind === OpKind.Rename || kind === OpKind.Link) this.twoNames(record, text);
    else this.onFile(record, text);
  }

  private onFile(record: TraceRecord, text: string): void {
    const { kind, length, fileOffset, flags } = record;
    switch (kind) {
      case OpKind.Open:
      case OpKind.Create: {
        if ((flags & OpenFlag.Directory) !== 0) return;
        const isNew = !this.files.has(text);
        if (!isNew && (flags & OpenFlag.Truncate) !== 0) this.resize(text, 0);
        else if (isNew && (flags & OpenFlag.Create) !== 0) this.use(text);
        return;
      }
      case OpKind.Write:
      case OpKind.Store:
      case OpKind.Modify:
        this.range(kind === OpKind.Write ? 'write' : 'store', text, fileOffset, length);
        return;
      case OpKind.Read:
      case OpKind.Load:
        this.range('read', text, fileOffset, record.hasResult === 1 ? record.result : length);
        return;
      case OpKind.Fsync:
      case OpKind.Fdatasync:
      case OpKind.Msync:
        if (this.files.has(text)) this.calls.push({ call: 'fsync', path: this.nameOf(text) });
        return;
      case OpKind.Truncate:
      case OpKind.Ftruncate:
        this.resize(text, length);
        return;
      case OpKind.Fallocate:
        this.allocate(record, text);
        return;
      default:
    }
  }

  private range(call: 'write' | 'store' | 'read', text: string, at: number, length: number): void {
    if (at === NONE || length <= 0 || at + length > BYTES_MAX) return;
    const size = this.files.get(text);
    if (call === 'read' && (size === undefined || at >= size)) return;
    if (call === 'store' && (size === undefined || at + length > size)) return;
    const path = this.use(text);
    if (path === null) return;
    const offset = at - (at % CELL);
    const end = Math.ceil((at + length) / CELL) * CELL;
    if (call !== 'read') this.files.set(text, Math.max(this.files.get(text) ?? 0, end));
    this.calls.push({ call, path, offset, length: end - offset });
  }

  private resize(text: string, to: number): void {
    const length = Math.ceil(to / CELL) * CELL;
    const path = length > BYTES_MAX ? null : this.use(text);
    if (path === null) return;
    this.files.set(text, length);
    this.calls.push({ call: 'truncate', path, length });
  }

  private allocate({ flags, fileOffset, offset, length }: TraceRecord, text: string): void {
    const mode = FALLOC_MODES.get(flags);
    const at = fileOffset === NONE ? offset : fileOffset;
    if (mode === undefined || at < 0 || length <= 0 || at + length > BYTES_MAX) return;
    const path = this.use(text);
    if (path === null) return;
    const first = at - (at % BLOCK);
    const end = Math.ceil((at + length) / BLOCK) * BLOCK;
    if (mode === 'alloc' || mode === 'zero') {
      this.files.set(text, Math.max(this.files.get(text) ?? 0, end));
    }
    this.calls.push({ call: 'falloc', path, mode, offset: first, length: end - first });
  }

  private twoNames(record: TraceRecord, text: string): void {
    const to = record.path2 >= 0 ? this.below(this.textOf(record.path2)) : null;
    if (to === null || this.dirs.has(text) || this.dirs.has(to)) return;
    const path = this.use(text);
    if (path === null || !this.makeParent(to)) return;
    const size = this.files.get(text) ?? 0;
    const isLink = record.kind === OpKind.Link;
    if (isLink && this.files.has(to)) return;
    this.calls.push({ call: isLink ? 'link' : 'rename', path, to: this.nameOf(to) });
    if (!isLink) this.files.delete(text);
    this.files.set(to, size);
  }

  private unlink(text: string): void {
    if (!this.files.delete(text)) return;
    this.calls.push({ call: 'unlink', path: this.nameOf(text) });
  }

  private makeDir(text: string): void {
    if (this.files.has(text) || this.dirs.has(text)) return;
    if (!this.makeParent(text) || this.isFull()) return;
    this.dirs.add(text);
    this.calls.push({ call: 'mkdir', path: this.nameOf(text) });
  }

  private removeDir(text: string): void {
    const isEmpty = [...this.files.keys(), ...this.dirs].every((one) => parentOf(one) !== text);
    if (text === '.' || !isEmpty || !this.dirs.delete(text)) return;
    this.calls.push({ call: 'rmdir', path: this.dirName(text) });
  }

  /** The file's name, made if it is not there; null if there is no room for it. */
  private use(text: string): string | null {
    if (this.dirs.has(text)) return null;
    if (!this.files.has(text)) {
      if (this.isFull() || !this.makeParent(text)) return null;
      this.files.set(text, 0);
      this.calls.push({ call: 'open', path: this.nameOf(text) });
    }
    return this.nameOf(text);
  }

  private makeParent(text: string): boolean {
    const parent = parentOf(text);
    this.makeDir(parent);
    return this.dirs.has(parent);
  }

  private isFull(): boolean {
    return this.files.size + this.dirs.size >= NAMES_MAX;
  }

  /** The path below the root; null if it is not below it. */
  private below(path: string): string | null {
    if (path === this.root) return '.';
    const base = this.root === '/' ? '' : this.root;
    return path.startsWith(`${base}/`) ? path.slice(base.length + 1) : null;
  }

  private nameOf(text: string): string {
    if (this.dirs.has(text)) return this.dirName(text);
    const parent = parentOf(text);
    const name = plain(text.slice(text.lastIndexOf('/') + 1));
    const own = /[A-Z]$/.test(name) ? `${name}_` : name;
    return parent === '.' ? own : `${this.dirName(parent)}/${own}`;
  }

  private dirName(text: string): string {
    return text
      .split('/')
      .map((part) => `${plain(part)}D`)
      .join('/');
  }
}

function parentOf(text: string): string {
  const slash = text.lastIndexOf('/');
  return slash < 0 ? '.' : text.slice(0, slash);
}

/** Letters that a path of a workload may have. */
function plain(name: string): string {
  return name.replace(/[^A-Za-z0-9_.-]/g, '_');
}
