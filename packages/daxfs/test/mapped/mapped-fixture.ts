/**
 * A small system with untimed memory for tests of mapped access: runs one operation at a time to
 * its end, writes bytes that say which write they are from, and keeps what loads and reads saw.
 */
import { Ran, StateSpace, assert } from '@daxsim/sim';
import { createUntimedMemory } from '@daxsim/pmem';
import type { LockPlan } from '@daxsim/sim';
import type { CrashChoice, Memory } from '@daxsim/pmem';
import { MapFlag, OpenFlag, R, createSystem, lockPlan, mkfs } from '../../src/index.js';
import { recoverNow } from '../../src/media/recovery.js';
import type { Payload, Personality, RegisterName, System } from '../../src/index.js';

export const PAGE = 4096;
/** What the device holds where nobody has written. */
export const STALE = 0xee;

export const VALUES: Personality = {
  name: 'test@0',
  plan: 'xfs-upstream',
  tagsDirtyOn: 'writeFault',
  privateHugeStore: 'split',
  layoutBreakScope: 'file',
  layoutBreakOn: 'everyChange',
  fallocateOrder: 'unmapStampCheck',
  zeroRange: 'replace',
  punchLimit: 'none',
  extentHints: true,
  unshares: true,
  preallocatesInPart: false,
  zeroesEofOnGrow: true,
  zeroesGapOnWrite: true,
  placement: 'nearest',
  neighbourBlocks: 0,
  blocksPerWrite: 1024,
  hugeAllocation: 'whole',
  eofAllocation: 'block',
  treeReserveBlocks: 4,
  flushesBeforeCheck: false,
  flushesNewEnd: false,
  flushesGrowth: true,
  trimsOnClose: 'writable',
  createReserveBlocks: 0,
  inlineExtents: 12,
  renameOverFull: 'EEXIST',
  exchangeModifies: true,
  extentMost: { written: 2097151, unwritten: 2097151 },
  extentsPerFree: 2,
  accessTimes: 'never',
  metadata: 'logged',
  faultEntryLock: 'vma',
  pageFaultLock: 'same',
  stampGranularityNs: 1,
  stampsSameSize: false,
  xattrLimits: null,
  cache: null,
  sharing: null,
  server: null,
  window: null,
};

export interface Answer {
  readonly outcome: string;
  readonly result: number;
  readonly errno: number;
  readonly signal: number;
}

export interface FixtureOptions {
  readonly plan?: LockPlan;
  readonly personality?: Partial<Personality>;
  readonly knobs?: { readonly [knob: string]: string };
  readonly bytes?: number;
  readonly stripeBlocks?: number;
  readonly memory?: Memory;
}

/** Write `n` stores the byte n everywhere. */
export class MappedFixture implements Payload {
  readonly system: System;
  readonly memory: Memory;
  readonly space = new StateSpace();
  /** Bytes of the last read or load, in order. */
  seen: number[] = [];
  private handles = 0;
  private mappings = 0;

  constructor(options: FixtureOptions = {}) {
    const capacity = options.bytes ?? 8 * 1024 * 1024;
    this.memory =
      options.memory ?? createUntimedMemory(this.space, capacity, 'adr', { fillByte: STALE });
    if (options.memory === undefined) {
      mkfs(this.memory, {
        capacityBytes: capacity,
        logBytes: 256 * 1024,
        inodes: 64,
        stripeBlocks: options.stripeBlocks ?? 0,
        seed: 1,
        label: 'test',
      });
    }
    this.system = createSystem({
      memory: this.memory,
      space: this.space,
      personality: { ...VALUES, ...options.personality },
      plan: options.plan ?? lockPlan('none'),
      prices: null,
      taskCapacity: 4,
      knobs: { stamps: 'counter', ...options.knobs },
      payload: this,
    });
  }

  fill(source: number, _fileOffset: number, length: number, target: Uint8Array, at: number): void {
    target.fill(source, at, at + length);
  }

  saw(
    _task: number,
    _inode: number,
    _fileOffset: number,
    length: number,
    bytes: Uint8Array,
    at: number,
  ): void {
    for (let i = 0; i < length; i += 1) this.seen.push(bytes[at + i]);
  }

  /** Runs one operation to its end; it must not block. */
  run(recipe: string, args: { readonly [name in RegisterName]?: number }): Answer {
    const { interpreter, set } = this.system;
    const program = set.programByName.get(recipe);
    assert(program !== undefined, 'no such recipe');
    const frame = interpreter.begin(0, program);
    for (const [name, value] of Object.entries(args)) frame.set(R[name as RegisterName], value);
    this.seen = [];
    let ran: number = Ran.On;
    while (ran === Ran.On) ran = interpreter.execute(0, Infinity);
    assert(ran === Ran.Ended, 'the operation blocks');
    const end = interpreter.operationFrame(0);
    const answer = {
      outcome: set.programs[program].outcomes[interpreter.lastOutcome],
      result: end.get(R.result),
      errno: end.get(R.errno),
      signal: end.get(R.signal),
    };
    interpreter.end(0);
    return answer;
  }

  /** Opens (and makes) a file; answers its handle. */
  open(path: string, flags: number = OpenFlag.ReadWrite | OpenFlag.Create): number {
    const handle = this.handles;
    this.handles += 1;
    const id = this.system.world.paths.idOf(path);
    const answer = this.run('open', { path: id, flags, mode: 0o644, handle });
    assert(answer.outcome === 'Ok', 'open failed');
    return handle;
  }

  inode(handle: number): number {
    return this.system.world.handles.inode(handle);
  }

  /** Maps pages of a file shared and writable unless told otherwise. */
  mmap(handle: number, pages: number, firstPage = 0, flags = SHARED_WRITABLE): number {
    const mapping = this.mappings;
    this.mappings += 1;
    const answer = this.run('mmap', {
      mapping,
      mm: 1,
      handle,
      offset: firstPage * PAGE,
      length: pages * PAGE,
      flags,
    });
    assert(answer.outcome === 'Ok', 'mmap failed');
    return mapping;
  }

  write(handle: number, offset: number, length: number, source: number): Answer {
    return this.run('write', { handle, offset, length, source });
  }

  read(handle: number, offset: number, length: number): number[] {
    this.run('read', { handle, offset, length });
    return this.seen;
  }

  store(mapping: number, offset: number, length: number, source: number, flags = 0): Answer {
    return this.run('store', { mapping, offset, length, source, flags });
  }

  load(mapping: number, offset: number, length: number): number[] {
    this.run('load', { mapping, offset, length });
    return this.seen;
  }

  msync(mapping: number, offset: number, length: number): Answer {
    return this.run('msync', { mapping, offset, length, flags: 4 });
  }

  /** A system on what a power loss leaves; it takes everything it may, unless `keep` says less. */
  afterPowerLoss(keep: CrashChoice['keep'] = () => 0): MappedFixture {
    const image = this.memory.crashImage({ keep });
    recoverNow(image);
    return new MappedFixture({ memory: image });
  }
}

export const SHARED_WRITABLE = MapFlag.Read | MapFlag.Write | MapFlag.Shared;
