/**
 * Litmus programs on the untimed memory: every schedule of x86 cores, power loss after every step,
 * every choice of survivors.
 *
 *   core ── issue in program order ──▶ buffer ── leaves, if nothing before it holds it ──▶ access
 *    ▲                                   │
 *    └── load: newest own store in the buffer, else the memory
 *
 * A fence of loads and a locked operation wait for the empty buffer. A clflush is a clflushopt and
 * a fence of a source of its own, so that it completes its line and nothing else. With `evicting`
 * every write is followed by a write-back that nobody waits for, as an eviction would be; it keeps
 * the memory from merging two stores of one word (power loss between them is then not explored
 * together with later stores of other lines).
 */
import { StateSpace } from '@daxsim/sim';
import { LineOp, createLineRequest, type LineRequest } from '../../src/memory.js';
import { createUntimedMemory, type UntimedMemory } from '../../src/untimed-memory.js';
import { holds, overlap, type Instruction, type Outcomes, type Program } from './program.js';

export interface MachineOptions {
  readonly domain: 'adr' | 'eadr';
  readonly evicting: boolean;
  /** May change a request on its way to the memory; for defects put in by hand. */
  readonly meddle?: (request: LineRequest) => void;
}

interface Core {
  /** Next instruction of the program to issue. */
  readonly next: number;
  readonly buffer: readonly Instruction[];
}

interface State {
  readonly cores: readonly Core[];
  readonly registers: readonly number[];
}

const CLFLUSH_SOURCE = 62;
const EVICTION_SOURCE = 63;
const WORD_BYTES = 8;

const LINE_OPS = {
  store: LineOp.Store,
  ntstore: LineOp.NtStore,
  movdir64b: LineOp.DirectStore,
  clflushopt: LineOp.ClFlushOpt,
  clwb: LineOp.Clwb,
  sfence: LineOp.Sfence,
  mfence: LineOp.Mfence,
} as const;

/** What passes the caches. */
function isPast({ op }: Instruction): boolean {
  return op === 'ntstore' || op === 'movdir64b';
}

/** True if `later` may leave the buffer while `earlier` is still in it. */
function mayOvertake(
  earlier: Instruction,
  later: Instruction,
  isSameLine: boolean,
  lineOf: readonly number[],
): boolean {
  if (earlier.step === later.step) return true;
  if (earlier.op === 'sfence' || later.op === 'sfence') return false;
  const isFlushOpt = later.op === 'clwb' || later.op === 'clflushopt';
  switch (earlier.op) {
    case 'clwb':
    case 'clflushopt':
      return later.op !== 'clflush' || !isSameLine;
    case 'clflush':
      return isFlushOpt && !isSameLine;
    case 'store':
      if (isPast(later)) return !overlap(earlier, later, lineOf);
      return isFlushOpt && !isSameLine;
    default:
      if (isFlushOpt || later.op === 'clflush') return !isSameLine;
      return !overlap(earlier, later, lineOf);
  }
}

const WRITES = new Set<number>([LineOp.Store, LineOp.NtStore, LineOp.DirectStore, LineOp.Atomic]);

/**
 * What each state of the memory leaves, by layout and state hash. Programs meet the same states
 * again and again, and images cost more than all the rest.
 */
const leftBehind = new Map<string, readonly string[]>();

class Exploration implements Outcomes {
  readonly anyTime = new Set<string>();
  readonly afterDrain = new Set<string>();
  private readonly space = new StateSpace();
  private readonly memory: UntimedMemory;
  private readonly visited = new Set<string>();
  /** Where a word lies: line and first byte in it. */
  private readonly places: readonly { readonly line: number; readonly fromByte: number }[];

  constructor(
    private readonly program: Program,
    private readonly options: MachineOptions,
  ) {
    this.memory = createUntimedMemory(this.space, 4096, options.domain);
    this.space.startHashing();
    this.places = program.lineOf.map((line, word) => {
      const before = program.lineOf.slice(0, word).filter((other) => other === line);
      return { line, fromByte: before.length * WORD_BYTES };
    });
    const mark = this.space.mark();
    this.explore({ cores: program.cores.map(() => ({ next: 0, buffer: [] })), registers: [] });
    this.space.release(mark);
  }

  private explore(start: State): void {
    const { registers } = start;
    const cores = start.cores.map((core, index) => this.issue(core, index, registers));
    const left = cores.map(({ next, buffer }) => [next, ...buffer.map((at) => [at.step, at.word])]);
    const name = JSON.stringify([left, registers, this.space.hash()]);
    if (this.visited.has(name)) return;
    this.visited.add(name);
    this.crash(this.anyTime);
    const mark = this.space.mark();
    let isDone = true;
    cores.forEach((core, index) => {
      const step = (next: Core, filled: readonly number[]): void => {
        isDone = false;
        this.explore({ cores: cores.map((c, i) => (i === index ? next : c)), registers: filled });
        this.space.rewind(mark);
      };
      core.buffer.forEach((at, i) => {
        if (core.buffer.slice(0, i).some((earlier) => !this.overtakes(earlier, at))) return;
        this.perform(at, index);
        step({ next: core.next, buffer: core.buffer.filter((other) => other !== at) }, registers);
      });
      const head = this.program.cores[index].at(core.next);
      if (head === undefined) return;
      if (head.op !== 'load' && core.buffer.length > 0) return;
      const found = this.execute(head, index, core.buffer);
      const filled = registers.slice();
      if (head.register >= 0) filled[head.register] = found;
      step({ next: core.next + 1, buffer: core.buffer }, filled);
    });
    if (isDone) this.drain();
    this.space.rewind(mark);
    this.space.release(mark);
  }

