/**
 * Watches a machine for what kernel records hold of an operation's inside: how each page fault
 * ended and which inode locks were taken, in order.
 *
 *      load/store ─ trap ─▶ readFault | writeFault ─ attempts, step outcomes ─▶ one result each
 *      acquire of `inode`, `mmap` ───────────────────────────────────────────▶ one lock entry
 *
 * Recipes and steps are known by their names: `RESULTS` says which outcome of which step adds what
 * to a result. Whether an attempt was for 2 MiB, and that it fell back, is told by the figures of
 * memory management. An attempt at 1 GiB has no tracepoint. A store to a page of a private mapping
 * that is present copies it in memory without asking the file system; records have no fault result
 * for it.
 *
 * Where Linux takes an inode lock in the VFS (i_rwsem of truncate, of directories), the XFS
 * tracepoint does not see it; `OWN_INODE_LOCK` lists the recipes in which XFS takes it itself.
 */
import { BLOCK_BYTES, INSTRUCTION_WORDS, LockMode, MAX_DEPTH, Op } from '@daxsim/sim';
import { R } from '@daxsim/daxfs';
import type { MachineObserver } from '@daxsim/sim';
import type { System } from '@daxsim/daxfs';

/** A lock taken: the entry's text without the file, and whose inode it was. */
export interface LockEvent {
  readonly inode: number;
  readonly text: string;
}

const FAULTS: ReadonlySet<string> = new Set(['readFault', 'writeFault']);

/** `step:outcome` ▶ flag of the fault result. */
const RESULTS: ReadonlyMap<string, string> = new Map([
  ['enterFaultBlocks:Ok', 'MAJOR'],
  ['enterWriteEntry:NeedSync', 'NEEDDSYNC'],
  ['enterWriteEntry:CopySync', 'NEEDDSYNC'],
]);

/** Programs that access memory; all others that fault fill pages in. */
const ACCESSES: ReadonlySet<string> = new Set(['load', 'store']);

const PAGE_EVENT = 'dax_pte_fault_done';
const HUGE_EVENT = 'dax_pmd_fault_done';

const OWN_INODE_LOCK: ReadonlySet<string> = new Set(['read', 'write', 'fallocate', 'close']);
/** Generic code that takes the mmap lock by itself, unseen by the tracepoint of XFS. */
const GENERIC_MMAP_LOCK: ReadonlySet<string> = new Set(['readAhead', 'readOnePage']);
/** Takes what it can get. */
const TRIES = 'close';
const LOCK_NAMES: ReadonlyMap<string, string> = new Map([
  ['inode', 'IOLOCK'],
  ['mmap', 'MMAPLOCK'],
]);

export class KernelEvents implements MachineObserver {
  /** Since `clear`: how often each event happened. */
  counts = new Map<string, number>();
  locks: LockEvent[] = [];
  private flags: string[] = [];
  private isCopying = false;
  /** The page to be copied was mapped already, so that no fault of the file system was needed. */
  private wasPresent = false;
  /** Figures when the fault or its present attempt began. */
  private fallbacks = 0;
  private hugeFaults = 0;
  /** What the present attempt would end with, and what the fault ends with if in a signal. */
  private attempt = PAGE_EVENT;
  private event = PAGE_EVENT;

  constructor(private readonly system: System) {}

  clear(): void {
    this.counts = new Map();
    this.locks = [];
    this.flags = [];
    this.isCopying = false;
  }

  retired(task: number, program: number, counter: number, outcome: number): void {
    const { set } = this.system;
    const running = set.programs[program];
    if (running === undefined) return;
    const at = counter * INSTRUCTION_WORDS;
    const op = running.code[at];
    if (op === Op.Step) {
      const step = set.steps[running.code[at + 1] ?? 0];
      if (step !== undefined) this.stepped(task, step.name, step.outcomes[outcome] ?? '');
    } else if (op === Op.Call) {
      const callee = set.calls[running.code[at + 1] ?? 0]?.program ?? -1;
      if (set.programs[callee]?.name === 'privateFault') this.beginsCopy(task);
    } else if (op === Op.Return) {
      if (FAULTS.has(running.name)) this.ended(running.outcomes[outcome] ?? '');
    }
  }

  blocked(): void {
    // Nothing of it is recorded.
  }

