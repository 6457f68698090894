/** Reads a kernel trace in text form from its file, packed or not, event by event. */
import { TraceError } from '@daxsim/sim';
import { openBytes } from '../byte-source.js';
import { parseKernelEvent, type KernelEvent } from './kernel-event.js';

const chunkBytes = 1 << 20;
const lineFeed = 10;

/**
 * Calls `each` for every event, in the order of the file; answers how many there were. Lines that
 * are no events are passed over. Throws TraceError if the file cannot be read or holds no event.
 */
export async function readKernelEvents(
  path: string,
  each: (event: KernelEvent) => void,
): Promise<number> {
  const source = await openBytes(path);
  let events = 0;
  const take = (text: string): void => {
    const event = parseKernelEvent(text);
    if (event === undefined) return;
    events += 1;
    each(event);
  };
  try {
    let bytes = new Uint8Array(chunkBytes);
    let end = 0;
    for (;;) {
      if (end === bytes.length) bytes = grown(bytes);
      const count = await source.read(bytes, end);
      if (count === 0) break;
      end += count;
      const last = bytes.subarray(0, end).lastIndexOf(lineFeed);
      if (last < 0) continue;
      for (const text of textOf(bytes, 0, last).split('\n')) take(text);
      bytes.copyWithin(0, last + 1, end);
      end -= last + 1;
    }
    take(textOf(bytes, 0, end));
  } finally {
    await source.close();
  }
  if (events > 0) return events;
  const allowed = 'text of trace-cmd report, perf script or tracefs';
  throw new TraceError({ where: path, found: 'no event of a kernel trace', allowed });
}

function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * bytes.length);
  larger.set(bytes);
  return larger;
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
}
