/**
 * The locks and lines of a system under a plan, made when first needed: one for each class and key.
 *
 *     lock mmap of file 3 ─▶ (class, 3) ─▶ number; a tree of ranges brings its spin lock with it
 */
import {
  BitLock,
  Bravo,
  Counter,
  ListRangeLock,
  PercpuRwsem,
  QueuedRwLock,
  Rwsem,
  SegmentRangeLock,
  Seqcount,
  SpinLock,
  TreeRangeLock,
  WaitBuckets,
  assert,
  noRwsemEvents,
} from '@daxsim/sim';
import type { ContentionMachine, LockPlan, RwsemEvents, TimedLock } from '@daxsim/sim';

import type { LockKindChoice } from './lock-kinds.js';

/** Pages in what a page table covers, and in a segment of 2 MiB. */
export const PAGES_PER_TABLE = 512;
const PAGE_BYTES = 4096;
const BUCKETS = 4096;
/** Slots of the table of visible readers: BRAVO, ATC 2019. */
const READER_SLOTS = 4096;
/** Keys of one class. */
const KEYS = 16777216;

/** Inner spin locks beside those of a plan, and the class under which each is counted. */
export const INNER_CLASSES = ['array', 'pageTable', 'allocationGroup', 'rangeTree'] as const;

/** A lock or a line, by class and key. */
export interface Contended {
  readonly kind: 'lock' | 'line';
  readonly name: string;
  readonly key: number;
}

export class Instances {
  /** By number of the line: whose it is. */
  readonly lineOwners: Contended[] = [];
  /** By number of the lock. */
  readonly lockNames: Contended[] = [];
  /** Costs nothing, to see what it is worth. */
  free: Contended | null = null;
  readonly buckets = new WaitBuckets(BUCKETS);
  /** By class: what happened inside rwsems. */
  readonly events = new Map<string, RwsemEvents>();
  readonly classNames: readonly string[];
  readonly ranges: (TreeRangeLock | ListRangeLock)[] = [];
  private readonly locks = new Map<number, number>();
  private readonly lines = new Map<string, Map<number, number>>();
  private machine: ContentionMachine | null = null;

  constructor(
    private readonly plan: LockPlan,
    private readonly tasks: number,
    private readonly pagesPerFile: number,
    /** Pages of a file that share a lock of the entries' array. */
    private readonly arrayPages: number,
    /** Classes whose locks cost nothing and exclude nobody. */
    private readonly without: readonly string[] = [],
    /** Kinds that plans do not know, by lock; and how many CPUs there are. */
    private readonly kinds: LockKindChoice = {},
    private readonly cpus = 1,
  ) {
    this.classNames = [...Object.keys(plan.locks), ...INNER_CLASSES];
  }

  attach(machine: ContentionMachine): void {
    this.machine = machine;
  }

  classOf(name: string): number {
    return this.classNames.indexOf(name);
  }

  /** The lock of a class for a key, and for pages the file that they are of. */
  lock(name: string, key: number): number {
    const cls = this.classOf(name);
    const known = this.locks.get(cls * KEYS + key);
    return known ?? this.make(name, cls, key);
  }

  line(name: string, key: number): number {
    let byKey = this.lines.get(name);
    if (byKey === undefined) {
      byKey = new Map();
      this.lines.set(name, byKey);
    }
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const line = this.addLine(name, key);
    byKey.set(key, line);
    return line;
  }

  /** The lock of the array of entries that a page of a file is in. */
  arrayOf(pageKey: number): number {
    const file = Math.floor(pageKey / this.pagesPerFile);
    const part = Math.floor((pageKey % this.pagesPerFile) / this.arrayPages);
    const parts = Math.ceil(this.pagesPerFile / this.arrayPages);
    return this.lock('array', file * parts + part);
  }

  private get own(): ContentionMachine {
    assert(this.machine !== null, 'Instances: not attached');
    return this.machine;
  }

  private make(name: string, cls: number, key: number): number {
    const machine = this.own;
    const id = machine.locks.length;
    machine.locks.push(UNMADE);
    this.locks.set(cls * KEYS + key, id);
    this.lockNames[id] = { kind: 'lock', name, key };
    if (this.isFree('lock', name, key)) machine.freeLock = id;
    machine.locks[id] = this.without.includes(name)
      ? { ...UNMADE, id, cls }
      : this.build(name, cls, key, id);
    return id;
  }

