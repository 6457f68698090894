/**
 * Stores through mappings, which a system-call trace does not show.
 *
 *     none            none: msync finds what nobody stored to
 *     dirty:PAGES     before each msync, so many drawn pages of its range get a store
 *     uniform:RATE    before each msync, RATE stores per MiB of its range, at drawn lines
 *     all             before each msync, every page of its range gets a store
 *
 * Stores are ordinary operations of the task that syncs: they fault, dirty and are checked. Where
 * they go is drawn from the run's decisions. Pages beyond the end of the file are left out.
 */
import type { World } from '@daxsim/daxfs';
import { ConfigError, Point, type Decider, type Digest } from '@daxsim/sim';
import { OpKind, type TraceRecord } from '@daxsim/trace';
import { Action } from './actions.js';
import type { MappingInfo } from './numbers.js';

export interface MappedFill {
  readonly mode: 'none' | 'dirty' | 'uniform' | 'all';
  /** Pages, or stores per MiB. */
  readonly amount: number;
}

const PAGE = 4096;
const LINE = 64;
const MIB = 1_048_576;

/** Reads `none`, `dirty:PAGES`, `uniform:RATE` or `all`. */
export function parseMappedFill(text: string): MappedFill {
  if (text === 'none' || text === 'all') return { mode: text, amount: 0 };
  const match = /^(?:(dirty):([0-9]+)|(uniform):([0-9]+(?:\.[0-9]+)?))$/.exec(text);
  if (match === null) {
    const allowed = 'none, dirty:PAGES, uniform:RATE, all';
    throw new ConfigError({ where: '--mmap-fill', found: `"${text}"`, allowed });
  }
  if (match[1] === 'dirty') return { mode: 'dirty', amount: Number(match[2]) };
  return { mode: 'uniform', amount: Number(match[4]) };
}

export class MappedStores {
  /** Calls of msync, those with nothing to write back, and the bytes these covered. */
  syncs = 0;
  emptySyncs = 0;
  emptyBytes = 0;
  stores = 0;
  /** By task: offsets in the mapping of the stores that come first. */
  private readonly offsets: number[][] = [];

  constructor(
    private readonly fill: MappedFill,
    private readonly decider: Decider,
    private readonly digest: Digest,
    private readonly world: World,
  ) {}

  /** Puts the stores of an msync before it. */
  plan(task: number, record: TraceRecord, mapping: MappingInfo, actions: number[]): void {
    if (record.kind !== OpKind.Msync) return;
    this.syncs += 1;
    const fileStart = mapping.fileOffset + record.offset;
    const limit = Math.min(
      fileStart + record.length,
      this.world.volume.inodes.sizeBytes(mapping.inode),
    );
    const canStore = mapping.isSharedWritable && !mapping.isCopy && limit > fileStart;
    const offsets = canStore ? this.draw(record.offset, limit - mapping.fileOffset) : [];
    if (offsets.length === 0) {
      if (!this.hasDirty(mapping.inode, fileStart, fileStart + record.length)) {
        this.emptySyncs += 1;
        this.emptyBytes += record.length;
      }
      return;
    }
    this.offsets[task] = offsets;
    this.stores += offsets.length;
    actions.unshift(...offsets.map(() => Action.Store));
  }

  /** Offset of the task's next store. */
  take(task: number): number {
    return this.offsets[task]?.shift() ?? 0;
  }

  private draw(from: number, to: number): number[] {
    const { mode, amount } = this.fill;
    const pages = Math.max(1, Math.floor((to - from) / PAGE));
    if (mode === 'none') return [];
    if (mode === 'all') return Array.from({ length: pages }, (_, page) => from + page * PAGE);
    const stores = mode === 'dirty' ? amount : Math.ceil((amount * (to - from)) / MIB);
    const lines = Math.max(1, Math.floor((to - from) / LINE));
    return Array.from({ length: stores }, () => from + this.drawn(lines) * LINE);
  }

  private drawn(count: number): number {
    const choice = this.decider.decide(Point.Draw, count);
    this.digest.addWord(choice);
    return choice;
  }

  private hasDirty(inode: number, from: number, to: number): boolean {
    const last = Math.ceil(to / PAGE);
    const page = this.world.mm.entries.nextDirty(inode, Math.floor(from / PAGE), last);
    return page >= 0 && page < last;
  }
}
