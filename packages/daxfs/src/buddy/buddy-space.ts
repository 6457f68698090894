/**
 * Where the blocks of files go on ext4: Linux 6.12 fs/ext4/mballoc.c, ext4_mb_new_blocks.
 *
 *     kept for the file? ─▶ kept for small files? ─▶ widen the request ─▶ at the goal? ─▶ groups
 *                                                         └ what is more than asked for is kept
 *
 * A file of up to 16 blocks takes from blocks that small files share; a larger one widens its
 * request and keeps the rest, and starts in the group where the last such search ended. Requests of
 * a power of two take the first chunk of that order, but not in the first group of sixteen, which
 * is for directories. Preallocation widens nothing.
 *
 * What is kept counts as free. When nothing is found all of it is given up. A fiftieth of the
 * device, 4096 blocks at most, is for nobody.
 *
 * Left out: reading bitmaps, several CPUs' shared blocks, and the order of groups of a device with
 * sixteen or more, which is by place here and by average run there.
 */
import { NO_BIT } from '@daxsim/sim';
import type { StateSpace } from '@daxsim/sim';
import type { Geometry } from '../media/layout.js';
import type { AllocatorPort } from '../media/volume.js';
import { GroupSearch } from './group-search.js';
import { NONE, Preallocations, SHARED } from './preallocations.js';
import { StreamPlace } from './stream-place.js';
import { widen } from './request.js';
import type { Neighbours, Wanted } from './request.js';

const GROUP_BLOCKS = 32768;
/** Groups of which the first is for directories. */
const FLEX_GROUPS = 16;
/** Superblock, group descriptors and room for more of these, in groups that have copies. */
const HEAD_BLOCKS = 65;
/** Two bitmaps and the inodes of a group. */
const TABLE_BLOCKS = 514;
/** The root, lost+found, and the index of the blocks that descriptors may grow into. */
const ROOT_BLOCKS = 6;
/** Up to so many blocks a file is small. */
const SMALL_BLOCKS = 16;
/** What small files share is taken in units of this. */
const SHARED_BLOCKS = 512;
const RESERVED_PART = 50;
const RESERVED_MOST = 4096;
/** Preallocations of small files that may wait in one order before the oldest go. */
const SHARED_PER_ORDER = 8;
const SHARED_KEPT = 5;
const ORDERS = 10;

/** How hard to look in a group. */
const Effort = { Aligned: 0, Average: 1, Enough: 2, Anything: 3 } as const;

/** A hole of a file that wants blocks. */
export interface SpaceRequest {
  readonly inode: number;
  readonly page: number;
  readonly count: number;
  /** Size of the file in blocks, before what is asked for. */
  readonly fileBlocks: number;
  readonly around: Neighbours;
  /** Device block near which the file lies, 0 if it has none. */
  readonly near: number;
  /** Exactly this much, as preallocation asks for. */
  readonly isExact: boolean;
}

export class BuddySpace {
  private readonly kept: Preallocations;
  private readonly search: GroupSearch;
  private readonly stream: StreamPlace;
  private readonly reservedBlocks: number;
  private readonly heads: number;

  constructor(
    space: StateSpace,
    private readonly geometry: Geometry,
    private readonly allocator: AllocatorPort,
  ) {
    this.kept = new Preallocations(space);
    this.search = new GroupSearch(allocator);
    this.stream = new StreamPlace(space);
    const part = Math.floor(geometry.blocks / RESERVED_PART);
    allocator.metadataPlace = () => this.placeForTree();
    this.reservedBlocks = Math.min(part, RESERVED_MOST);
    this.heads = this.headBlocks();
  }

  /** What statfs tells as free. */
  get free(): number {
    return Math.max(0, this.allocator.free + this.allocator.pool - this.heads);
  }

  /** What statfs tells as available: what is free for everybody. */
  get available(): number {
    return Math.max(0, this.free - this.reservedBlocks);
  }

