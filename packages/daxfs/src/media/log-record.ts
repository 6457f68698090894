/**
 * The shape of a log record: what one transaction changed, whole units, old values never.
 *
 *   word 0  magic              word 4 …  runs: block
 *   word 1  sequence, low                      first unit | units « 16
 *   word 2  sequence, bits 32–39 |             2 words for each unit
 *           words of the runs « 8    …         zeros to the end of the line
 *   word 3  checksum of all the others
 *
 * A record is valid if its magic, the sequence expected at its place and its checksum agree. There
 * is no commit record: torn or absent lines break the checksum, and the first invalid record ends
 * the log. A record left over from before has another sequence, because sequences never repeat.
 */
import { WORDS_PER_LINE } from './layout.js';

export const RECORD_MAGIC = 0x4c584144; // "DAXL"
export const RECORD_HEAD_WORDS = 4;
export const RUN_HEAD_WORDS = 2;
/** Sequences are below 2^40, which the tail unit has room for. */
export const SEQUENCE_LIMIT = 1099511627776;

const HIGH = 4294967296;
const CHECKSUM_SEED = 0x2545f491;

/** Lines of a record with so many words of runs. */
export function recordLines(runWords: number): number {
  return Math.ceil((RECORD_HEAD_WORDS + runWords) / WORDS_PER_LINE);
}

export function sequenceLow(sequence: number): number {
  return sequence | 0;
}

export function sequenceHigh(sequence: number): number {
  return Math.floor(sequence / HIGH);
}

export function sequenceOf(low: number, high: number): number {
  return (high & 0xff) * HIGH + (low >>> 0);
}

/** Checksums run over words: `checksumStart`, then `checksumStep` for each, then `checksumEnd`. */
export function checksumStart(): number {
  return CHECKSUM_SEED;
}

export function checksumStep(sum: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const mixed = sum ^ Math.imul(k, 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

export function checksumEnd(sum: number): number {
  let h = sum ^ (sum >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The checksum of `length` words from `from` on. */
export function checksumOf(words: Int32Array, from: number, length: number): number {
  let sum = checksumStart();
  for (let i = from; i < from + length; i += 1) sum = checksumStep(sum, words[i]);
  return checksumEnd(sum);
}

/**
 * The tail unit, which tells where the log begins and with which sequence: ring line in the upper
 * 24 bits of the high word, sequence in the other 40.
 */
export function tailHighWord(ringLine: number, sequence: number): number {
  return (ringLine << 8) | sequenceHigh(sequence);
}

export function tailRingLine(high: number): number {
  return high >>> 8;
}
