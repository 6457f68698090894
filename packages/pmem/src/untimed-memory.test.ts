/** The untimed port: what is visible, what power loss may take, what a rewind takes back. */
import { StateSpace } from '@daxsim/sim';
import { describe, expect, test } from '@jest/globals';
import { LineOp, createLineRequest, type Memory } from './memory.js';
import { createUntimedMemory } from './untimed-memory.js';

const FILL = 0xcdcdcdcd | 0;

function send(memory: Memory, op: number, line = 0, source = 0): void {
  const request = createLineRequest(source);
  request.op = op;
  request.line = line;
  memory.access(request);
}

function storeWord(memory: Memory, line: number, word: number, value: number, source = 0): void {
  memory.lineWords[word] = value;
  const request = createLineRequest(source);
  request.op = LineOp.Store;
  request.line = line;
  request.fromByte = word * 4;
  request.toByte = word * 4 + 4;
  memory.access(request);
}

function device() {
  const space = new StateSpace();
  return { space, memory: createUntimedMemory(space, 1 << 20, 'adr', { fillByte: 0xcd }) };
}

function survivors(memory: Memory, keep = 0): Memory {
  return memory.crashImage({ keep: (_line, units) => Math.min(keep, units) });
}

describe('untimed memory', () => {
  test('an untouched byte reads as the fill', () => {
    expect(device().memory.peek32(4096)).toBe(FILL);
  });

  test('a store is seen at once by every source, and taken by power loss', () => {
    const { memory } = device();
    storeWord(memory, 1, 0, 7);
    send(memory, LineOp.Load, 1, 3);
    expect(memory.lineWords[0]).toBe(7);
    expect(survivors(memory).peek32(64)).toBe(FILL);
    expect(survivors(memory, 1).peek32(64)).toBe(7);
  });

  test('what was stored after the flush is not covered by its fence', () => {
    const { memory } = device();
    storeWord(memory, 0, 0, 1);
    send(memory, LineOp.Clwb);
    storeWord(memory, 0, 2, 2);
    send(memory, LineOp.Sfence);
    const image = survivors(memory);
    expect([image.peek32(0), image.peek32(8)]).toEqual([1, FILL]);
  });

  test("another source's fence does not make a flush durable", () => {
    const { memory } = device();
    storeWord(memory, 0, 0, 1);
    send(memory, LineOp.Clwb);
    send(memory, LineOp.Sfence, 0, 1);
    expect(survivors(memory).peek32(0)).toBe(FILL);
  });

  test('a line survives as a prefix of its stores, in units of eight bytes', () => {
    const { memory } = device();
    storeWord(memory, 0, 4, 1);
    storeWord(memory, 0, 0, 2);
    storeWord(memory, 0, 4, 3);
    expect(memory.pendingLines()).toEqual([{ line: 0, units: 3 }]);
    const seen = [0, 1, 2, 3].map((keep) => {
      const image = survivors(memory, keep);
      return [image.peek32(16), image.peek32(0)];
    });
    expect(seen).toEqual([[FILL, FILL], [1, FILL], [1, 2], [3, 2]]); // prettier-ignore
  });

  test('a line that is never flushed stays bounded and invents no state', () => {
    const { memory } = device();
    for (let i = 0; i < 10_000; i += 1) storeWord(memory, 0, (i % 2) * 4, i);
    const units = memory.pendingLines()[0].units;
    expect(units).toBeLessThanOrEqual(512);
    for (let keep = 0; keep <= units; keep += 1) {
      const image = survivors(memory, keep);
      const [even, odd] = [image.peek32(0), image.peek32(16)];
      if (keep > 1) expect(Math.abs(even - odd)).toBe(1);
    }
  });

  test('an image lets its base be and can crash again', () => {
    const { memory } = device();
    storeWord(memory, 0, 0, 1);
    const hash = memory.mediaHash();
    const image = survivors(memory, 1);
    storeWord(image, 0, 0, 9);
    send(image, LineOp.Clwb);
    send(image, LineOp.Sfence);
    storeWord(image, 0, 0, 10);
    expect(survivors(image).peek32(0)).toBe(9);
    expect([memory.peek32(0), memory.mediaHash()]).toEqual([1, hash]);
  });

  test('the media hash tells durable bytes, not how they came about', () => {
    const a = device().memory;
    const b = device().memory;
    a.poke32(128, 5);
    storeWord(b, 2, 0, 4);
    storeWord(b, 2, 0, 5);
    expect(b.mediaHash()).not.toBe(a.mediaHash());
    send(b, LineOp.Clwb, 2);
    send(b, LineOp.Sfence);
    expect(b.mediaHash()).toBe(a.mediaHash());
    b.poke32(8192, FILL);
    expect(b.mediaHash()).toBe(a.mediaHash());
  });

  test('rewinding takes back bytes, overlay and flushes on their way', () => {
    const { space, memory } = device();
    space.startHashing();
    storeWord(memory, 0, 0, 1);
    send(memory, LineOp.Clwb);
    const mark = space.mark();
    const hash = space.hash();
    send(memory, LineOp.Sfence);
    storeWord(memory, 0, 0, 2);
    storeWord(memory, 5, 0, 2);
    space.rewind(mark);
    expect(space.hash()).toBe(hash);
    expect(survivors(memory).peek32(0)).toBe(FILL);
    send(memory, LineOp.Sfence);
    expect(survivors(memory).peek32(0)).toBe(1);
  });
});
