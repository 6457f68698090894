/**
 * Guests that share a file through windows of their own: one truncates it while the others have it
 * mapped, so that the host takes pages away under them.
 *
 *      guest 0      load, pread, pwrite of the last pages        guest 1 …: ftruncate, and back
 */
import { planCorpusScenario } from '../../src/corpus/corpus-plan.js';
import { corpusSystem } from '../../src/corpus/corpus-system.js';
import { CORRECT_PLAN, settingUnder } from '../../src/corpus/corpus-setting.js';
import type { CorpusOperation, CorpusScenario } from '../../src/corpus/config.js';
import type { CorpusSystem } from '../../src/corpus/corpus-system.js';

const MAPPED_BYTES = 16384;

/** Two loads of the last page, a read of the last two pages, and a store by call. */
const READER: readonly CorpusOperation[] = [
  { op: 'load', map: 'm', off: 12288, len: 8, as: 'a' },
  { op: 'pread', f: 'F', off: 8192, len: 8192, as: 'c' },
  { op: 'load', map: 'm', off: 12288, len: 8, as: 'b' },
  { op: 'pwrite', f: 'F', off: 12288, len: 8, fill: 'W', as: 'w' },
];
const TRUNCATE: CorpusOperation = { op: 'ftruncate', f: 'F', size: 8192, as: 't' };

/** What holds under `eio`, whoever comes first. */
const CHECKS: readonly string[] = [
  'a in {fill(A), SIGBUS}',
  'b in {fill(A), SIGBUS}',
  'after(a,t) implies a == SIGBUS(12288)',
  'after(b,t) implies b == SIGBUS(12288)',
  // Whole, up to the page that is gone, or nothing.
  'c in {fill(A), short(4096), EIO}',
  'after(c,t) implies c == EIO',
  'w in {ok, EIO}',
  'after(w,t) implies w == EIO',
  't == ok',
];

function scenarioOf(
  threads: readonly (readonly CorpusOperation[])[],
  checks: readonly string[],
): CorpusScenario {
  return {
    id: 'guests',
    title: 'Guests share a file, one truncates it',
    source: ['Goyal, 2020'],
    status: 'derived',
    kind: 'hang',
    system: 'virtiofs-dax',
    setup: [
      { op: 'creat', f: 'F' },
      { op: 'pwrite', f: 'F', off: 0, len: MAPPED_BYTES, fill: 'A' },
      { op: 'mmap', map: 'm', f: 'F', off: 0, len: MAPPED_BYTES, flags: ['shared'] },
    ],
    threads: threads.map((list) => [...list]),
    crash: false,
    depth: 2,
    window: '',
    expected: '',
    fix: '',
    checks: checks.map((expr) => ({ scope: 'end', expr })),
    defect: null,
    control: true,
  };
}

/** A system in which task i is a program of guest i, under a policy for pages that are gone. */
export function guestSystem(
  hostFault: string,
  threads: readonly (readonly CorpusOperation[])[],
  checks: readonly string[],
): CorpusSystem {
  const scenario = scenarioOf(threads, checks);
  const base = settingUnder(scenario, CORRECT_PLAN);
  const { window } = base.personality;
  const guests = threads.length;
  const setting = {
    ...base,
    knobs: { ...base.knobs, hostFault },
    personality: {
      ...base.personality,
      window: window === null ? null : { ...window, guests, ranges: 1 },
    },
  };
  const corpus = corpusSystem(planCorpusScenario('guests', scenario), setting);
  threads.forEach((_list, task) => {
    corpus.system.system.world.window?.setGuest(task, task);
  });
  return corpus;
}

/** One guest that reads and writes, one that truncates. */
export function twoGuests(hostFault: string): CorpusSystem {
  return guestSystem(hostFault, [READER, [TRUNCATE]], hostFault === 'eio' ? CHECKS : ['t == ok']);
}

/** The same, and two that grow the file again and read it. */
export function fourGuests(hostFault: string): CorpusSystem {
  const again: CorpusOperation = { op: 'ftruncate', f: 'F', size: MAPPED_BYTES };
  const growing: CorpusOperation[] = [again, { op: 'pread', f: 'F', off: 12288, len: 8, as: 'g' }];
  const cutting: CorpusOperation[] = [{ op: 'ftruncate', f: 'F', size: 4096 }];
  // What was cut off and is there again is zero.
  const checks = ['a in {fill(A), zeros, SIGBUS}', 'b in {fill(A), zeros, SIGBUS}', 't == ok'];
  return guestSystem(hostFault, [READER, [TRUNCATE], growing, cutting], checks);
}
