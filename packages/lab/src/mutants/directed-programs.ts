/**
 * Short programs that lead where generated workloads do not go: writes that do not end on eight
 * bytes, synchronous ones, gaps, growth, shifts in the middle, files removed while open, shared
 * blocks, and a log that goes round.
 *
 *     write foo 0 1004 · fsync foo          one call per part; offsets and lengths are bytes
 *
 * Names follow the generated workloads: files are small letters, directories end in a capital.
 */
import { assert } from '@daxsim/sim';
import type { AceCall, FallocKind } from '../ace/ace-operation.js';

/** A program under the name that results give it. */
export interface DirectedProgram {
  readonly name: string;
  readonly calls: readonly AceCall[];
  /** How many of the first calls lead somewhere and are not searched; none when absent. */
  readonly quiet?: number;
}

const BASE = 'open foo · write foo 0 16384';

/** Longer than a line of the device. */
const LONG = `foo${'abcdefghijklmnopqrstuvwxyz'.repeat(5)}`;

/** For every file system. */
const TEXTS: readonly string[] = [
  `open ${LONG} · write ${LONG} 0 4096 · fsync ${LONG} · open foo · rename foo ${LONG} · sync`,
  'open foo · write foo 0 1004 · fsync foo · write foo 500 2004 · fsync foo',
  'open foo · write foo 4 12 · fsync foo · write foo 4100 20 · sync',
  'open foo · swrite foo 0 8192 · swrite foo 4096 8196 · swrite foo 100 1004',
  'open foo · write foo 0 2500 · sync · write foo 40960 1004 · fsync foo',
  `${BASE} · truncate foo 6004 · fsync foo · truncate foo 20480 · fsync foo ·
   write foo 12288 4 · sync`,
  `${BASE} · fsync foo · truncate foo 4100 · truncate foo 9000 · sync`,
  `${BASE} · falloc foo punch 2052 4096 · fsync foo · falloc foo punch 4096 4096 · sync`,
  `${BASE} · sync · falloc foo punch 100 200 · fsync foo · falloc foo punch 0 16384 ·
   fsync foo`,
  `${BASE} · sync · falloc foo zero 2052 6144 · fsync foo · falloc foo zero-keep 12288 8192 ·
   sync`,
  `${BASE} · falloc foo collapse 4096 8192 · fsync foo · write foo 4096 4096 · sync`,
  `${BASE} · sync · falloc foo insert 8192 4096 · fsync foo · write foo 8192 100 · sync`,
  `${BASE} · falloc foo insert 4096 8192 · falloc foo collapse 4096 8192 · fsync foo`,
  'open foo · falloc foo alloc 4096 8192 · fsync foo · write foo 6144 4096 · fsync foo',
  'open foo · truncate foo 8192 · falloc foo alloc 0 16384 · fsync foo · sync',
  'open foo · write foo 0 4096 · truncate foo 12288 · falloc foo alloc 4096 16384 · fsync foo',
  `open foo · falloc foo keep 0 16384 · fsync foo · write foo 4000 200 · sync ·
   truncate foo 4100 · sync`,
  `open foo · falloc foo alloc 0 12288 · sync · store foo 4096 100 · fsync foo ·
   store foo 0 8192 · sync`,
  `open foo · falloc foo alloc 0 12288 · falloc foo punch 4096 4096 · fsync foo ·
   falloc foo alloc 0 12288 · sync`,
  `${BASE} · sync · store foo 0 8192 · falloc foo punch 4096 4096 · fsync foo`,
  `${BASE} · store foo 4096 8192 · falloc foo collapse 0 4096 · fsync foo`,
  `${BASE} · sync · store foo 4096 8192 · falloc foo insert 0 4096 · fsync foo`,
  `${BASE} · sync · store foo 0 16384 · truncate foo 4100 · fsync foo`,
  `${BASE} · sync · store foo 0 16384 · falloc foo zero 2052 4096 · fsync foo`,
  `${BASE} · sync · store foo 0 16384 · msync foo 4096 4096 · store foo 4096 100 ·
   fsync foo`,
  `${BASE} · sync · store foo 0 100 · store foo 8192 100 · msync foo 8192 4096 · fsync foo`,
  `${BASE} · truncate foo 12288 · sync · write foo 40960 4096 ·
   falloc foo punch 12288 28672 · sync · store foo 16384 4096 · fsync foo`,
  `${BASE} · sync · load-store foo 0 8192 · write foo 4096 8192 · fsync foo`,
  `open foo · truncate foo 16384 · load-store foo 0 4096 · write foo 0 8192 · fsync foo ·
   store foo 8192 4096 · sync`,
  `open foo · truncate foo 16384 · sync · dwrite foo 4096 4096 · fsync foo ·
   dwrite foo 0 12288 · sync`,
  'open foo · falloc foo alloc 0 16384 · sync · dwrite foo 4096 8192 · fsync foo',
  `${BASE} · sync · dio-write-from-map foo 4096 4096 · fsync foo ·
   dio-read-to-map foo 8192 4096 · sync`,
  'open foo · truncate foo 8192 · dio-write-from-map foo 0 4096 · sync',
  `mkdir A · open A/foo · write A/foo 0 8192 · fsync A/foo · unlink A/foo · mkdir B ·
   rename A B · close A/foo · sync`,
  `${BASE} · open bar · write bar 0 8192 · sync · unlink foo · close foo · open qux ·
   write qux 0 16384 · fsync qux`,
  `${BASE} · link foo bar · open bar · sync · unlink foo · close foo · truncate bar 100 ·
   sync`,
  `${BASE} · truncate foo 0 · sync · write foo 0 20480 · fsync foo · truncate foo 4096 ·
   open bar · write bar 0 8192 · sync`,
  `open foo · falloc foo keep 0 32768 · write foo 0 4096 · close foo · sync · open foo ·
   write foo 4096 4096 · fsync foo`,
];