  /**
   * Takes up to `count` blocks in one run, reserved from the allocator's reserved block on, and
   * answers how many; 0 is no space.
   */
  take(request: SpaceRequest): number {
    let count = request.count;
    while (count > 0 && count > this.available) count = Math.floor(count / 2);
    if (count === 0) return 0;
    const size = Math.max(request.page + count, request.fileBlocks);
    const isSmall = size <= SMALL_BLOCKS;
    this.stream.treeGroup = this.groupOf(this.goalOf(request));
    const ready = this.takeKept(request, count, isSmall);
    if (ready > 0) return ready;
    const wanted = this.wantedFor(request, count, size, isSmall);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      if (this.find(request, wanted, isSmall)) {
        return this.use(request, wanted, count, isSmall);
      }
      this.giveUpAll();
    }
    return 0;
  }

  /** What was kept for a file and not used is free again. */
  giveUp(inode: number): void {
    for (let id = this.kept.first(inode); id !== NONE; id = this.kept.first(inode)) {
      this.drop(inode, id);
    }
  }

  private giveUpAll(): void {
    for (const owner of this.kept.owners(this.geometry.inodes)) this.giveUp(owner);
  }

  private drop(owner: number, id: number): void {
    this.allocator.unkeep(this.kept.block(id), this.kept.length(id));
    this.kept.remove(owner, id);
  }

  private takeKept(request: SpaceRequest, count: number, isSmall: boolean): number {
    const { inode, page } = request;
    const { kept } = this;
    for (let id = kept.first(inode); id !== NONE; id = kept.next(id)) {
      const into = page - kept.logical(id);
      if (into < 0 || into >= kept.length(id)) continue;
      const most = Math.min(count, kept.length(id) - into);
      const taken = this.takeRun(kept.block(id) + into, most);
      if (taken > 0) {
        this.dropIfUsed(inode, id);
        return taken;
      }
    }
    const shared = isSmall ? this.nearestShared(count, this.goalOf(request)) : NONE;
    if (shared === NONE) return 0;
    const taken = this.takeRun(kept.block(shared), count);
    kept.cutFront(shared, count);
    if (kept.length(shared) === 0) kept.remove(SHARED, shared);
    this.trimShared();
    return taken;
  }

  private takeRun(block: number, most: number): number {
    return this.allocator.reserveKept(block, most);
  }

  private dropIfUsed(inode: number, id: number): void {
    const from = this.kept.block(id);
    if (this.allocator.hasKept(from, this.kept.length(id))) return;
    this.kept.remove(inode, id);
  }

  /** Of the shared runs that are long enough the one nearest to the goal. */
  private nearestShared(count: number, goal: number): number {
    const { kept } = this;
    let best = NONE;
    let bestDistance = Infinity;
    for (let id = kept.first(SHARED); id !== NONE; id = kept.next(id)) {
      if (kept.length(id) < count) continue;
      const distance = Math.abs(goal - kept.block(id));
      if (distance < bestDistance) {
        best = id;
        bestDistance = distance;
      }
    }
    return best;
  }

  /** Too many short rests of shared runs are given up. */
  private trimShared(): void {
    const { kept } = this;
    const counts = new Array<number>(ORDERS).fill(0);
    for (let id = kept.first(SHARED); id !== NONE; id = kept.next(id)) {
      counts[orderOf(kept.length(id))] += 1;
    }
    counts.forEach((count, order) => {
      if (count > SHARED_PER_ORDER) this.dropShared(order, count - SHARED_KEPT);
    });
  }

  private dropShared(order: number, count: number): void {
    const { kept } = this;
    for (let dropped = 0; dropped < count; dropped += 1) {
      let id = kept.first(SHARED);
      while (id !== NONE && orderOf(kept.length(id)) !== order) id = kept.next(id);
      if (id === NONE) return;
      this.drop(SHARED, id);
    }
  }

  private wantedFor(request: SpaceRequest, count: number, size: number, isSmall: boolean): Wanted {
    const { inode, page, around, isExact } = request;
    if (isExact) return { logical: page, length: count, goal: 0 };
    if (isSmall) return { logical: page, length: SHARED_BLOCKS, goal: 0 };
    return widen(page, size, around, this.kept, inode);
  }

  /** Finds a run: what was found is in `search`. */
  private find(request: SpaceRequest, wanted: Wanted, isSmall: boolean): boolean {
    const { search } = this;
    search.begin();
    if (wanted.goal > 0 && this.isFreeAt(wanted)) return true;
    const order = Math.log2(wanted.length);
    const isAligned = wanted.length >= 2 && wanted.length <= 8192 && Number.isInteger(order);
    const first = isSmall ? this.groupOf(this.goalOf(request)) : this.stream.group;
    let effort: number = isAligned ? Effort.Aligned : Effort.Average;
    for (; effort <= Effort.Anything && !search.isOver; effort += 1) {
      for (let step = 0; step < this.groups; step += 1) {
        this.lookIn((first + step) % this.groups, effort, wanted.length, order);
        if (search.isFound) return this.remember(isSmall);
        if (search.isOver) break;
      }
    }
    return search.length > 0 && this.remember(isSmall);
  }

  private remember(isSmall: boolean): boolean {
    if (!isSmall) this.stream.group = this.groupOf(this.search.block);
    return true;
  }

  private lookIn(group: number, effort: number, length: number, order: number): void {
    const { search } = this;
    const from = this.firstOf(group);
    const limit = this.endOf(group);
    if (from >= limit) return;
    if (effort === Effort.Aligned) {
      const isForDirectories = group % FLEX_GROUPS === 0;
      if (!isForDirectories) search.findAligned(from, limit, order);
      return;
    }
    search.measure(from, limit);
    if (search.freeCount === 0) return;
    const most = effort === Effort.Average ? search.freeCount / search.runCount : search.freeCount;
    if (effort !== Effort.Anything && Math.floor(most) < length) return;
    const unit = this.geometry.stripeBlocks;
    const isStriped = effort === Effort.Average && unit > 1 && length % unit === 0;
    if (isStriped) search.findStriped(from, limit, unit);
    if (!search.isFound) search.findBest(from, limit, length, effort === Effort.Average);
  }

  /** Whether all that is wanted is free where a neighbour wants it. */
  private isFreeAt(wanted: Wanted): boolean {
    const { search } = this;
    const { goal, length } = wanted;
    const group = this.groupOf(goal);
    const unit = this.geometry.stripeBlocks;
    if (unit > 1 && length === unit && goal % unit !== 0) return false;
    const from = this.firstOf(group);
    if (goal < from) return false;
    const reached = search.reach(goal, length, from, this.endOf(group));
    if (reached < length) return false;
    search.block = goal;
    search.length = reached;
    return this.remember(false);
  }

  /** Takes what was found, and keeps what is more than was asked for. */
  private use(request: SpaceRequest, wanted: Wanted, count: number, isSmall: boolean): number {
    const { allocator, search } = this;
    const { inode, page } = request;
    const { block } = search;
    const length = Math.min(search.length, wanted.length);
    if (length <= count) return allocator.reserveExactly(block, length) ? length : 0;
    allocator.keep(block, length);
    if (isSmall) {
      const id = this.kept.add(SHARED, 0, block, length);
      const taken = this.takeRun(block, count);
      this.kept.cutFront(id, count);
      return taken;
    }
    const logical = logicalFor(page, count, wanted, length);
    const id = this.kept.add(inode, logical, block, length);
    const into = page - logical;
    const taken = this.takeRun(block + into, Math.min(count, length - into));
    this.dropIfUsed(inode, id);
    return taken;
  }

  private get groups(): number {
    return Math.max(1, Math.ceil(this.geometry.blocks / GROUP_BLOCKS));
  }

  private groupOf(block: number): number {
    return Math.floor(block / GROUP_BLOCKS);
  }

  /** New files begin in the second group of the first sixteen: the first is for directories. */
  private goalOf(request: SpaceRequest): number {
    if (request.near > 0) return request.near;
    return this.groups > 1 ? GROUP_BLOCKS : 0;
  }

  /** A block for a tree: the best single one near the file. */
  private placeForTree(): number {
    const { search } = this;
    for (let step = 0; step < this.groups; step += 1) {
      const group = (this.stream.treeGroup + step) % this.groups;
      search.begin();
      search.findBest(this.firstOf(group), this.endOf(group), 1, true);
      if (search.length > 0) return search.block;
    }
    return NO_BIT;
  }

  /** First block of a group that files may have: metadata of its own lies before it. */
  private firstOf(group: number): number {
    if (group === 0) return Math.max(this.firstGroupHead(), this.geometry.firstFileBlock);
    return group * GROUP_BLOCKS + (hasCopy(group) ? HEAD_BLOCKS : 0);
  }

  /**
   * The first group holds bitmaps and inodes of the groups behind it, too, and here the journal.
   */
  private firstGroupHead(): number {
    const tables = Math.min(this.groups, FLEX_GROUPS) * TABLE_BLOCKS;
    return HEAD_BLOCKS + tables + ROOT_BLOCKS + this.geometry.logBlocks;
  }

  private endOf(group: number): number {
    return Math.min((group + 1) * GROUP_BLOCKS, this.geometry.blocks);
  }

  /** Blocks at the heads of groups, which are left alone. */
  private headBlocks(): number {
    let blocks = 0;
    for (let group = 0; group < this.groups; group += 1) {
      const start = Math.max(group * GROUP_BLOCKS, this.geometry.firstFileBlock);
      blocks += Math.max(0, Math.min(this.firstOf(group), this.endOf(group)) - start);
    }
    // The root's own block is in use already.
    return Math.max(0, blocks - 1);
  }
}

/** Groups with a copy of the superblock: 1 and the powers of 3, 5 and 7 (sparse_super). */
function hasCopy(group: number): boolean {
  if (group === 0) return false;
  return [3, 5, 7].some((base) => {
    let power = 1;
    while (power < group) power *= base;
    return power === group;
  });
}

/** Which bucket a shared run of so many blocks is in. */
function orderOf(length: number): number {
  return Math.min(ORDERS - 1, Math.floor(Math.log2(Math.max(1, length))));
}

/** The first file block that a run is for which is shorter than was wanted. */
function logicalFor(page: number, count: number, wanted: Wanted, length: number): number {
  if (length >= wanted.length) return wanted.logical;
  const atEnd = wanted.logical + wanted.length - length;
  if (page >= atEnd) return atEnd;
  return page + count <= wanted.logical + length ? wanted.logical : page;
}
