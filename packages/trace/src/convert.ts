/**
 * `trace convert`: any trace as a container, which loses nothing, or in a form that other tools
 * read and that holds less: a fio log, a store log, the traces of memory simulators.
 */
import { TraceError } from '@daxsim/sim';
import { writeContainer, writeWhole, type ByteSink } from './container/writer.js';
import { writeFioLog } from './fio-writer.js';
import { writeAccesses, type AccessReport } from './memory/access-writer.js';
import { writeLackey } from './memory/lackey-writer.js';
import { writeMmiotrace } from './memory/mmiotrace-writer.js';
import { writeStoreLog } from './memory/pmemcheck-writer.js';
import { openTrace } from './open-trace.js';
import type { TraceOptions, TraceReader } from './reader.js';

/** Formats that can be written, with the endings of file names that mean them. */
export const writableFormats = {
  'daxsim-container': ['.dxt'],
  'fio-iolog-v3': ['.iolog', '.log', '.fio'],
  'pmemcheck-store-log': ['.pmemcheck'],
  'valgrind-lackey': ['.lackey'],
  mmiotrace: ['.mmiotrace.txt', '.mmiotrace'],
  vans: ['.vans.trace', '.vans'],
  'ramulator2-ls': ['.ramulator2-ls.trace', '.ramulator2'],
  dramsim3: ['.dramsim3.trace', '.dramsim3'],
  nvt: ['.nvt'],
} as const;
export type WritableFormat = keyof typeof writableFormats;

/** What a conversion did. */
export interface ConvertReport {
  readonly from: string;
  readonly to: WritableFormat;
  readonly records: number;
  /** Records that the written format cannot hold, by reason. */
  readonly lost: Readonly<Record<string, number>>;
  readonly bad_lines: number;
  readonly partial: string | null;
}

/** The format that the ending of `path` means; a TraceError if it means none. */
export function formatForName(path: string): WritableFormat {
  for (const [format, endings] of Object.entries(writableFormats)) {
    if (endings.some((ending) => path.endsWith(ending))) return format as WritableFormat;
  }
  const allowed = Object.values(writableFormats).flat().join(', ');
  throw new TraceError({ where: path, found: 'a name that does not say the format', allowed });
}

/** Reads the trace at `input` and writes it to `output` (its ending says in which form). */
export async function convertTrace(
  input: string,
  output: string,
  options: TraceOptions = {},
  to: WritableFormat = formatForName(output),
): Promise<ConvertReport> {
  const reader = await openTrace(input, options);
  try {
    let records = 0;
    let lost: Readonly<Record<string, number>> = {};
    await writeWhole(output, async (sink) => {
      if (to === 'daxsim-container') records = await writeContainer(reader, sink);
      else ({ records, lost } = await writeText(reader, sink, to));
    });
    const { origin, badLineCount, partial } = reader;
    const from = origin;
    return { from, to, records, lost, bad_lines: badLineCount, partial: partial ?? null };
  } finally {
    await reader.close();
  }
}

/** In a form of another tool: what was written, and what could not be. */
function writeText(
  reader: TraceReader,
  sink: ByteSink,
  to: Exclude<WritableFormat, 'daxsim-container'>,
): Promise<AccessReport> {
  switch (to) {
    case 'fio-iolog-v3':
      return writeFioLog(reader, sink);
    case 'pmemcheck-store-log':
      return writeStoreLog(reader, sink);
    case 'valgrind-lackey':
      return writeLackey(reader, sink);
    case 'mmiotrace':
      return writeMmiotrace(reader, sink);
    default:
      return writeAccesses(reader, sink, to);
  }
}
