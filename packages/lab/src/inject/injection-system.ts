/**
 * The small file system of crash workloads with faults laid over its memory, and what its callers
 * notice: errors, signals, short counts, bytes that are not those of the model, calls that take
 * too long.
 *
 *     call ─▶ recipes ─▶ FaultOverlay ─▶ PersistWatch ─▶ bytes
 *          └▶ reported?  misread?  slow?               everything is taken back by `restart`
 */
import { ERRNO_NAMES } from '@daxsim/daxfs';
import { FaultOverlay } from '@daxsim/pmem';
import { INSTRUCTION_WORDS, assert } from '@daxsim/sim';
import { attempt, modelAfter } from '../crash/crash-calls.js';
import { CELL_BYTES } from '../crash/crash-model.js';
import { CrashSystem } from '../crash/crash-system.js';
import { describeCall } from './calls.js';
import type { Payload } from '@daxsim/daxfs';
import type { OverlayMoment } from '@daxsim/pmem';
import type { Mark } from '@daxsim/sim';
import type { Arguments, CallEnd, CrashSetting } from '../crash/crash-system.js';
import type { FileVersion, ModelInode, ModelState } from '../crash/crash-model.js';
import type { InjectedCall, ReadCall } from './calls.js';
import type { RequestPlace } from './request-log.js';

/** What injections run on. */
export interface InjectionSetting extends CrashSetting {
  /** Lines that the write queues of the machine hold. */
  readonly queueLines: number;
  /** A call that takes longer hangs. */
  readonly hangTicks: number;
}

/** What `save` answers. */
export interface SystemMoment {
  readonly mark: Mark;
  readonly clock: number;
  readonly overlay: OverlayMoment;
}

const TASK = 0;
const MM = 1;
const MAP_SHARED_READ = 0x21;
const BLOCK = 4096;
/** Calls that end with stores that nobody has synced. */
const STORES: readonly string[] = ['store', 'load-store', 'dio-read-to-map'];

export class InjectionSystem implements Payload {
  readonly crash: CrashSystem;
  readonly overlay: FaultOverlay;
  /** The first error, signal or short count of the present call; null: none. */
  reported: string | null = null;
  /** The first wrong byte that a read or load saw since `restart`; null: none. */
  misread: string | null = null;
  /** What took too long since `restart`; null: nothing. */
  late: string | null = null;
  private readonly start: Mark;
  private readonly isSynchronous: boolean;
  private expected: FileVersion | null = null;
  private running = '';

  constructor(readonly setting: InjectionSetting) {
    let made: FaultOverlay | null = null;
    this.crash = new CrashSystem(setting, (memory, space) => {
      const { queueLines } = setting;
      const durable = (line: number, into: Int32Array): void => {
        memory.under.survivingLine(line, 0, into);
      };
      made = new FaultOverlay(memory, { space, queueLines, durable });
      return made;
    });
    assert(made !== null, 'InjectionSystem: the system takes the overlay');
    this.overlay = made;
    this.crash.system.world.payload = this;
    this.crash.onEnd = (program, args, end) => {
      this.judgeEnd(program, args, end);
    };
    this.isSynchronous = setting.personality.metadata === 'synchronous';
    this.start = this.crash.mark();
  }

  /** An empty file system, nothing laid on. */
  restart(mark = this.start): void {
    this.crash.rewind(mark);
    this.crash.system.interpreter.clock[TASK] = 0;
    this.overlay.restart();
    this.reported = null;
    this.misread = null;
    this.late = null;
  }

  /** Where a run is that nothing has struck yet. */
  save(): SystemMoment {
    const clock = this.crash.system.interpreter.clock[TASK] ?? 0;
    return { mark: this.crash.mark(), clock, overlay: this.overlay.save() };
  }

  /** Goes back there. */
  resume(moment: SystemMoment): void {
    this.restart(moment.mark);
    this.crash.system.interpreter.clock[TASK] = moment.clock;
    this.overlay.resume(moment.overlay);
  }

  /** The state that a call leads to, with what it promises. */
  after(call: InjectedCall, from: ModelState): ModelState {
    if (isRead(call)) return { ...from, index: from.index + 1, before: from };
    const next = modelAfter(call, from);
    return this.isSynchronous ? synchronously(call, from, next) : next;
  }

