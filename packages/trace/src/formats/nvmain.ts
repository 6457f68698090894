/**
 * Trace of NVMain (`.nvt`).
 *
 *   NVMV1                              optional: version 1 has the data that was there before
 *   CLOCK R|W 0xADDRESS DATA [OLDDATA] THREAD
 *
 * DATA is hexadecimal, 64 bytes or fewer. A record has room for eight bytes; longer data and old
 * data are left out, and counted. Source: NVMain, traceReader/NVMainTrace.
 */
import { AccessLines, mostMatch, type AccessForm } from '../memory/access-lines.js';
import { OpKind } from '../op-kind.js';
import type { ParseContext } from '../parse-context.js';
import { columnLines, lineFormat } from './format.js';

const valueDigits = 16;

function nvmainForm(context: ParseContext): AccessForm {
  return {
    words: [
      ['R', OpKind.Load],
      ['W', OpKind.Store],
    ],
    isRemark: (text) => /^NVMV\d+/.test(text),
    read: (line) => {
      const { scan } = line;
      line.clock = scan.decimal();
      scan.blanks();
      const byte = scan.peek();
      line.word = byte === 82 ? 0 : 1;
      if (line.clock < 0 || (byte !== 82 && byte !== 87)) return false;
      scan.at += 1;
      scan.blanks();
      line.address = scan.hex();
      scan.blanks();
      const digits = scan.hex64();
      line.hasValue = digits <= valueDigits;
      if (line.address < 0 || digits === 0) return false;
      line.valueLow = scan.low;
      line.valueHigh = scan.high;
      scan.blanks();
      const from = scan.at;
      line.thread = scan.decimal();
      const end = scan.at;
      scan.blanks();
      // What follows a number is a thread: then the number was the data of before.
      if (scan.peek() > 32) {
        scan.begin(scan.bytes, from);
        if (scan.hex64() === 0) return false;
        scan.blanks();
        line.thread = scan.decimal();
        context.skip('old data of NVMain');
      } else scan.at = end;
      if (!line.hasValue) context.skip('data of more than eight bytes');
      return line.thread >= 0;
    },
  };
}

export const nvmain = lineFormat({
  name: 'nvt',
  describe: 'trace of NVMain (CLOCK R|W ADDRESS DATA THREAD)',
  family: 'memory',
  detect: (sample) =>
    mostMatch(
      columnLines(sample),
      /^\d+ +[RW] +(?:0x)?[0-9a-f]+ +[0-9a-f]+(?: +[0-9a-f]+)? +\d+\s*$/i,
      (text) => /^(?:NVMV|#)/.test(text),
    ),
  parser: (context) => new AccessLines(context, nvmainForm(context)),
});
