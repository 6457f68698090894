/**
 * Published experiments on contended lines and locks, and what the same costs make of them. Two
 * were used to fit costs, the others are predicted with all costs as they are.
 *
 *     A1   2 atomics an I/O on one line of a block device        fitted: crossSocketQueued
 *     A3   readers who look before they count themselves in      fitted: loadOccupancy
 *     A2   the same 2 atomics on two files with DAX, ext4        predicted
 *     A8   unaligned direct writes, inode lock shared at last    predicted
 *     A10  one of two equal serial sections removed              predicted
 *
 * What a source does not tell is a parameter here, with what it stands for: the private time of an
 * I/O, the latency of a device.
 */
import {
  LockMode,
  QueuedRwLock,
  Rwsem,
  ScriptOp,
  ScriptWriter,
  SpinLock,
  noRwsemEvents,
} from '@daxsim/sim';
import type { ContentionMachine, ReaderChecks, Script } from '@daxsim/sim';
import type { Contention } from './config.js';
import { measureHandMade, type HandMade } from './hand-made.js';

/** A figure of an anchor. */
export interface AnchorFigure {
  readonly id: string;
  readonly what: string;
  readonly fitted: boolean;
  readonly published: number;
  readonly simulated: number;
  /** What is right: within these. */
  readonly from: number;
  readonly to: number;
  readonly source: string;
}

const ALL_SEEDS = [1, 2, 3, 4, 5];
const NS = 1000;
const US = 1_000_000;

type Item = readonly [op: number, a?: number, b?: number];

function script(name: string, items: readonly Item[]): Script {
  const writer = new ScriptWriter(name);
  for (const [op, a, b] of items) writer.add(op, a, b);
  return writer.end(['0', '1', '2', '3']);
}

function work(ticks: number): Item {
  return [ScriptOp.Work, ticks];
}

/** Costs and seeds of a measurement. */
interface Setting extends Contention {
  readonly seeds: readonly number[];
}

function rate(handMade: Omit<HandMade, 'costs'>, { costs, seeds }: Setting): number {
  return measureHandMade({ ...handMade, costs }, seeds).mean;
}

/** Per I/O and CPU without waiting: what 32 CPUs do in 9.6 M I/Os a second. */
const IO_TICKS = 3.33 * US;

function a1(contention: Setting): AnchorFigure {
  const io = (touches: readonly Item[]): number =>
    rate(
      {
        ...{ threads: 32, cpus: 32, sockets: 4, classes: ['none'] },
        ...{ gapTicks: 100 * NS, operations: 20_000 },
        scripts: [
          {
            script: script('io', [work(IO_TICKS / 2), ...touches, work(IO_TICKS / 2), ...touches]),
            share: 1,
          },
        ],
        make: (machine) => {
          const line = machine.lines.add('i_dio_count');
          return () => [line];
        },
      },
      contention,
    );
  return {
    ...{ id: 'A1', what: 'I/Os a second without the count of direct I/O, ratio', fitted: true },
    ...{ published: 3.84, simulated: io([]) / io([[ScriptOp.Rmw, 0]]) },
    ...{ from: 3.84 * 0.75, to: 3.84 * 1.25, source: 'Linux fe0f07d08ee3: 2.5 to 9.6 M IOPS' },
  };
}

const READS_PER_WRITE = 10_000;

function a3(contention: Setting): AnchorFigure {
  const { Shared, Exclusive } = LockMode;
  const pair = (mode: number): Script =>
    script('pair', [
      [ScriptOp.Acquire, 0, mode],
      [ScriptOp.Release, 0, mode],
    ]);
  const of = (checks: ReaderChecks): number =>
    rate(
      {
        ...{ threads: 10, cpus: 18, sockets: 1, classes: ['qrwlock'] },
        ...{ gapTicks: 10 * NS, operations: 60_000 },
        scripts: [
          { script: pair(Shared), share: READS_PER_WRITE },
          { script: pair(Exclusive), share: 1 },
        ],
        make: (machine) => {
          machine.locks.push(new QueuedRwLock(machine, 0, 0, machine.lines.add('lock'), checks));
          return () => [0];
        },
      },
      contention,
    );
  return {
    ...{
      id: 'A3',
      what: 'lock operations when readers no longer look first, percent',
      fitted: true,
    },
    ...{ published: 14.4, simulated: (of('never') / of('always') - 1) * 100 },
    ...{
      from: 10.4,
      to: 18.4,
      source: 'Linux ffffeaf318bd: qrwlock, 10 threads, 10 000 reads a write',
    },
  };
}

/** A device that has eight requests at a time in hand: 150 k a second is its published limit. */
const DEVICE_TICKS = 50 * US;
const DEVICE_PER_TICK = 150_000 / 1e12;
const SUBMIT_TICKS = 3 * US;

