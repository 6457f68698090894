/** The bytes that operations write, and how bytes that were read are summed up; as `execute.c`. */

/** What operation `number` writes to file bytes [offset, offset + length). */
export function pattern(number: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, length));
  const from = offset % 1048576;
  for (let i = 0; i < bytes.length; i += 1) {
    const place = (from + i) & 0xfffff;
    bytes[i] = (number * 131 + (place >> 9) * 17 + place * 3) | 1;
  }
  return bytes;
}

/** A sum over bytes and places; zeros add nothing. */
export function contentHash(bytes: Uint8Array, offset: number): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte === 0) continue;
    const at = offset + i;
    const high = Math.floor(at / 4294967296);
    sum =
      (sum + Math.imul(byte, (Math.imul(at | 0, -1640531535) + Math.imul(high, 40503) + 97) | 0)) |
      0;
  }
  return sum >>> 0;
}
