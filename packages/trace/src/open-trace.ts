/**
 * Opens a trace: unpacks it, finds its format by content, and gives its reader. What cannot be a
 * trace is refused here, with the list of what could be.
 */
import { TraceError, nearestName } from '@daxsim/sim';
import { openBytes } from './byte-source.js';
import { formatCatalog } from './formats/catalog.js';
import { sampleBytes, type TraceFormat } from './formats/format.js';
import { ParseContext } from './parse-context.js';
import type { TraceOptions, TraceReader } from './reader.js';

/**
 * Opens the trace at `path`. Throws TraceError if it cannot be opened, if no format fits, or if
 * `options.format` names none.
 */
export async function openTrace(path: string, options: TraceOptions = {}): Promise<TraceReader> {
  const named = formatNamed(options.format ?? 'auto', path);
  const source = await openBytes(path);
  try {
    const sample = await source.peek(sampleBytes);
    const format = named ?? detectFormat(sample, path, source.partial);
    return await format.open(source, new ParseContext(path, options));
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** The catalogue entry of that name; undefined for `auto`. */
function formatNamed(name: string, path: string): TraceFormat | undefined {
  if (name === 'auto') return undefined;
  const format = formatCatalog.find((candidate) => candidate.name === name);
  if (format !== undefined) return format;
  const names = formatCatalog.map((candidate) => candidate.name);
  throw new TraceError({
    where: path,
    found: `unknown trace format "${name}"`,
    allowed: `auto, ${names.join(', ')}`,
    nearest: nearestName(name, ['auto', ...names]),
  });
}

function detectFormat(sample: Uint8Array, path: string, partial: string | undefined): TraceFormat {
  const format = formatCatalog.find((candidate) => candidate.detect(sample));
  if (format !== undefined) return format;
  const formats = formatCatalog.map(({ name, describe }) => `\n  ${name}: ${describe}`).join('');
  let found = 'no known trace format';
  if (sample.length === 0) found = 'an empty file';
  if (partial !== undefined) found = `${found} (${partial})`;
  throw new TraceError({ where: path, found, allowed: `${formats}\n(plain or gzip)` });
}