/**
 * Those for file systems whose calls are durable when they return. Stores are not, and a collapse
 * is several transactions.
 */
export function durableOnes(programs: readonly DirectedProgram[]): readonly DirectedProgram[] {
  const isOut = (call: AceCall): boolean =>
    MAPPED.includes(call.call) || (call.call === 'falloc' && call.mode === 'collapse');
  return programs.filter(({ calls }) => !calls.some(isOut));
}
const MAPPED: readonly string[] = ['store', 'load-store', 'dio-write-from-map', 'dio-read-to-map'];

/** For file systems whose files can share blocks. */
const SHARED_TEXTS: readonly string[] = [
  `${BASE} · open bar · clone foo bar · sync · write bar 2052 4096 · fsync bar ·
   write foo 0 4096 · sync`,
  `${BASE} · open bar · clone foo bar · store bar 4096 100 · fsync bar · store foo 0 8192 ·
   sync`,
  `${BASE} · open bar · clone foo bar · sync · falloc bar punch 2052 4096 · fsync bar ·
   truncate foo 4100 · sync`,
  `${BASE} · open bar · clone foo bar · sync · dwrite bar 4096 4096 · fsync bar ·
   falloc foo zero 100 8192 · sync`,
  `${BASE} · open bar · clone foo bar · falloc foo collapse 4096 4096 · fsync foo ·
   falloc bar insert 4096 4096 · sync`,
  `${BASE} · open bar · clone foo bar · sync · store bar 0 8192 · truncate bar 2052 ·
   fsync bar · unlink foo · close foo · sync`,
  `${BASE} · open bar · clone foo bar · swrite bar 4 1000 · truncate bar 20480 ·
   write bar 17000 1000 · fsync bar`,
];

/**
 * Calls that make the log go round, ten lines each time; where `sync` writes home, what is in it is
 * home. The last ones leave it to recovery, and one of their records lies over the ring's end.
 */
const ROUND = 'open foo · write foo 0 4096 · sync · unlink foo · close foo · sync';
const ROUNDS = 408;
const LAST_CALLS = `mkdir B · open foo · write foo 0 4096 · fsync foo · close foo ·
   rename foo B/foo · open bar · fsync bar · write bar 0 4096 · fsync bar · close bar ·
   unlink bar · unlink B/foo · sync`;

export const DIRECTED: readonly DirectedProgram[] = TEXTS.map(programOfText);
export const DIRECTED_SHARED: readonly DirectedProgram[] = SHARED_TEXTS.map(programOfText);
/** Longer than the log; power is lost in its last calls. */
export const LOG_ROUND: DirectedProgram = {
  name: 'the log goes round',
  calls: [...repeated(ROUND, ROUNDS), ...callsOf(LAST_CALLS.replaceAll(/\s+/g, ' '))],
  quiet: repeated(ROUND, ROUNDS).length,
};

function repeated(text: string, times: number): AceCall[] {
  const calls = callsOf(text);
  return Array.from({ length: times }, () => calls).flat();
}

function programOfText(text: string): DirectedProgram {
  const name = text.replaceAll(/\s+/g, ' ');
  return { name, calls: callsOf(name) };
}

/** The calls of a text as above. */
export function callsOf(text: string): AceCall[] {
  return text.split(' · ').map(callOf);
}

function callOf(text: string): AceCall {
  const [call = '', path = '', third = '', fourth = '', fifth = ''] = text.split(' ');
  switch (call) {
    case 'sync':
      return { call };
    case 'open':
    case 'close':
    case 'mkdir':
    case 'unlink':
    case 'fsync':
      return { call, path };
    case 'link':
    case 'rename':
    case 'clone':
      return { call, path, to: third };
    case 'truncate':
      return { call, path, length: Number(third) };
    case 'falloc':
      return {
        call,
        path,
        mode: third as FallocKind,
        offset: Number(fourth),
        length: Number(fifth),
      };
    case 'write':
    case 'swrite':
    case 'dwrite':
    case 'store':
    case 'msync':
    case 'load-store':
    case 'dio-write-from-map':
    case 'dio-read-to-map':
      return { call, path, offset: Number(third), length: Number(fourth) };
    default:
      assert(false, `directed programs: no call "${text}"`);
      return { call: 'sync' };
  }
}
