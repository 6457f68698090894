/** Faults: each shows, none changes what lies beneath it, and all can be lifted off again. */
import { describe, expect, test } from '@jest/globals';
import { StateSpace } from '@daxsim/sim';
import { LineOp, LineStatus, createLineRequest } from '../memory.js';
import { createUntimedMemory } from '../untimed-memory.js';
import { FAULTS, faultNamed } from './catalog.js';
import { FaultOverlay } from './fault-overlay.js';
import type { UntimedMemory } from '../untimed-memory.js';

const CAPACITY = 65536;
const LINE = 9;
const ADDRESS = LINE * 64;
const HOW = { units: 0b11110000, ticks: 500, lines: 8, savedShare: 0.005 };

class Bench {
  readonly space = new StateSpace();
  readonly beneath: UntimedMemory = createUntimedMemory(this.space, CAPACITY, 'adr');
  readonly overlay = new FaultOverlay(this.beneath, {
    space: this.space,
    queueLines: 8,
    durable: (line, into) => {
      this.beneath.survivingLine(line, 0, into);
    },
  });
  readonly request = createLineRequest(0);

  /** A line is written with `word`, flushed and fenced. */
  write(word: number): void {
    this.store(word);
    this.ask(LineOp.Clwb);
    this.ask(LineOp.Sfence);
  }

  store(word: number): void {
    this.overlay.lineWords.fill(word);
    this.ask(LineOp.Store);
  }

  ask(op: number): number {
    this.request.op = op;
    this.request.line = LINE;
    this.overlay.access(this.request);
    return this.request.status;
  }

  /** The fault strikes the n-th request from now. */
  arm(name: string, inRequests: number): void {
    const fault = faultNamed(name, 'test');
    this.overlay.strikeAt = this.overlay.requests + inRequests;
    this.overlay.strike = (request) => {
      fault.strike(this.overlay, request, HOW);
    };
  }

  /** The line after power loss of which nothing in doubt survives; null: it cannot be read. */
  afterLoss(): number[] | null {
    const memory = this.beneath.crashImage({ keep: () => 0 });
    const { space } = memory;
    const image = new FaultOverlay(memory, { space, queueLines: 1, durable: () => undefined });
    this.overlay.carryTo(image);
    const words = new Int32Array(16);
    image.peekWords(ADDRESS, words, 0, 16);
    return image.failures.metLine < 0 ? [...words] : null;
  }
}

const whole = (word: number): number[] => new Array<number>(16).fill(word);

describe('what a fault leaves after power loss', () => {
  test.each([
    ['power-loss', whole(2)],
    // Requests of a write: store, flush, fence.
    ['lost-flush', whole(1)],
    ['lost-fence', whole(1)],
    ['torn-line', [...whole(2).slice(0, 8), ...whole(1).slice(0, 8)]],
    ['queue-not-drained', whole(0)],
    ['poisoned-line', null],
    ['truncated-backing', null],
    ['slow-line', whole(2)],
    ['save-failed', null],
    ['restore-failed', null],
  ])('%s', (name, expected) => {
    const bench = new Bench();
    bench.write(1);
    const requestOf: Readonly<Record<string, number>> = { 'lost-fence': 2, 'poisoned-line': 3 };
    const at = name === 'truncated-backing' || name === 'queue-not-drained' ? 3 : 1;
    bench.arm(name, requestOf[name] ?? at);
    bench.write(2);
    bench.ask(LineOp.Load);
    expect(bench.afterLoss()).toEqual(expected);
  });
});

test.each(FAULTS.map(({ name }) => name))('%s leaves the bytes beneath alone', (name) => {
  const bench = new Bench();
  bench.write(1);
  const mark = bench.space.mark();
  bench.arm(name, 0);
  bench.ask(LineOp.Load);
  expect(bench.beneath.peek32(ADDRESS)).toBe(1);
  bench.overlay.laid.liftAll();
  expect(bench.ask(LineOp.Load)).toBe(LineStatus.Ok);
  expect(bench.overlay.peek32(ADDRESS)).toBe(1);
  bench.space.rewind(mark);
  expect(bench.overlay.laidLines()).toEqual([]);
});

test('loads of a poisoned line fail until it is written whole past the caches', () => {
  const bench = new Bench();
  bench.write(1);
  bench.overlay.poison(LINE);
  expect(bench.ask(LineOp.Load)).toBe(LineStatus.Poison);
  expect(bench.overlay.lineWords[0]).toBe(-1);
  bench.write(2);
  expect(bench.ask(LineOp.Load)).toBe(LineStatus.Poison);
  bench.overlay.lineWords.fill(3);
  bench.ask(LineOp.NtStore);
  expect(bench.ask(LineOp.Load)).toBe(LineStatus.Ok);
  expect(bench.overlay.lineWords[0]).toBe(3);
});

test('a page without backing takes no stores, and has its bytes back when it is lifted', () => {
  const bench = new Bench();
  bench.write(1);
  bench.overlay.takeBacking(LINE);
  bench.overlay.lineWords.fill(2);
  expect(bench.ask(LineOp.Store)).toBe(LineStatus.Absent);
  expect(bench.overlay.laidLines()).toHaveLength(64);
  bench.overlay.lift(LINE);
  expect(bench.overlay.peek32(ADDRESS)).toBe(1);
});

test('a slow line delays whoever asks for it', () => {
  const bench = new Bench();
  bench.overlay.slow(LINE, 500);
  bench.request.at = 7;
  bench.ask(LineOp.Load);
  expect(bench.request.at).toBe(507);
});

test('a torn line that is written back again is whole', () => {
  const bench = new Bench();
  bench.write(1);
  bench.arm('torn-line', 1);
  bench.write(2);
  expect(bench.afterLoss()).not.toEqual(whole(2));
  bench.write(2);
  expect(bench.afterLoss()).toEqual(whole(2));
});

test('stores of recovery replace torn units, and of one written in part only those bytes', () => {
  const bench = new Bench();
  bench.write(1);
  bench.arm('torn-line', 1);
  bench.write(2);
  const memory = bench.beneath.crashImage({ keep: () => 0 });
  const { space } = memory;
  const image = new FaultOverlay(memory, { space, queueLines: 1, durable: () => undefined });
  bench.overlay.carryTo(image);
  const request = createLineRequest(0);
  image.lineWords.fill(3);
  image.access({ ...request, op: LineOp.Store, line: LINE, fromByte: 32, toByte: 44 });
  const words = new Int32Array(16);
  image.peekWords(ADDRESS, words, 0, 16);
  expect([...words]).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 1, 1, 1, 1, 1]);
});

test('what the energy sufficed to save is there after power loss, what lies behind is not', () => {
  const bench = new Bench();
  bench.write(1);
  const { parts } = bench.overlay.laid;
  parts.leaveUnsaved(LINE + 1);
  expect(bench.afterLoss()).toEqual(whole(1));
  parts.leaveUnsaved(LINE);
  expect(bench.ask(LineOp.Load)).toBe(LineStatus.Ok);
  expect(bench.afterLoss()).toBeNull();
});

test('who asks for ever is stopped', () => {
  const bench = new Bench();
  bench.overlay.budget = 10;
  expect(() => {
    for (;;) bench.overlay.peek32(0);
  }).toThrow('no end after');
});

test('an unknown fault is answered with the nearest name', () => {
  expect(() => faultNamed('lost-flsh', 'x.yaml')).toThrow('did you mean "lost-flush"?');
});
