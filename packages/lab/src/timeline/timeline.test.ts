/** The timeline is valid JSON whose spans nest and follow time, and the table has a line each. */
import { describe, expect, test } from '@jest/globals';
import { OpKind, TraceRecord } from '@daxsim/trace';
import { OperationLines } from './csv.js';
import { ticksAsNs, ticksAsUs } from './simulated-time.js';
import { TimelineEvents } from './timeline.js';

const names = ['/plain', '/with "quotes", and a comma'];
const source = {
  placeOf: (_task: number, path: number): string | undefined => names[path],
  recordedTask: (task: number): number => 4000 + task,
};

function recordOf(kind: OpKind, path: number, length = 0): TraceRecord {
  const record = new TraceRecord();
  record.kind = kind;
  record.path = path;
  record.length = length;
  return record;
}

function collected(): { text: string; write(text: string): void } {
  return {
    text: '',
    write(text) {
      this.text += text;
    },
  };
}

test('times are exact decimals of picoseconds', () => {
  expect([0, 1, 1000, 1500, 123456].map(ticksAsNs)).toEqual(['0', '0.001', '1', '1.5', '123.456']);
  expect([1, 1_000_000, 2_500_001].map(ticksAsUs)).toEqual(['0.000001', '1', '2.500001']);
  expect(ticksAsUs(9_007_199_254_740_991)).toBe('9007199254.740991');
});

describe('a timeline', () => {
  test('nests waits in operations, in order of time, and names its tracks once', () => {
    const sink = collected();
    const events = new TimelineEvents(source, sink);
    events.began(0, recordOf(OpKind.Write, 1, 4096), 1000);
    events.began(1, recordOf(OpKind.Fsync, 0), 1500);
    events.waited(0, 'inode', 2000, 3000);
    events.ended(0, recordOf(OpKind.Write, 1), 0, 4096, 4000);
    events.ended(1, recordOf(OpKind.Fsync, 0), 5, 0, 4500);
    events.finish();
    const { traceEvents } = JSON.parse(sink.text) as {
      traceEvents: { ph: string; tid?: number; ts?: number; name?: string; args?: object }[];
    };
    const track = traceEvents.filter(({ ph, tid }) => tid === 1 && ph !== 'M');
    expect(track.map(({ ph, name, ts }) => [ph, name, ts])).toEqual([
      ['B', 'write', 0.001],
      ['B', 'wait inode', 0.002],
      ['E', undefined, 0.003],
      ['E', undefined, 0.004],
    ]);
    expect(track[0]?.args).toEqual({ file: names[1], length: 4096 });
    expect(track[3]?.args).toEqual({ result: 4096 });
    expect(traceEvents.at(-1)?.args).toEqual({ errno: 'EIO' });
    const named = traceEvents.filter(({ name }) => name === 'thread_name');
    expect(named.map(({ args }) => args)).toEqual([{ name: 'task 4000' }, { name: 'task 4001' }]);
  });

  test('ends what a run left open, so that begins and ends are as many', () => {
    const sink = collected();
    const events = new TimelineEvents(source, sink);
    events.began(0, recordOf(OpKind.Read, 0), 1000);
    events.beginSpan(0, 'read fault', 2000, '');
    events.finish();
    const { traceEvents } = JSON.parse(sink.text) as { traceEvents: { ph: string }[] };
    const count = (ph: string): number => traceEvents.filter((event) => event.ph === ph).length;
    expect([count('B'), count('E')]).toEqual([2, 2]);
  });
});

test('a line holds one operation; names with commas are quoted, errors have names', () => {
  const sink = collected();
  const lines = new OperationLines(source, sink);
  const write = recordOf(OpKind.Write, 1, 10);
  write.sequence = 3;
  write.offset = 4096;
  lines.began(0, write, 1500);
  lines.ended(0, write, 0, 10, 3000);
  lines.began(1, recordOf(OpKind.Open, 0), 3000);
  lines.ended(1, recordOf(OpKind.Open, 0), 2, 0, 4000);
  const implied = recordOf(OpKind.Close, 0);
  implied.isImplied = true;
  lines.began(0, implied, 5000);
  lines.ended(0, implied, 0, 0, 5000);
  expect(sink.text.split('\n')).toEqual([
    'sequence,task,kind,path,offset,length,start_ns,latency_ns,result,errno',
    '3,4000,write,"/with ""quotes"", and a comma",4096,10,1.5,1.5,10,',
    '0,4001,open,/plain,,0,3,1,,ENOENT',
    '',
  ]);
});
