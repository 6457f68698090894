/**
 * What the steps of all recipes act on: one mounted file system, the memory below it, the mappings
 * of its files and the handles on them.
 *
 * Everything that changes lies in arenas of `space` or in `memory`; the fields themselves are set
 * when the system is made. `payload` is told by whoever runs operations, `wake` and `clock` by the
 * machine.
 */
import { IntColumn, IntMap, NumberColumn } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';
import type { Memory } from '@daxsim/pmem';
import { Credentials } from './credentials.js';
import { BuddySpace } from './buddy/buddy-space.js';
import { HandleTable } from './handles.js';
import { PathTable } from './paths.js';
import { DelayedBlocks, worstTreeBlocks } from './mm/delayed-blocks.js';
import { MemoryMaps } from './mm/memory-maps.js';
import { PageSums } from './mm/page-sums.js';
import { StagedCopies } from './mm/staged-copies.js';
import type { Knobs } from './knobs.js';
import type { Personality } from './personality.js';
import type { Volume } from './media/volume.js';
import type { WindowRanges } from './window/window-ranges.js';

/** The bytes of operations: traces carry none, so whoever submits makes and checks them. */
export interface Payload {
  /** Bytes of write `source` for file bytes [fileOffset, fileOffset+length), to target[at…]. */
  fill(source: number, fileOffset: number, length: number, target: Uint8Array, at: number): void;
  /** A read or load of `task` saw these bytes of `inode`, line by line as they were copied. */
  saw(
    task: number,
    inode: number,
    fileOffset: number,
    length: number,
    bytes: Uint8Array,
    at: number,
  ): void;
  /**
   * A task saw these bytes: the value of an extended attribute, or the names of all, each with 0.
   */
  sawXattr?(task: number, inode: number, bytes: Uint8Array, length: number): void;
}

/** Writes zeros and looks at nothing. */
export const NO_PAYLOAD: Payload = {
  fill(_source, _fileOffset, length, target, at) {
    target.fill(0, at, at + length);
  },
  saw() {
    // Nobody checks.
  },
};

/** Cells of `World.flags`. */
export const WorldFlag = {
  /** 1: the file system was shut down and refuses all but letting go. */
  Shutdown: 0,
  /** Faults that began again because there was no space. */
  FaultRetries: 1,
  /** Pages that were not, when they arrived, what they were when they were sent. */
  UnstablePages: 2,
} as const;

export interface WorldParts {
  readonly space: StateSpace;
  readonly memory: Memory;
  readonly volume: Volume;
  readonly personality: Personality;
  readonly knobs: Knobs;
  readonly payload: Payload;
  /** The file system that this one is a guest of; it has the volume, the names and the handles. */
  readonly host?: World;
  /** The window through which a guest reaches the host's memory. */
  readonly window?: WindowRanges;
}

const PS_PER_NS = 1000;

export class World {
  readonly space: StateSpace;
  readonly memory: Memory;
  readonly volume: Volume;
  readonly personality: Personality;
  readonly knobs: Knobs;
  readonly paths: PathTable;
  readonly handles: HandleTable;
  /** Who the tasks are. */
  readonly credentials: Credentials;
  readonly mm: MemoryMaps;
  /** Blocks promised to pages of the cache that have no place on the device yet. */
  readonly delayed: DelayedBlocks;
  /** Where blocks go, for personalities that place by buddies. */
  readonly buddy: BuddySpace | null;
  /** Blocks set aside for copies of shared ones. */
  readonly copies: StagedCopies;
  /** The server's world, where this file system is a guest of one; else null. */
  readonly host: World | null;
  /** The guests' windows; null without. */
  readonly window: WindowRanges | null;
  payload: Payload;
  /** Each task's time in ticks, or null when there is none. Set by `createSystem`. */
  clock: Float64Array | null = null;
  /** Wakes sleepers on a wait's channel. Set by `createSystem`. */
  wake: (waitName: string, key: number) => void = ignore;
  /** Names of the mutations whose part of a recipe was run; no state, only told. */
  readonly metMutations = new Set<string>();
  /** What is so of the whole system; cells by `WorldFlag`. */
  readonly flags: IntColumn;
  /** Checksums of pages on their way; null where nobody makes any. */
  readonly sums: PageSums | null;
  /** Files made without a name that may get one: inode → generation + 1. */
  private readonly linkable: IntMap;
  /** Cell 0: what the last stamp was, when stamps count. */
  private readonly stampCounter: NumberColumn;

  constructor(parts: WorldParts) {
    this.space = parts.space;
    this.memory = parts.memory;
    this.volume = parts.volume;
    this.personality = parts.personality;
    this.knobs = parts.knobs;
    this.payload = parts.payload;
    this.host = parts.host ?? null;
    this.window = parts.window ?? null;
    this.paths = parts.host?.paths ?? new PathTable(parts.volume.names);
    this.handles = parts.host?.handles ?? new HandleTable(parts.space);
    this.credentials = parts.host?.credentials ?? new Credentials(parts.space);
    this.mm = new MemoryMaps(parts.space);
    const reservesTree = parts.personality.cache?.delayedTree === 'worst';
    this.delayed = new DelayedBlocks(parts.space, reservesTree ? worstTreeBlocks : noTreeBlocks);
    this.buddy =
      parts.personality.placement === 'buddy'
        ? new BuddySpace(parts.space, parts.volume.geometry, parts.volume.allocator)
        : null;
    this.copies = new StagedCopies(parts.space);
    this.flags = new IntColumn(parts.space, 'world.flags');
    this.sums =
      parts.knobs.pageSums === 'made' ? new PageSums(parts.space, this.mm.cache.bytes) : null;
    this.linkable = new IntMap(parts.space, 'world.linkable');
    this.stampCounter = new NumberColumn(parts.space, 'world.stamps');
  }

  /** Whether a file was made without a name and never had one (I_LINKABLE). */
  isLinkable(inode: number): boolean {
    return this.linkable.get(inode) === this.volume.inodes.generation(inode) + 1;
  }

  setLinkable(inode: number, isLinkable: boolean): void {
    this.linkable.set(inode, isLinkable ? this.volume.inodes.generation(inode) + 1 : 0);
  }

  /** Where a file ends, as this file system knows it. */
  sizeOf(inode: number): number {
    if (this.window !== null) return this.window.sizeOf(inode);
    return this.volume.inodes.sizeBytes(inode);
  }

  /** Inodes are numbered below this. */
  get inodeLimit(): number {
    const own = this.volume.inodes.count;
    return this.window === null ? own : own * this.window.values.guests;
  }

  /** The volume's number of an inode: a guest has others. */
  serverInode(inode: number): number {
    return this.window === null ? inode : this.window.serverInode(inode);
  }

  /** Simulated time for stamps, in nanoseconds: the task's clock, a counter, or always 1. */
  nowNs(task: number): number {
    if (this.knobs.stamps === 'frozen') return 1;
    if (this.clock === null || this.knobs.stamps === 'counter') return this.stampCounter.add(0, 1);
    const granularity = this.personality.stampGranularityNs;
    const now = Math.floor(this.clock[task] / PS_PER_NS);
    return granularity > 1 ? now - (now % granularity) : now;
  }

  /** The file system was shut down: calls that read or change files are refused. */
  get isDown(): boolean {
    return this.flags.get(WorldFlag.Shutdown) === 1;
  }

  /** Wakes every task asleep on `waitName` under `key`. */
  signal(waitName: string, key: number): void {
    this.wake(waitName, key);
  }
}

function noTreeBlocks(): number {
  return 0;
}

function ignore(): void {
  // No machine listens yet.
}
