/**
 * One line per operation, in the order in which operations ended, for spreadsheets and data frames.
 *
 *     sequence,task,kind,path,offset,length,start_ns,latency_ns,result,errno
 *
 * `sequence` counts the records of a trace, `task` is its recorded number. Offsets, lengths and
 * results that an operation does not have are empty. A field with a comma, a quote or a line end is
 * quoted, as RFC 4180 has it.
 */
import { NONE, errnoName, opKindNames, type TraceRecord } from '@daxsim/trace';
import type { RunParts } from '../replay/replay.js';
import type { OperationListener, ReplaySource } from '../replay/replay-source.js';
import { ticksAsNs } from './simulated-time.js';
import { FileSink, type TextSink } from './text-sink.js';

const HEAD = 'sequence,task,kind,path,offset,length,start_ns,latency_ns,result,errno\n';

/** Writes a run's operations to a file. Throws ConfigError if it cannot be made. */
export function joinCsv(parts: RunParts, path: string): TextSink {
  const sink = new FileSink(path);
  parts.source.listeners.push(new OperationLines(parts.source, sink));
  return sink;
}

/** The listener behind it; `sink` gets whole lines. */
export class OperationLines implements OperationListener {
  private readonly startedAt: number[] = [];

  constructor(
    private readonly source: Pick<ReplaySource, 'placeOf' | 'recordedTask'>,
    private readonly sink: Pick<TextSink, 'write'>,
  ) {
    sink.write(HEAD);
  }

  began(task: number, _record: TraceRecord, at: number): void {
    this.startedAt[task] = at;
  }

  ended(task: number, record: TraceRecord, errno: number, result: number, at: number): void {
    if (record.isImplied || !record.inScope) return;
    const start = this.startedAt[task] ?? at;
    const fields = [
      String(record.sequence),
      String(this.source.recordedTask(task)),
      opKindNames[record.kind] ?? '',
      quoted(this.source.placeOf(task, record.path) ?? ''),
      numberText(record.offset),
      String(record.length),
      ticksAsNs(start),
      ticksAsNs(at - start),
      errno === 0 ? String(result) : '',
      errno === 0 ? '' : errnoName(errno),
    ];
    this.sink.write(`${fields.join(',')}\n`);
  }
}

function numberText(value: number): string {
  return value === NONE ? '' : String(value);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
