/**
 * Frames of the container: what makes a cut-off or damaged file noticed.
 *
 *   magic │ frame: header │ frame: block │ … │ frame: footer
 *           └ u32 length, u32 record count, u32 crc32 of the payload, payload (MessagePack)
 *
 * MessagePack alone drops a cut-off tail in silence and rarely notices a changed byte; so each
 * payload is checked against its length and sum before it is decoded, and decoded whole.
 */
import { crc32 } from 'node:zlib';
import { decode, encode } from '@msgpack/msgpack';

/** First bytes of every container; the line ends in it show if a transfer has changed line ends. */
export const magic = Uint8Array.of(0x89, 0x44, 0x58, 0x54, 0x0d, 0x0a, 0x1a, 0x0a);
export const containerVersion = 2;
export const frameHeadBytes = 12;
/** No writer makes larger payloads; a longer length is damage. */
export const maxPayloadBytes = 64 * 1024 * 1024;

export const FrameType = { Header: 0, Block: 1, Footer: 2 } as const;

/** What the container was made from. */
export interface ContainerHeader {
  readonly version: number;
  readonly origin: string;
}

/** Names and columns of some records. The names are those that no earlier block has told. */
export interface BlockContent {
  readonly names: readonly string[];
  readonly calls: readonly string[];
  readonly taskIds: readonly number[];
  readonly columns: readonly unknown[];
}

/** Totals, and what the reader of the original had to say. */
export interface ContainerFooter {
  readonly records: number;
  readonly lines: number;
  readonly badLineCount: number;
  readonly badLineNumbers: readonly number[];
  readonly skipped: Readonly<Record<string, number>>;
  readonly tallies: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
  /** Empty if the original was complete. */
  readonly partial: string;
}

/** One frame, ready to be written. */
export function frame(type: number, count: number, content: object): Uint8Array {
  const payload = encode([type, content]);
  const bytes = new Uint8Array(frameHeadBytes + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length, true);
  view.setUint32(4, count, true);
  view.setUint32(8, crc32(payload), true);
  bytes.set(payload, frameHeadBytes);
  return bytes;
}

/** Decodes a payload whose sum has been checked; undefined if it is not [type, content]. */
export function unframe(
  payload: Uint8Array,
): readonly [number, Record<string, unknown>] | undefined {
  let decoded: unknown;
  try {
    decoded = decode(payload);
  } catch {
    return undefined;
  }
  if (!Array.isArray(decoded) || decoded.length !== 2) return undefined;
  const [type, content] = decoded as unknown[];
  if (typeof type !== 'number' || typeof content !== 'object' || content === null) return undefined;
  return [type, content as Record<string, unknown>];
}

/** `value` if it is a list whose entries all pass, else undefined. */
export function listOf<T>(
  value: unknown,
  isEntry: (entry: unknown) => entry is T,
): readonly T[] | undefined {
  return Array.isArray(value) && value.every(isEntry) ? value : undefined;
}

export const isText = (value: unknown): value is string => typeof value === 'string';
export const isNumber = (value: unknown): value is number => typeof value === 'number';

/** The numeric entries of an object, or none. */
export function counts(value: unknown): [string, number][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).filter((entry): entry is [string, number] => isNumber(entry[1]));
}
