/**
 * Memory trace of VANS: one access to a 64-byte line per line of text.
 *
 *   0xADDRESS [R|W|C][:IDLE]   C: a read that all waits for; IDLE: clocks of pause after it
 *   # comment
 *
 * A pause follows its access; a record tells it as the gap before the next. The pause after the
 * last line is lost. An address alone is a read. Source: VANS, src/general/trace.cpp.
 */
import { AccessLines, mostMatch, type AccessForm } from '../memory/access-lines.js';
import { LoadFlag, OpKind } from '../op-kind.js';
import { NONE } from '../record.js';
import { columnLines, lineFormat } from './format.js';

const letters = [82, 87, 67] as const;
const colon = 58;

/** Each reader has its own, because a pause is told one record late. */
export function vansForm(): AccessForm {
  let pause = NONE;
  return {
    words: [
      ['R', OpKind.Load],
      ['W', OpKind.Store],
      ['C', OpKind.Load],
    ],
    read: (line) => {
      const { scan } = line;
      line.address = scan.hex();
      scan.blanks();
      const word = letters.indexOf(scan.peek() as (typeof letters)[number]);
      if (word >= 0) scan.at += 1;
      let next: number = NONE;
      if (word >= 0 && scan.pass(colon)) {
        next = scan.decimal();
        if (next < 0) return false;
      }
      if (line.address < 0) return false;
      line.word = Math.max(0, word);
      line.flags = word === 2 ? LoadFlag.Critical : 0;
      line.gap = pause;
      pause = next;
      return true;
    },
  };
}

export const vans = lineFormat({
  name: 'vans',
  describe: 'memory trace of VANS (ADDRESS R|W|C[:IDLE])',
  family: 'memory',
  detect: (sample) =>
    mostMatch(columnLines(sample), /^(?:0x)?[0-9a-f]+ +[RWC](?::\d+)?\s*$/i, (text) =>
      text.startsWith('#'),
    ),
  parser: (context) => new AccessLines(context, vansForm()),
});
