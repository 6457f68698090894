/** Payload bytes: the same by word and by byte, and never those of another write or place. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BLANK, PayloadWords, ZERO } from './payload-words.js';

const words = new PayloadWords(0xcd);
const source = fc.oneof(fc.constantFrom(ZERO, BLANK), fc.integer({ min: 1, max: 2 ** 31 }));

test('whole words and single bytes tell the same content, at any place', () => {
  fc.assert(
    fc.property(source, fc.nat(2 ** 40), fc.nat(300), fc.nat(40), (value, offset, length, at) => {
      const bytes = new Uint8Array(400);
      words.fill(value, offset, length, bytes, at);
      for (let i = 0; i < length; i += 1) {
        expect(bytes[at + i]).toBe(words.byteAt(value, offset + i));
      }
      expect(words.differsAt(value, offset, length, bytes, at)).toBe(-1);
    }),
  );
});

test('a byte that differs is found at its place', () => {
  fc.assert(
    fc.property(source, fc.nat(4096), fc.nat(255), (value, offset, at) => {
      const bytes = new Uint8Array(256);
      words.fill(value, offset * 8, 256, bytes, 0);
      bytes[at] = bytes[at]! ^ 1;
      expect(words.differsAt(value, offset * 8, 256, bytes, 0)).toBe(at);
    }),
  );
});

test('writes and places are told apart', () => {
  const seen = new Set<string>();
  for (let value = 1; value <= 100; value += 1) {
    for (let word = 0; word < 100; word += 1) {
      const bytes = new Uint8Array(8);
      words.fill(value, word * 8, 8, bytes, 0);
      seen.add(bytes.join(' '));
    }
  }
  expect(seen.size).toBe(10_000);
});