function a8(contention: Setting): AnchorFigure {
  const of = (mode: number): number =>
    rate(
      {
        ...{ threads: 32, cpus: 32, sockets: 1, classes: ['inode'] },
        ...{ gapTicks: 100 * NS, operations: 6000 },
        channels: [{ bytesPerTick: DEVICE_PER_TICK }],
        scripts: [
          {
            script: script('write', [
              work(SUBMIT_TICKS / 2),
              [ScriptOp.Acquire, 0, mode],
              work(SUBMIT_TICKS / 2),
              [ScriptOp.Memory, 0, 1],
              [ScriptOp.Sleep, DEVICE_TICKS],
              [ScriptOp.Release, 0, mode],
            ]),
            share: 1,
          },
        ],
        make: inodeLock,
      },
      contention,
    );
  return {
    ...{ id: 'A8', what: 'unaligned direct writes, inode lock shared, ratio', fitted: false },
    ...{ published: 8.3, simulated: of(LockMode.Shared) / of(LockMode.Exclusive) },
    ...{ from: 8.3 * 0.7, to: 8.3 * 1.3, source: 'XFS, iomap-5.12 merge: 18 k to 150 k IOPS' },
  };
}

function inodeLock(machine: ContentionMachine): () => readonly number[] {
  const events = noRwsemEvents();
  machine.locks.push(new Rwsem(machine, 0, 0, machine.lines.add('inode'), { events }));
  return () => [0];
}

/** CPU time of an overwrite by direct I/O beside the two sections. */
const OVERWRITE_TICKS = 5 * US;
const SECTION_TICKS = 100 * NS;

function a10(contention: Setting): AnchorFigure {
  const section = (slot: number): Item[] => [
    [ScriptOp.Acquire, slot, LockMode.Exclusive],
    work(SECTION_TICKS),
    [ScriptOp.Release, slot, LockMode.Exclusive],
  ];
  const of = (sections: readonly Item[]): number =>
    rate(
      {
        ...{ threads: 32, cpus: 32, sockets: 2, classes: ['section'] },
        ...{ gapTicks: 100 * NS, operations: 20_000 },
        scripts: [{ script: script('overwrite', [work(OVERWRITE_TICKS), ...sections]), share: 1 }],
        make: (machine) => {
          for (const id of [0, 1]) {
            machine.locks.push(new SpinLock(machine, id, 0, machine.lines.add('section')));
          }
          return () => [0, 1];
        },
      },
      contention,
    );
  const gain = (of(section(1)) / of([...section(0), ...section(1)]) - 1) * 100;
  return {
    ...{ id: 'A10', what: 'one of two equal serial sections removed, percent', fitted: false },
    ...{ published: 0, simulated: gain, from: -10, to: 10 },
    source: 'Chinner: i_flags_lock removed, the ilock burns the same 14 CPUs',
  };
}

/**
 * Two atomics of four taken off the line that is asked for most, and off one that is not: the first
 * lets through twice as much, the second next to nothing.
 */
function b3(contention: Setting): AnchorFigure[] {
  const of = (hot: number, cold: number): number => {
    const touches = (slot: number, count: number): Item[] =>
      Array.from({ length: count }, (): Item => [ScriptOp.Rmw, slot]);
    const items = [work(US), ...spread(touches(0, hot), touches(1, cold))];
    return rate(
      {
        ...{ threads: 48, cpus: 48, sockets: 1, classes: ['none'] },
        ...{ gapTicks: 100 * NS, operations: 20_000 },
        scripts: [{ script: script('lines', items), share: 1 }],
        make: (machine) => {
          const ids = [machine.lines.add('hot'), machine.lines.add('cold')];
          return () => ids;
        },
      },
      contention,
    );
  };
  const before = of(4, 2);
  const told = { fitted: false, source: 'A1 and A2: a line gains by its share, others do not' };
  return [
    {
      ...{ id: 'B3 hot', what: '2 of 4 atomics off the hottest line, percent', published: 100 },
      ...{ simulated: (of(2, 2) / before - 1) * 100, from: 80, to: 120, ...told },
    },
    {
      ...{ id: 'B3 cold', what: '2 atomics off another line, percent', published: 0 },
      ...{ simulated: (of(4, 0) / before - 1) * 100, from: -10, to: 10, ...told },
    },
  ];
}

/** Items with a little work between them, so that no line is kept for two. */
function spread(...lists: readonly (readonly Item[])[]): Item[] {
  return lists.flat().flatMap((item) => [item, work(100 * NS)]);
}

/** All that need no file system, in the order in which they are told. */
export function lineAnchors(contention: Contention, seeds = ALL_SEEDS): AnchorFigure[] {
  const setting: Setting = { ...contention, seeds };
  return [a1, a3, a8, a10].map((anchor) => anchor(setting)).concat(b3(setting));
}
