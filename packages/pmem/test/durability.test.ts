/**
 * What both ports promise about power loss, claim by claim: the same body runs on the untimed
 * memory and on the timed one, with ADR and with eADR.
 */
import { StateSpace } from '@daxsim/sim';
import { describe, expect, test } from '@jest/globals';
import {
  IssueStatus,
  LineOp,
  createLineRequest,
  type LineRequest,
  type Memory,
} from '../src/memory.js';
import { createTimedMemory } from '../src/timed/timed-memory.js';
import { createUntimedMemory } from '../src/untimed-memory.js';
import { shippedMachine } from './machines.js';

const CAPACITY = 1 << 20;
const NEW = 0x11111111;
const OLD = 0;

/** Sources that take turns; each waits until its request is over. */
class Driver {
  private at = 0;
  private sequence = 0;
  private readonly requests: LineRequest[] = [0, 1].map((source) => createLineRequest(source));

  constructor(readonly memory: Memory) {}

  store(line: number, word = 0, value = NEW, source = 0): this {
    this.memory.lineWords[word] = value;
    return this.send(LineOp.Store, line, source, word * 4, word * 4 + 4);
  }

  ntStore(line: number, value = NEW, source = 0): this {
    this.memory.lineWords.fill(value);
    return this.send(LineOp.NtStore, line, source);
  }

  directStore(line: number, value = NEW): this {
    this.memory.lineWords.fill(value);
    return this.send(LineOp.DirectStore, line);
  }

  send(op: number, line = 0, source = 0, from = 0, to = 64): this {
    const request = this.requests[source];
    this.sequence += 1;
    Object.assign(request, { op, line, fromByte: from, toByte: to, sequence: this.sequence });
    request.at = this.at;
    let status = this.memory.access(request);
    while (status === IssueStatus.Pending) {
      this.memory.decideUntil(this.memory.nextDecisionAt());
      if (this.memory.takeCompleted() === source) status = IssueStatus.Done;
    }
    this.at = request.at;
    return this;
  }

  /** The word after power loss now, where each line keeps `kept` of its pending units. */
  after(line: number, word: number, kept: number): number {
    const image = this.memory.crashImage({ keep: (_line, units) => Math.min(units, kept) });
    return image.peek32(line * 64 + word * 4);
  }

  /** What the word may be after power loss now. */
  outcomes(line: number, word = 0): number[] {
    const units = this.memory.pendingLines().find((pending) => pending.line === line)?.units ?? 0;
    const values = Array.from({ length: units + 1 }, (_unused, kept) =>
      this.after(line, word, kept),
    );
    return [...new Set(values)].sort((a, b) => a - b);
  }
}

const PORTS = {
  untimed: (domain: 'adr' | 'eadr') => createUntimedMemory(new StateSpace(), CAPACITY, domain),
  timed: (domain: 'adr' | 'eadr') =>
    createTimedMemory(shippedMachine(domain === 'adr' ? 'optane-100-1dimm' : 'optane-200-eadr'), {
      capacityBytes: CAPACITY,
      sources: 2,
    }),
};

