/**
 * Trace of DRAMSim3: `0xADDRESS READ|WRITE CLOCK`. DRAMSim2's words for the same are understood
 * too. A record has the clocks since the line before as its gap; where the clock goes back, none.
 * Source: DRAMSim3, src/common.cc (Transaction's input operator).
 */
import { AccessLines, mostMatch, type AccessForm } from '../memory/access-lines.js';
import { OpKind } from '../op-kind.js';
import { columnLines, lineFormat } from './format.js';

const words: AccessForm['words'] = [
  ['READ', OpKind.Load],
  ['WRITE', OpKind.Store],
  ['read', OpKind.Load],
  ['write', OpKind.Store],
  ['P_MEM_RD', OpKind.Load],
  ['P_MEM_WR', OpKind.Store],
  ['P_FETCH', OpKind.Load],
  ['BOFF', OpKind.Load],
];

const form: AccessForm = {
  words,
  read: (line) => {
    const { scan } = line;
    line.address = scan.hex();
    scan.blanks();
    const from = scan.at;
    if (line.address < 0 || !scan.word()) return false;
    line.word = words.findIndex(([word]) => scan.is(from, word));
    scan.blanks();
    line.clock = scan.decimal();
    return line.word >= 0 && line.clock >= 0;
  },
};

const pattern =
  /^(?:0x)?[0-9a-f]+ +(?:READ|WRITE|read|write|P_MEM_RD|P_MEM_WR|P_FETCH|BOFF) +\d+\s*$/i;

export const dramsim3 = lineFormat({
  name: 'dramsim3',
  describe: 'trace of DRAMSim3 (ADDRESS READ|WRITE CLOCK)',
  family: 'memory',
  detect: (sample) => mostMatch(columnLines(sample), pattern, (text) => text.startsWith('#')),
  parser: (context) => new AccessLines(context, form),
});