  /** Puts into the buffer whatever need not wait; only loads, mfences and locked operations do. */
  private issue(core: Core, index: number, registers: readonly number[]): Core {
    const program = this.program.cores[index];
    const buffer = core.buffer.slice();
    let { next } = core;
    for (; next < program.length; next += 1) {
      const at = program[next];
      if (!holds(at, registers)) continue;
      if (at.op === 'load' || at.op === 'mfence' || at.op === 'xchg' || at.op === 'cas') break;
      buffer.push(at);
    }
    return { next, buffer };
  }

  private overtakes(earlier: Instruction, later: Instruction): boolean {
    const isLineBound = earlier.word >= 0 && later.word >= 0;
    const { lineOf } = this.program;
    const isSameLine = isLineBound && lineOf[earlier.word] === lineOf[later.word];
    return mayOvertake(earlier, later, isSameLine, lineOf);
  }

  /** An instruction that leaves the buffer. */
  private perform(at: Instruction, core: number): void {
    if (at.op === 'clflush') {
      this.flushNow(this.places[at.word].line);
    } else if (at.op in LINE_OPS) {
      this.send(LINE_OPS[at.op as keyof typeof LINE_OPS], core, at.word, at.value);
    }
  }

  /** An instruction that waited at the head; answers what it found in its word. */
  private execute(at: Instruction, core: number, buffer: readonly Instruction[]): number {
    if (at.op === 'mfence') {
      this.send(LineOp.Mfence, core, -1);
      return 0;
    }
    if (at.op === 'load') {
      const { lineOf } = this.program;
      const isStore = (own: Instruction) => own.op.endsWith('store') || own.op === 'movdir64b';
      const own = buffer.filter((other) => isStore(other) && overlap(other, at, lineOf)).at(-1);
      return own === undefined ? this.load(at.word, core) : own.value;
    }
    // One that does not find what it expects writes that back: as if it had only drained and read.
    const { line, fromByte } = this.places[at.word];
    const writes = at.op === 'xchg' || this.memory.peek32(line * 64 + fromByte) === at.expected;
    if (writes) this.send(LineOp.Atomic, core, at.word, at.value);
    else this.send(LineOp.Mfence, core, -1);
    return writes ? this.memory.lineWords[fromByte / 4] : this.load(at.word, core);
  }

  private load(word: number, core: number): number {
    this.send(LineOp.Load, core, word);
    return this.memory.lineWords[this.places[word].fromByte / 4];
  }

  private send(op: number, source: number, word: number, value = 0): void {
    const request = createLineRequest(source);
    request.op = op;
    if (word >= 0) {
      const { line, fromByte } = this.places[word];
      request.line = line;
      const isWhole = op === LineOp.DirectStore;
      request.fromByte = isWhole ? 0 : fromByte;
      request.toByte = isWhole ? 64 : fromByte + WORD_BYTES;
      for (let at = request.fromByte / 4; at < request.toByte / 4; at += 2) {
        this.memory.lineWords[at] = value;
        this.memory.lineWords[at + 1] = 0;
      }
    }
    this.options.meddle?.(request);
    this.memory.access(request);
    if (WRITES.has(op) && this.options.evicting) this.flush(request.line, EVICTION_SOURCE);
  }

  private flush(line: number, source: number): void {
    const request = createLineRequest(source);
    request.op = LineOp.ClFlushOpt;
    request.line = line;
    this.memory.access(request);
  }

  private flushNow(line: number): void {
    this.flush(line, CLFLUSH_SOURCE);
    this.send(LineOp.Sfence, CLFLUSH_SOURCE, -1);
  }

  /** With eADR the write-combining buffers have been written out, too, once all is drained. */
  private drain(): void {
    if (this.options.domain === 'eadr') {
      for (const line of new Set(this.program.lineOf)) this.flushNow(line);
    }
    this.crash(this.afterDrain);
  }

  private crash(states: Set<string>): void {
    const name = `${this.program.lineOf.join()} ${this.space.hash()}`;
    let left = leftBehind.get(name);
    if (left === undefined) {
      left = this.survivors();
      leftBehind.set(name, left);
    }
    for (const state of left) states.add(state);
  }

  /** Every choice of survivors, if power fails now. */
  private survivors(): string[] {
    const states: string[] = [];
    const pending = this.memory.pendingLines();
    const kept = new Map(pending.map(({ line }) => [line, 0]));
    for (;;) {
      const image = this.memory.crashImage({ keep: (line) => kept.get(line) ?? 0 });
      const words = this.places.map(({ line, fromByte }) => image.peek32(line * 64 + fromByte));
      states.push(words.join());
      const bump = pending.find(({ line, units }) => (kept.get(line) ?? 0) < units);
      if (bump === undefined) return states;
      for (const { line } of pending) {
        if (line === bump.line) break;
        kept.set(line, 0);
      }
      kept.set(bump.line, (kept.get(bump.line) ?? 0) + 1);
    }
  }
}

export function reachedOutcomes(program: Program, options: MachineOptions): Outcomes {
  return new Exploration(program, options);
}