describe.each(['untimed', 'timed'] as const)('%s memory with ADR', (port) => {
  const driver = () => new Driver(PORTS[port]('adr'));

  test('a store without flush may survive or not', () => {
    expect(driver().store(1).outcomes(1)).toEqual([OLD, NEW]);
  });

  test('a store without flush is not saved by a fence', () => {
    expect(driver().store(1).send(LineOp.Sfence).outcomes(1)).toEqual([OLD, NEW]);
  });

  test.each([LineOp.Clwb, LineOp.ClFlushOpt])('store, flush %i, fence survives', (op) => {
    expect(driver().store(1).send(op, 1).send(LineOp.Sfence).outcomes(1)).toEqual([NEW]);
  });

  test('ntstore and fence survives', () => {
    expect(driver().ntStore(1).send(LineOp.Sfence).outcomes(1, 15)).toEqual([NEW]);
  });

  test('movdir64b and fence survives', () => {
    expect(driver().directStore(1).send(LineOp.Sfence).outcomes(1, 15)).toEqual([NEW]);
  });

  test('a movdir64b without fence survives whole or not at all', () => {
    const d = driver().directStore(1);
    expect(d.memory.pendingLines()).toEqual([{ line: 1, units: 1 }]);
    for (const kept of [0, 1]) expect(d.after(1, 0, kept)).toBe(d.after(1, 15, kept));
    expect(driver().ntStore(1).memory.pendingLines()).toEqual([{ line: 1, units: 8 }]);
  });

  test('stores before and behind a movdir64b are not part of it', () => {
    const d = driver().store(1, 14, 5).directStore(1).store(1, 14, 6);
    expect(d.memory.pendingLines()).toEqual([{ line: 1, units: 3 }]);
    expect(d.outcomes(1, 14)).toEqual([OLD, 5, 6, NEW]);
    expect(d.outcomes(1, 0)).toEqual([OLD, NEW]);
  });

  test('an atomic makes what was flushed before it durable, and not what it writes', () => {
    const d = driver().store(1).send(LineOp.Clwb, 1);
    d.memory.lineWords[0] = NEW;
    d.send(LineOp.Atomic, 2, 0, 0, 8);
    expect([d.outcomes(1), d.outcomes(2)]).toEqual([[NEW], [OLD, NEW]]);
    d.send(LineOp.Clwb, 2).send(LineOp.Sfence);
    expect(d.outcomes(2)).toEqual([NEW]);
  });

  test('an atomic leaves the line as it found it, and writes its bytes', () => {
    const d = driver().store(1, 3, 7);
    d.memory.lineWords[2] = NEW;
    d.memory.lineWords[3] = NEW;
    d.send(LineOp.Atomic, 1, 0, 8, 16);
    expect([...d.memory.lineWords.subarray(2, 4)]).toEqual([OLD, 7]);
    d.send(LineOp.Load, 1, 1);
    expect([...d.memory.lineWords.subarray(2, 4)]).toEqual([NEW, NEW]);
  });

  test('mfence is as good as sfence', () => {
    expect(driver().store(1).send(LineOp.Clwb, 1).send(LineOp.Mfence).outcomes(1)).toEqual([NEW]);
  });

  test('a store after the flush and before the fence may be lost', () => {
    const d = driver().store(1).send(LineOp.Clwb, 1).store(1, 2).send(LineOp.Sfence);
    expect([d.outcomes(1, 0), d.outcomes(1, 2)]).toEqual([[NEW], [OLD, NEW]]);
  });

  test('a flush covers only its own line', () => {
    const d = driver().store(1).store(2).send(LineOp.Clwb, 1).send(LineOp.Sfence);
    expect([d.outcomes(1), d.outcomes(2)]).toEqual([[NEW], [OLD, NEW]]);
  });

  test("a flush by one source makes another's store durable", () => {
    const d = driver().store(1).send(LineOp.Clwb, 1, 1).send(LineOp.Sfence, 0, 1);
    expect(d.outcomes(1)).toEqual([NEW]);
  });

  test('a second flush of a clean line may be believed too', () => {
    const d = driver().store(1).send(LineOp.Clwb, 1).send(LineOp.Clwb, 1, 1);
    expect(d.send(LineOp.Sfence, 0, 1).outcomes(1)).toEqual([NEW]);
  });

  test('an ntstore over pending stores takes them along', () => {
    const d = driver().store(1, 0, 5).ntStore(1).store(1, 4, 6).send(LineOp.Sfence);
    expect([d.outcomes(1, 0), d.outcomes(1, 4)]).toEqual([[NEW], [6, NEW]]);
  });

  test('stores of one line survive in order', () => {
    const d = driver().store(1, 0).store(1, 8);
    const seen = [0, 1, 2].map((kept) => [d.after(1, 0, kept), d.after(1, 8, kept)]);
    expect(seen).toEqual([[OLD, OLD], [NEW, OLD], [NEW, NEW]]); // prettier-ignore
  });

  test('a whole line survives in steps of eight bytes', () => {
    const { memory } = driver().store(0);
    const d = new Driver(memory);
    memory.lineWords.fill(NEW);
    d.send(LineOp.Store, 3);
    expect(d.memory.pendingLines().at(-1)).toEqual({ line: 3, units: 8 });
    expect([d.after(3, 5, 2), d.after(3, 5, 3)]).toEqual([OLD, NEW]);
  });

  test('a load sees what is not durable', () => {
    const d = driver().store(1).send(LineOp.Load, 1, 1);
    expect(d.memory.lineWords[0]).toBe(NEW);
  });

  test('a crash image leaves the memory as it was', () => {
    const d = driver().store(1).store(2, 3);
    const before = [d.memory.mediaHash(), d.memory.pendingLines(), d.memory.peek32(64)];
    const image = d.memory.crashImage({ keep: () => 1 });
    new Driver(image).store(1, 0, 9).send(LineOp.Clwb, 1).send(LineOp.Sfence);
    expect([d.memory.mediaHash(), d.memory.pendingLines(), d.memory.peek32(64)]).toEqual(before);
  });

  test('what is poked is durable at once, with all that was pending in its line', () => {
    const d = driver().store(1, 2);
    d.memory.poke32(64, 7);
    expect([d.outcomes(1, 0), d.outcomes(1, 2)]).toEqual([[7], [NEW]]);
  });
});

describe.each(['untimed', 'timed'] as const)('%s memory with eADR', (port) => {
  const driver = () => new Driver(PORTS[port]('eadr'));

  test('a store is durable when it is visible', () => {
    expect(driver().store(1).outcomes(1)).toEqual([NEW]);
  });

  test('an ntstore still needs its fence', () => {
    const d = driver().ntStore(1);
    expect(d.outcomes(1)).toEqual([OLD, NEW]);
    expect(d.send(LineOp.Sfence).outcomes(1)).toEqual([NEW]);
  });
});