  /** Runs a call from a state; `number` is the index of the state that it leads to. */
  run(call: InjectedCall, from: ModelState, number: number): void {
    const clock = this.crash.system.interpreter.clock;
    const began = clock[TASK] ?? 0;
    this.reported = null;
    this.running = describeCall(call);
    this.expected = 'path' in call ? contentsOf(from, call.path) : null;
    if (isRead(call)) this.read(call, number);
    else {
      const errno = attempt(call, number, this.crash);
      if (errno !== null) this.report(nameOf(errno));
    }
    const took = (clock[TASK] ?? 0) - began;
    if (took > this.setting.hangTicks && this.late === null) {
      this.late = `${this.running} takes ${String(Math.round(took / 1e9))} ms`;
    }
  }

  /** Where the file system is that makes a request now. */
  place(call: number): RequestPlace {
    const { tasks, set } = this.crash.system.interpreter;
    const at = tasks.call(TASK);
    const program = set.programs[tasks.programAt(at)];
    if (program === undefined) return { call, recipe: '', step: '' };
    const move = program.code[tasks.counterAt(at) * INSTRUCTION_WORDS + 1] ?? 0;
    return { call, recipe: program.name, step: set.moves[move]?.name ?? '' };
  }

  // What the recipes ask.

  fill(source: number, fileOffset: number, length: number, target: Uint8Array, at: number): void {
    this.crash.fill(source, fileOffset, length, target, at);
  }

  saw(
    _task: number,
    _inode: number,
    fileOffset: number,
    length: number,
    bytes: Uint8Array,
    at: number,
  ): void {
    const { expected } = this;
    if (expected === null || this.misread !== null) return;
    for (let i = 0; i < length; i += 1) {
      const offset = fileOffset + i;
      const cell = expected.cells[Math.floor(offset / CELL_BYTES)] ?? 0;
      if (bytes[at + i] === ((cell >>> ((offset % CELL_BYTES) * 8)) & 255)) continue;
      const hex = (bytes[at + i] ?? 0).toString(16).padStart(2, '0');
      this.misread = `${this.running} sees 0x${hex} at byte ${offset}, which nobody wrote there`;
      return;
    }
  }

  private read(call: ReadCall, number: number): void {
    const { path, offset, length } = call;
    const handle = this.crash.handleOf(path);
    if (call.call === 'read') {
      this.crash.run('read', { handle, offset, length });
      return;
    }
    const first = offset - (offset % BLOCK);
    const size = offset + length - first;
    const map = { mapping: number, mm: MM };
    const at = { ...map, handle, offset: first, length: size, flags: MAP_SHARED_READ };
    if (this.crash.run('mmap', at).errno !== 0) return;
    this.crash.run('load', { ...map, offset: offset - first, length });
    this.crash.run('munmap', { ...map, offset: 0, length: size });
  }

  private judgeEnd(program: string, args: Arguments, end: CallEnd): void {
    if (end.signal !== 0)
      this.report(`signal ${end.signal === 1007 ? 'BUS_MCEERR_AR' : end.signal}`);
    // What a rename may answer depends on its names, which `attempt` knows.
    else if (end.errno !== 0 && program !== 'rename') this.report(nameOf(end.errno));
    else if (program === 'write' && end.result < (args.length ?? 0)) {
      this.report(`${end.result} of ${String(args.length)} bytes written`);
    } else if (program === 'read') {
      const size = this.expected?.size ?? 0;
      const wanted = Math.max(0, Math.min(size - (args.offset ?? 0), args.length ?? 0));
      if (end.result < wanted) this.report(`${end.result} of ${wanted} bytes read`);
    }
  }

  private report(what: string): void {
    this.reported ??= `${this.running}: ${what}`;
  }
}

export function isRead(call: InjectedCall): call is ReadCall {
  return call.call === 'read' || call.call === 'load';
}

/**
 * Where every call is durable when it returns: all names, and all contents but those of files with
 * bytes stored through a mapping, which wait for their sync.
 */
function synchronously(call: InjectedCall, from: ModelState, next: ModelState): ModelState {
  const inodes = new Map<number, ModelInode>();
  const stored = STORES.includes(call.call) && 'path' in call ? next.names.get(call.path) : 0;
  for (const [number, inode] of next.inodes) {
    const waits = number === stored || (from.inodes.get(number)?.versions.length ?? 1) > 1;
    inodes.set(number, waits ? inode : { ...inode, versions: inode.versions.slice(-1) });
  }
  return { ...next, inodes, promised: next.index };
}

function contentsOf(state: ModelState, path: string): FileVersion | null {
  const number = state.names.get(path);
  return number === undefined ? null : (state.inodes.get(number)?.versions.at(-1) ?? null);
}

function nameOf(errno: number): string {
  return ERRNO_NAMES.get(errno) ?? `error ${errno}`;
}
