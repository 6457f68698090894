/**
 * From an operation of a corpus to calls of recipes.
 *
 *      pread F 0+8        open F ─▶ read ─▶ close          a name that may come, go or move
 *                         read                             a name that stays: opened beforehand
 *
 * The form keeps no descriptor open across operations. Opening anew each time means many steps that
 * race with nothing, so a file whose name no thread touches is opened once, before the threads
 * start; nobody can tell the difference, because only removing a name looks at who has it open.
 */
import { OpenFlag, StoreFlag } from '@daxsim/daxfs';
import { callOnHandle } from './handle-calls.js';
import { codeOf, openCall, stableFiles, withRest } from './call-parts.js';
import { describeOperation } from './describe.js';
import { guestOfSetup, guestOfThread } from './scenario-guests.js';
import type { CorpusCall, CorpusCalls, CorpusMap, OpenCall, PlannedOperation } from './calls.js';
import type { CorpusOperation, CorpusScenario } from './config.js';

/** Owns what `fill_fs` takes. */
const FILLER = '.filler';
const DIRECTORY_MODE = 0o755;
const WHOLE = 2 ** 40;
/** Plans the calls of a scenario. */
export function planCalls(scenario: CorpusScenario): CorpusCalls {
  return new CallPlanner(scenario).plan();
}

class CallPlanner {
  readonly maps = new Map<string, CorpusMap>();
  private readonly pins = new Map<string, number>();
  private readonly kept = new Map<string, number>();
  /** Handles that `open` made, by thread and name. */
  private readonly opened = new Map<string, number>();
  private readonly stable: ReadonlySet<string>;
  private nextHandle = 0;
  private keepsHandles = true;
  /** Guest of the thread that is planned; each opens files of its own. */
  private guest = 0;

  constructor(private readonly scenario: CorpusScenario) {
    this.stable = stableFiles(scenario);
  }

  plan(): CorpusCalls {
    const setupTask = this.scenario.threads.length;
    this.keepsHandles = false;
    const setup = this.scenario.setup.flatMap((source): OpenCall[] => {
      const guest = guestOfSetup(this.scenario, source);
      return this.callsOf(source, setupTask).map((call) => ({ ...call, guest }));
    });
    setup.push(...this.callsOf({ op: 'sync' }, setupTask));
    this.keepsHandles = true;
    const keeping: OpenCall[] = [];
    const afterCrash = new Map<number, readonly CorpusCall[]>();
    const threads = this.scenario.threads.map((list, task) => {
      const crashAt = list.findIndex(({ op }) => op === 'crash');
      const before = crashAt < 0 ? list : list.slice(0, crashAt + 1);
      this.keepsHandles = true;
      this.guest = guestOfThread(this.scenario, task);
      const calls = before.flatMap((source) => this.callsOf(source, task, keeping));
      this.keepsHandles = false;
      if (crashAt >= 0) {
        const rest = list.slice(crashAt + 1);
        afterCrash.set(task, withRest(rest.flatMap((source) => this.callsOf(source, task))));
      }
      return withRest(calls);
    });
    return { setup: withRest([...setup, ...keeping]), threads, afterCrash, maps: this.maps };
  }

  private callsOf(source: CorpusOperation, task: number, keeping: OpenCall[] = []): OpenCall[] {
    const operation = this.describe(source);
    const calls: OpenCall[] = [];
    const main = (
      program: string,
      registers: CorpusCall['registers'],
      names: { path?: string; path2?: string } = {},
    ): OpenCall[] => {
      calls.push({ program, registers, ...names, role: 'main', operation, text: operation.text });
      return calls;
    };
    switch (source.op) {
      case 'mkdir':
        return main('mkdir', { mode: DIRECTORY_MODE }, { path: source.d });
      case 'rmdir':
        return main('rmdir', {}, { path: source.d });
      case 'unlink':
        return main('unlink', {}, { path: source.f });
      case 'rename':
      case 'link':
        return main(source.op, {}, { path: source.from, path2: source.to });
      case 'creat':
        return this.create(source.f, operation, calls);
      case 'sync':
        return main('sync', {});
      case 'open':
      case 'close':
        return this.openOrClose(source, task, operation, calls);
      case 'munmap':
        return main('munmap', { ...this.onMap(source.map), offset: 0, length: WHOLE });
      case 'load':
      case 'store':
      case 'msync':
      case 'madvise_dontneed':
        return main(...this.mapped(source));
      case 'pin':
      case 'dma_write':
      case 'unpin':
        return main(...this.pinned(source));
      case 'fill_fs':
        return this.around(operation, FILLER, OpenFlag.Create, calls, (handle) => {
          main('fillSpace', { handle, length: source.n });
        });
      case 'set_flag':
        return main('setShutdown', { flags: source.value ? 1 : 0 });
      case 'crash':
        return main('powerLoss', {});
      case 'remount':
        return main('nothing', {});
      case 'reflink':
        return this.reflink(source, operation, calls);
      default:
        return this.onFile(source, operation, calls, keeping);
    }
  }

  /** Operations on an open file. */
  private onFile(
    source: Extract<CorpusOperation, { f: string }>,
    operation: PlannedOperation,
    calls: OpenCall[],
    keeping: OpenCall[],
  ): OpenCall[] {
    const flags = source.op === 'append' ? OpenFlag.Append : 0;
    const add = (handle: number): void => {
      const { program, registers } = callOnHandle(source, handle, this);
      calls.push({ program, registers, role: 'main', operation, text: operation.text });
    };
    if (!this.keepsHandles || !this.stable.has(source.f)) {
      return this.around(operation, source.f, flags, calls, add);
    }
    const { guest } = this;
    const key = `${source.f}:${String(flags)}:${String(guest)}`;
    let handle = this.kept.get(key);
    if (handle === undefined) {
      handle = this.takeHandle();
      this.kept.set(key, handle);
      const open = openCall(source.f, flags, handle, { ...operation, label: null });
      keeping.push({ ...open, guest });
    }
    add(handle);
    return calls;
  }

