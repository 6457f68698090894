/**
 * Gives tasks their operations, as a workload has it, with slots bound to the file, page and
 * address space of each. What is random is drawn here: which part, which page, how long before it
 * begins.
 */
import { Histogram, Prng, SLOTS_MOST, assert } from '@daxsim/sim';
import type { ContentionMachine, Script, ScriptSource } from '@daxsim/sim';
import { PAGES_PER_TABLE } from './instances.js';
import type { Instances } from './instances.js';
import type { OperationName } from './operations.js';
import { slotOf, type Slot } from './path-scripts.js';
import type { Workload } from './workloads.js';

export type Scripts = ReadonlyMap<OperationName, Script>;

/** Pages of a region that one task goes through before it maps it anew. */
export const REGION_PAGES = PAGES_PER_TABLE;
const RANDOM_PAGES = 16384;
const GROUPS = 4;
/** Keys of directories begin here, those of files at 0. */
export const DIRECTORIES = 1_000_000;
/** Between two operations, up to this: the loop of the program. */
const GAP_TICKS = 100_000;

/** Pages of each file of a workload. */
export function pagesPerFile(workload: Workload, tasks: number): number {
  if (workload.pages === 'random') return RANDOM_PAGES;
  return workload.files === 'own' ? REGION_PAGES : REGION_PAGES * tasks;
}

export class TaskSource implements ScriptSource {
  /** Counted operations of each task, and how long they took, in nanoseconds. */
  readonly done: Float64Array;
  readonly latency = new Histogram();
  /** Operations that are counted. */
  counted = 0;
  private readonly prng: Prng;
  private readonly arbitration: Prng;
  private readonly page: Int32Array;
  private readonly step: Int32Array;
  private readonly isCounted: Uint8Array;
  private readonly slots = new Map<Script, readonly Slot[]>();
  private machine: ContentionMachine | null = null;
  private readonly shares: readonly number[];

  constructor(
    private readonly workload: Workload,
    private readonly tasks: number,
    private readonly scripts: Scripts,
    private readonly instances: Instances,
    seed: number,
  ) {
    this.prng = new Prng(seed);
    this.arbitration = new Prng(seed, 2);
    this.done = new Float64Array(tasks);
    this.page = new Int32Array(tasks);
    this.step = new Int32Array(tasks);
    this.isCounted = new Uint8Array(tasks);
    this.shares = workload.parts.flatMap(({ share }, part) =>
      Array.from({ length: share }, () => part),
    );
  }

  attach(machine: ContentionMachine): void {
    this.machine = machine;
  }

  /** Forgets what was counted. */
  clear(): void {
    this.done.fill(0);
    this.latency.reset();
    this.counted = 0;
  }

  next(task: number, at: number): Script {
    const { machine } = this;
    assert(machine !== null, 'TaskSource: not attached');
    const script = this.choose(task);
    machine.clock[task] = at + this.prng.below(GAP_TICKS);
    this.bind(machine, task, script);
    return script;
  }

  finished(task: number, startedAt: number, at: number): void {
    if (this.isCounted[task] !== 1) return;
    this.done[task] = (this.done[task] ?? 0) + 1;
    this.counted += 1;
    this.latency.record(Math.round((at - startedAt) / 1000));
  }

  draw(count: number): number {
    return this.arbitration.below(count);
  }

  private choose(task: number): Script {
    const { workload } = this;
    if (task === 0 && workload.first !== undefined && this.tasks > 1) {
      this.isCounted[0] = workload.first.isCounted ? 1 : 0;
      this.page[0] = ((this.page[0] ?? 0) + 16) % (REGION_PAGES - 16);
      return this.script(workload.first.operation);
    }
    const step = this.step[task] ?? 0;
    this.step[task] = step + 1;
    if (workload.remaps === true && step % (REGION_PAGES + 2) >= REGION_PAGES) {
      this.isCounted[task] = 0;
      return this.script(step % (REGION_PAGES + 2) === REGION_PAGES ? 'unmap' : 'map');
    }
    this.isCounted[task] = 1;
    this.page[task] = this.nextPage(task);
    const draw = this.shares.length === 1 ? 0 : this.prng.below(this.shares.length);
    const part = workload.parts[this.shares[draw] ?? 0];
    return this.script(part?.operation ?? 'read');
  }

  private nextPage(task: number): number {
    const { pages, files } = this.workload;
    if (pages === 'same') return 0;
    if (pages === 'random') return this.prng.below(RANDOM_PAGES);
    const base = files === 'own' ? 0 : task * REGION_PAGES;
    return base + (((this.page[task] ?? 0) + 1) % REGION_PAGES);
  }

  private script(operation: OperationName): Script {
    const script = this.scripts.get(operation);
    assert(script !== undefined, 'TaskSource: no script of an operation');
    return script;
  }

  private bind(machine: ContentionMachine, task: number, script: Script): void {
    const page = this.page[task] ?? 0;
    machine.partFrom[task] = page;
    machine.partTo[task] = page + 1;
    const slots = this.slots.get(script) ?? script.slots.map(slotOf);
    this.slots.set(script, slots);
    slots.forEach((slot, at) => {
      const key = this.keyOf(slot, task, page);
      const { instances } = this;
      machine.bindings[task * SLOTS_MOST + at] =
        slot.kind === 'line' ? instances.line(slot.name, key) : this.lock(slot, key);
    });
  }

  private lock(slot: Slot, key: number): number {
    if (slot.name !== 'array') return this.instances.lock(slot.name, key);
    return this.instances.arrayOf(key);
  }

  private keyOf(slot: Slot, task: number, page: number): number {
    const { workload, tasks } = this;
    const file = sharedKey(workload.files, task);
    const pages = pagesPerFile(workload, tasks);
    switch (slot.scope) {
      case 'mm':
        return sharedKey(workload.spaces, task);
      case 'mapping':
      case 'pageTable':
        return task;
      case 'fileSystem':
        return 0;
      case 'group':
        // Inodes are taken from the group of the directory.
        return sharedKey(workload.directories ?? workload.files, task) % GROUPS;
      case 'directory':
      case 'dir':
      case 'firstDir':
        return DIRECTORIES + sharedKey(workload.directories ?? 'all', task);
      case 'secondDir':
        return DIRECTORIES + 1 + task;
      case 'crossRename':
        return 0;
      case 'entry':
        return file * pages + page + slot.offset;
      default:
        // The array of a file may be in parts, by page.
        return slot.name === 'array' ? file * pages + page : file;
    }
  }
}

function sharedKey(sharing: Workload['files'], task: number): number {
  if (sharing === 'own') return task;
  return sharing === 'two' ? task % 2 : 0;
}
