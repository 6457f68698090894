/**
 * Bytes as run-length text: `41x8 00x4088`. After 48 runs the list is cut and a hash of all bytes
 * (FNV-1a, 64 bits) follows, as in kernel records.
 */
const RUNS_MAX = 48;
const PRIME = 1099511628211n;
const START = 1469598103934665603n;
const MASK = (1n << 64n) - 1n;

export function runLengthText(bytes: Uint8Array): string {
  const runs: string[] = [];
  let at = 0;
  let isCut = false;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    let end = at + 1;
    while (end < bytes.length && bytes[end] === byte) end += 1;
    if (runs.length === RUNS_MAX) {
      isCut = true;
      break;
    }
    runs.push(`${byte.toString(16).padStart(2, '0')}x${end - at}`);
    at = end;
  }
  if (isCut) runs.push('...');
  if (runs.length >= RUNS_MAX) runs.push(`fnv1a64=${hashText(bytes)}`);
  return runs.join(' ');
}

/** The runs before the cut: what two texts may be compared by. */
export function comparableRuns(text: string): string {
  const at = text.search(/ (?:\.\.\.|fnv1a64=)/);
  return at < 0 ? text : text.slice(0, at);
}

function hashText(bytes: Uint8Array): string {
  let hash = START;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
  return hash.toString(16).padStart(16, '0');
}
