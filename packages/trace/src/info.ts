/** `trace info` and `trace head`: what a trace holds, and its first records in the common form. */
import { errnoName } from './errno.js';
import { opKindNames } from './op-kind.js';
import { isMemoryKind } from './memory/memory-summary.js';
import { openTrace } from './open-trace.js';
import type { TraceOptions, TraceReader } from './reader.js';
import { NONE, type TraceRecord } from './record.js';
import { TraceSummary, type TraceInfo } from './summary.js';

/** Reads a trace to its end and says what is in it. Memory does not grow with the trace. */
export async function traceInfo(path: string, options: TraceOptions = {}): Promise<TraceInfo> {
  const reader = await openTrace(path, options);
  try {
    const summary = new TraceSummary(reader);
    do {
      while (reader.next()) summary.add(reader.record);
    } while (await reader.fill());
    return summary.finish();
  } finally {
    await reader.close();
  }
}

/** The first `count` records, one line each. */
export async function traceHead(
  path: string,
  count: number,
  options: TraceOptions = {},
): Promise<string[]> {
  const reader = await openTrace(path, options);
  const lines: string[] = [];
  try {
    do {
      while (lines.length < count && reader.next()) lines.push(renderRecord(reader));
    } while (lines.length < count && (await reader.fill()));
    return lines;
  } finally {
    await reader.close();
  }
}

/** The reader's record as one line: who, when, what, where, and what came of it. */
export function renderRecord(reader: TraceReader): string {
  const record = reader.record;
  const kind = opKindNames[record.kind] ?? 'other';
  const call = record.call === NONE ? '' : reader.calls.text(record.call);
  const parts = [
    String(record.sequence),
    `line ${record.line}`,
    record.startNs === NONE ? '-' : `${(record.startNs / 1000).toFixed(3)} us`,
    `task ${reader.taskIds[record.task] ?? record.task}`,
    call === '' || call === kind ? kind : `${kind} (${call})`,
    ...operandWords(reader, record),
  ];
  if (record.errno !== 0) parts.push(`= ${errnoName(record.errno)}`);
  else if (isMemoryKind(record.kind)) parts.push(...valueWords(record));
  else if (record.hasResult === 1) parts.push(`= ${record.result}`);
  if (record.isImplied) parts.push('[implied]');
  return parts.join('  ');
}

function operandWords(reader: TraceReader, record: TraceRecord): string[] {
  const words: string[] = [];
  const word = (name: string, value: number): void => {
    if (value !== NONE) words.push(`${name} ${value}`);
  };
  word('handle', record.handle);
  word('to handle', record.handle2);
  if (record.path !== NONE) words.push(reader.names.text(record.path));
  if (record.path2 !== NONE) words.push(`-> ${reader.names.text(record.path2)}`);
  word('mapping', record.mapping);
  word('offset', record.offset);
  word('to offset', record.offset2);
  if (record.address !== NONE) words.push(`address 0x${record.address.toString(16)}`);
  if (record.length !== 0) word('length', record.length);
  if (record.flags !== 0) words.push(`flags 0x${record.flags.toString(16)}`);
  word('size', record.statSize);
  word('child', record.child);
  word('gap', record.gap);
  return words;
}

function valueWords({ hasResult, valueHigh, valueLow }: TraceRecord): string[] {
  if (hasResult === 0) return [];
  const half = (value: number): string => (value >>> 0).toString(16);
  const low = valueHigh === 0 ? half(valueLow) : half(valueLow).padStart(8, '0');
  return [`= 0x${valueHigh === 0 ? '' : half(valueHigh)}${low}`];
}
