/**
 * Load/store trace of Ramulator 2: `LD ADDRESS` or `ST ADDRESS`, decimal or 0x. No time at all.
 * Source: Ramulator 2.0, src/frontend/impl/memory_trace/loadstore_trace.cpp. Its other two forms
 * (`R|W` with a vector of device coordinates, and bubbles with addresses) are not read.
 */
import { AccessLines, mostMatch, type AccessForm } from '../memory/access-lines.js';
import { OpKind } from '../op-kind.js';
import { columnLines, lineFormat } from './format.js';

const form: AccessForm = {
  words: [
    ['LD', OpKind.Load],
    ['ST', OpKind.Store],
  ],
  read: (line) => {
    const { scan } = line;
    const from = scan.at;
    if (!scan.word()) return false;
    line.word = scan.is(from, 'LD') ? 0 : 1;
    if (line.word === 1 && !scan.is(from, 'ST')) return false;
    scan.blanks();
    const isHex = scan.peek() === 48 && ((scan.bytes[scan.at + 1] as number) | 32) === 120;
    line.address = isHex ? scan.hex() : scan.decimal();
    return line.address >= 0;
  },
};

export const ramulator2 = lineFormat({
  name: 'ramulator2-ls',
  describe: 'load/store trace of Ramulator 2 (LD|ST ADDRESS)',
  family: 'memory',
  detect: (sample) =>
    mostMatch(columnLines(sample), /^(?:LD|ST) +(?:0x[0-9a-f]+|\d+)\s*$/i, (text) =>
      text.startsWith('#'),
    ),
  parser: (context) => new AccessLines(context, form),
});