  private mapped(
    source: Extract<CorpusOperation, { op: 'load' | 'store' | 'msync' | 'madvise_dontneed' }>,
  ): [string, CorpusCall['registers']] {
    const base = { ...this.onMap(source.map), offset: source.off, length: source.len };
    if (source.op === 'load') return ['load', base];
    if (source.op === 'msync') return ['msync', { ...base, flags: 4 }];
    if (source.op === 'madvise_dontneed') return ['madvise', { ...base, flags: 4 }];
    const flags = source.flush === true ? StoreFlag.Flush : StoreFlag.Plain;
    return ['store', { ...base, flags, source: codeOf(source.fill) }];
  }

  private pinned(
    source: Extract<CorpusOperation, { op: 'pin' | 'dma_write' | 'unpin' }>,
  ): [string, CorpusCall['registers']] {
    const pin = this.pinOf(source.id);
    if (source.op === 'unpin') return ['releaseWritten', { pin }];
    if (source.op === 'dma_write') return ['deviceWrite', { pin, source: codeOf(source.fill) }];
    const base = { ...this.onMap(source.map), offset: source.off, length: source.len, access: 1 };
    return [source.fast === true ? 'pinFast' : 'pinPages', { ...base, pin }];
  }

  private openOrClose(
    source: Extract<CorpusOperation, { op: 'open' | 'close' }>,
    task: number,
    operation: PlannedOperation,
    calls: OpenCall[],
  ): OpenCall[] {
    const key = `${String(task)}:${source.f}`;
    if (source.op === 'close') {
      const handle = this.opened.get(key);
      const { text } = operation;
      const program = handle === undefined ? 'nothing' : 'close';
      const registers = handle === undefined ? {} : { handle };
      this.opened.delete(key);
      calls.push({ program, registers, role: 'main', operation, text });
      return calls;
    }
    let flags = 0;
    if (source.flags?.includes('direct') === true) flags |= OpenFlag.Direct;
    if (source.flags?.includes('append') === true) flags |= OpenFlag.Append;
    if (source.flags?.includes('trunc') === true) flags |= OpenFlag.Truncate;
    const handle = this.takeHandle();
    this.opened.set(key, handle);
    const open = openCall(source.f, flags, handle, operation);
    if (source.flags?.includes('revalidate') !== true) return [...calls, { ...open, role: 'main' }];
    const { text } = operation;
    const ask = { program: 'revalidate', registers: { handle }, role: 'main', operation, text };
    return [...calls, open, ask as OpenCall];
  }

  private create(name: string, operation: PlannedOperation, calls: OpenCall[]): OpenCall[] {
    const add = (handle: number): void => {
      calls.length = 0;
      calls.push({ ...openCall(name, OpenFlag.Create, handle, operation), role: 'main' });
    };
    return this.around(operation, name, OpenFlag.Create, calls, add);
  }

  private reflink(
    source: Extract<CorpusOperation, { op: 'reflink' }>,
    operation: PlannedOperation,
    calls: OpenCall[],
  ): OpenCall[] {
    return this.around(operation, source.from, 0, calls, (handle) => {
      this.around(operation, source.to, 0, calls, (handle2) => {
        const { off: offset, len: length } = source;
        const registers = { handle, handle2, offset, offset2: offset, length };
        const { text } = operation;
        calls.push({ program: 'clone', registers, role: 'main', operation, text });
      });
    });
  }

  /** open ─▶ what `add` adds ─▶ close. */
  private around(
    operation: PlannedOperation,
    file: string,
    flags: number,
    calls: OpenCall[],
    add: (handle: number) => void,
  ): OpenCall[] {
    const handle = this.takeHandle();
    calls.push(openCall(file, flags, handle, operation));
    add(handle);
    const text = `close ${file}`;
    calls.push({ program: 'close', registers: { handle }, role: 'close', operation, text });
    return calls;
  }

  private describe(source: CorpusOperation): PlannedOperation {
    const base = {
      source,
      label: 'as' in source ? (source.as ?? null) : null,
      asked: 'len' in source ? source.len : 0,
      text: describeOperation(source),
    };
    switch (source.op) {
      case 'pread':
        return { ...base, result: 'bytes', file: source.f, fileOffset: source.off };
      case 'load': {
        const map = this.maps.get(source.map);
        const fileOffset = (map?.offset ?? 0) + source.off;
        return { ...base, result: 'bytes', file: map?.file ?? null, fileOffset };
      }
      case 'pwrite':
      case 'append':
      case 'dio_write':
      case 'dio_read':
        return { ...base, result: 'count', file: null, fileOffset: 0 };
      default:
        return { ...base, result: 'status', file: null, fileOffset: 0 };
    }
  }

  onMap(name: string): { readonly mapping: number; readonly mm: number } {
    const number = this.maps.get(name)?.number ?? -1;
    return { mapping: number, mm: number };
  }

  private pinOf(id: string): number {
    const known = this.pins.get(id);
    if (known !== undefined) return known;
    this.pins.set(id, this.pins.size);
    return this.pins.size - 1;
  }

  ownPin(): number {
    return this.pinOf(`#${String(this.pins.size)}`);
  }

  private takeHandle(): number {
    this.nextHandle += 1;
    return this.nextHandle - 1;
  }
}