  private isFree(kind: 'lock' | 'line', name: string, key: number): boolean {
    const { free } = this;
    return free !== null && free.kind === kind && free.name === name && free.key === key;
  }

  private addLine(name: string, key: number): number {
    const { lines } = this.own;
    const line = lines.add(name);
    this.lineOwners[line] = { kind: 'line', name, key };
    if (this.isFree('line', name, key)) lines.freeLine = line;
    return line;
  }

  private build(name: string, cls: number, key: number, id: number): TimedLock {
    const machine = this.own;
    const definition = this.plan.locks[name];
    const line = this.addLine(name, key);
    if (definition === undefined) return new SpinLock(machine, id, cls, line);
    switch (definition.kind) {
      case 'rwsem':
        return this.readersWriter(name, key, id, line);
      case 'mutex':
        return new Rwsem(machine, id, cls, line, { events: this.eventsOf(name), isMutex: true });
      case 'bit':
        return new BitLock(machine, id, cls, line, {
          array: this.arrayOf(key),
          buckets: this.buckets,
          key,
        });
      case 'resource':
        return new Counter(machine, id, cls, line);
      case 'seqcount':
        return new Seqcount(machine, id, cls, line, this.spin(key), this.tasks);
      default:
        return this.range(name, cls, key, id, line);
    }
  }

  private readersWriter(name: string, key: number, id: number, line: number): TimedLock {
    const machine = this.own;
    const cls = this.classOf(name);
    const lines = (of: string, count: number): number[] =>
      Array.from({ length: count }, (_, at) => this.line(of, at));
    const beneath = (own: number, ownLine: number): TimedLock =>
      new Rwsem(machine, own, cls, ownLine, { events: this.eventsOf(name) });
    switch (this.kinds[name]) {
      case 'rwlock':
        return new QueuedRwLock(machine, id, cls, line);
      case 'percpu-rwsem':
        return new PercpuRwsem(
          machine,
          id,
          cls,
          line,
          lines(`readersOf ${name} ${key}`, this.cpus),
        );
      case 'bravo': {
        const slots = lines('visibleReaders', READER_SLOTS);
        return new Bravo(machine, id, cls, line, slots, this.add(name, key, beneath));
      }
      default:
        return beneath(id, line);
    }
  }

  /**
   * A lock of ranges: a tree, a list where waiters bar nobody, segments where parts are rounded.
   */
  private range(name: string, cls: number, key: number, id: number, line: number): TimedLock {
    const machine = this.own;
    const { granularity = 1, waitersBar = true } = this.plan.locks[name] ?? {};
    if (granularity > PAGE_BYTES) {
      const parts = granularity / PAGE_BYTES;
      const count = Math.ceil(this.pagesPerFile / parts);
      const events = this.eventsOf(name);
      const segments = Array.from({ length: count }, (_, part) =>
        this.add(name, key * count + part, (own, ownLine) => {
          return new Rwsem(machine, own, cls, ownLine, { events });
        }),
      );
      return new SegmentRangeLock(machine, id, cls, parts, segments);
    }
    const made = waitersBar
      ? new TreeRangeLock(machine, id, cls, this.spin(key))
      : new ListRangeLock(
          machine,
          id,
          cls,
          line,
          Array.from({ length: this.tasks }, (_, task) => this.addLine('rangeNode', task)),
        );
    this.ranges.push(made);
    return made;
  }

  private spin(key: number): number {
    const cls = this.classOf('rangeTree');
    return this.add('rangeTree', key, (id, line) => new SpinLock(this.own, id, cls, line));
  }

  private add(name: string, key: number, make: (id: number, line: number) => TimedLock): number {
    const machine = this.own;
    const id = machine.locks.length;
    machine.locks.push(UNMADE);
    this.lockNames[id] = { kind: 'lock', name, key };
    if (this.isFree('lock', name, key)) machine.freeLock = id;
    machine.locks[id] = make(id, this.addLine(name, key));
    return id;
  }

  private eventsOf(name: string): RwsemEvents {
    const known = this.events.get(name) ?? noRwsemEvents();
    this.events.set(name, known);
    return known;
  }
}

const UNMADE: TimedLock = { id: -1, cls: 0, acquire: () => undefined, release: () => undefined };
