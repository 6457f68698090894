/**
 * Two tasks with an operation each, in the form of corpora: what lock spans are for.
 *
 *     F:  page 0 written │ page 1 written │ page 2 unwritten │ page 3 a hole      mapped as a whole
 *     thread 0:  one operation, fsync        thread 1:  another one, fsync
 *
 * All unordered pairs. An operation that changes nothing has no fsync behind it.
 */
import type { CorpusOperation, CorpusScenario } from '../corpus/config.js';

const PAGE = 4096;
const FILE = 'F';
const MAP = 'm';

/** A thread's operations under a name. */
interface PairSide {
  readonly name: string;
  readonly operations: readonly CorpusOperation[];
}

const falloc = (
  mode: Extract<CorpusOperation, { op: 'fallocate' }>['mode'],
  off: number,
  len: number,
): CorpusOperation => ({ op: 'fallocate', f: FILE, mode, off, len });
const store = (off: number, fill: string): CorpusOperation => ({
  op: 'store',
  map: MAP,
  off,
  len: 8,
  fill,
});
const load = (off: number): CorpusOperation => ({ op: 'load', map: MAP, off, len: 8 });
const write = (off: number, len: number, fill: string): CorpusOperation => ({
  op: 'pwrite',
  f: FILE,
  off,
  len,
  fill,
});
const truncate = (size: number): CorpusOperation => ({ op: 'ftruncate', f: FILE, size });
const fsync: CorpusOperation = { op: 'fsync', f: FILE };

const QUIET: readonly (readonly [string, CorpusOperation])[] = [
  ['load a written page', load(0)],
  ['load a hole', load(3 * PAGE)],
  ['read', { op: 'pread', f: FILE, off: 0, len: 4 * PAGE }],
];

const CHANGES: readonly (readonly [string, CorpusOperation])[] = [
  ['store to a written page', store(8, 'B')],
  ['store to an unwritten page', store(2 * PAGE, 'C')],
  ['store to a hole', store(3 * PAGE, 'D')],
  ['msync a store', store(PAGE, 'E')],
  ['overwrite', write(PAGE - 8, 16, 'G')],
  ['write an unwritten page', write(2 * PAGE, 16, 'H')],
  ['write a hole', write(3 * PAGE, 16, 'I')],
  ['extend', write(4 * PAGE, 16, 'J')],
  ['append', { op: 'append', f: FILE, len: 16, fill: 'K' }],
  ['punch', falloc('punch', 2048, PAGE + 2048)],
  ['zero', falloc('zero', PAGE, 2 * PAGE)],
  ['collapse', falloc('collapse', 0, PAGE)],
  ['insert', falloc('insert', PAGE, PAGE)],
  ['allocate', falloc('alloc', 3 * PAGE, 2 * PAGE)],
  ['truncate down', truncate(PAGE + 8)],
  ['truncate up', truncate(5 * PAGE)],
  ['write directly', { op: 'dio_write', f: FILE, off: 3 * PAGE, len: PAGE, src: { pattern: 'L' } }],
];

const SIDES: readonly PairSide[] = [
  ...QUIET.map(([name, operation]) => ({ name, operations: [operation] })),
  ...CHANGES.map(([name, operation]) => {
    const msync: CorpusOperation = { op: 'msync', map: MAP, off: 0, len: 4 * PAGE };
    const end = name === 'msync a store' ? msync : fsync;
    return { name, operations: [operation, end] };
  }),
];

const SETUP: readonly CorpusOperation[] = [
  { op: 'creat', f: FILE },
  write(0, 2 * PAGE, 'A'),
  falloc('alloc', 2 * PAGE, PAGE),
  truncate(4 * PAGE),
  { op: 'mmap', map: MAP, f: FILE, off: 0, len: 8 * PAGE, flags: ['shared'] },
];

/** A pair, and the same with its threads in the other order. */
export interface PairScenario {
  readonly id: string;
  readonly scenario: CorpusScenario;
  readonly reversed: CorpusScenario;
}

/** All pairs, an operation with itself included. */
export function pairScenarios(): readonly PairScenario[] {
  return SIDES.flatMap((one, i) => SIDES.slice(i).map((other) => pairOf(one, other)));
}

function pairOf(one: PairSide, other: PairSide): PairScenario {
  const id = `${one.name} | ${other.name}`;
  const of = (a: PairSide, b: PairSide): CorpusScenario => ({
    id: 'pair',
    title: id,
    source: ['generated'],
    status: 'derived',
    kind: 'control',
    system: 'any',
    setup: [...SETUP],
    threads: [[...a.operations], [...b.operations]],
    crash: false,
    depth: 1,
    window: '',
    expected: '',
    fix: '',
    checks: [{ scope: 'end', expr: `exists("${FILE}")` }],
    defect: null,
    control: true,
  });
  return { id, scenario: of(one, other), reversed: of(other, one) };
}

export { FILE as PAIR_FILE };