  acquired(task: number, lock: number, key: number, mode: number): void {
    const { set, interpreter } = this.system;
    const name = set.lockNames[lock] ?? '';
    const shown = LOCK_NAMES.get(name);
    if (shown === undefined) return;
    const program = interpreter.programOf(task).name;
    if (name === 'inode' && !OWN_INODE_LOCK.has(program)) return;
    if (name === 'mmap' && GENERIC_MMAP_LOCK.has(program)) return;
    const how = program === TRIES ? ' nowait' : '';
    const text = `${shown}_${mode === LockMode.Shared ? 'SHARED' : 'EXCL'}${how}`;
    this.locks.push({ inode: key, text });
  }

  downgraded(_task: number, lock: number, key: number): void {
    const shown = LOCK_NAMES.get(this.system.set.lockNames[lock] ?? '');
    if (shown !== undefined) this.locks.push({ inode: key, text: `${shown}_EXCL demote` });
  }

  released(): void {
    // Nothing of it is recorded.
  }

  private stepped(task: number, step: string, outcome: string): void {
    if (step === 'enterFault') this.begins(task);
    const flag = RESULTS.get(`${step}:${outcome}`);
    if (flag !== undefined) this.flags.push(flag);
    if (step === 'clearDirtyTag') this.count('dax_writeback_one');
    if (step === 'checkFaultSize' && outcome === 'Beyond') this.event = this.attempt;
    const { fallbacks } = this.system.world.mm.stats;
    if (fallbacks === this.fallbacks) return;
    this.fallbacks = fallbacks;
    this.flags = [];
    this.attempt = PAGE_EVENT;
    this.count(`${HUGE_EVENT}:FALLBACK`);
  }

  private begins(task: number): void {
    this.flags = [];
    this.isCopying = false;
    this.event = PAGE_EVENT;
    this.fallbacks = this.system.world.mm.stats.fallbacks;
    this.attempt = this.isSlotEmpty(task) ? HUGE_EVENT : PAGE_EVENT;
    this.hugeFaults = this.hugeFaultsSoFar();
  }

  private hugeFaultsSoFar(): number {
    const { hugeFaults, hugeSyncFaults } = this.system.world.mm.stats;
    return hugeFaults + hugeSyncFaults;
  }

  private beginsCopy(task: number): void {
    const { mapping, page } = this.accessOf(task);
    this.isCopying = true;
    const { table } = this.system.world.mm;
    // A huge translation is no page yet: it goes, and the page is asked for.
    this.wasPresent = table.hasTable(mapping, page) && table.word(mapping, page) !== 0;
  }

  /**
   * Without a table of single pages, a fault tries 2 MiB, even if all of them are behind the end.
   */
  private isSlotEmpty(task: number): boolean {
    const { mapping, page } = this.accessOf(task);
    return !this.system.world.mm.table.hasTable(mapping, page);
  }

  /** Where the running load, store or population stands. */
  private accessOf(task: number): { readonly mapping: number; readonly page: number } {
    const { interpreter, set } = this.system;
    const operation = set.programs[interpreter.tasks.programAt(task * MAX_DEPTH)]?.name ?? '';
    const frame = interpreter.operationFrame(task);
    const at = frame.get(ACCESSES.has(operation) ? R.moveFrom : R.cursor);
    return { mapping: frame.get(R.mapping), page: Math.floor(at / BLOCK_BYTES) };
  }

  private ended(outcome: string): void {
    const { flags, isCopying } = this;
    this.flags = [];
    this.isCopying = false;
    // No area, or not with this access: the file system is not asked.
    if (outcome === 'Denied') return;
    if (outcome === 'Signal') this.count(`${this.event}:SIGBUS`);
    else if (isCopying) {
      if (!this.wasPresent) this.count(PAGE_EVENT);
    } else {
      const isHuge = this.hugeFaultsSoFar() > this.hugeFaults;
      // Blocks for 2 MiB do not make a fault major.
      const told = isHuge ? flags.filter((flag) => flag !== 'MAJOR') : flags;
      if (!told.includes('NEEDDSYNC')) told.push('NOPAGE');
      this.count(`${isHuge ? HUGE_EVENT : PAGE_EVENT}:${told.join('|')}`);
    }
  }

  private count(event: string): void {
    this.counts.set(event, (this.counts.get(event) ?? 0) + 1);
  }
}
