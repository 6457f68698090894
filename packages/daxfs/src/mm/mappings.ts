/**
 * Mappings: what mmap made, by the number that the submitter chose.
 *
 *      mapping page p  ──▶  file page first + p        areas say which p are mapped, and how
 *      inode           ──▶  its mappings, oldest first  (the kernel's interval tree of areas)
 *
 * A number is used once. Where an address space puts a mapping is not modelled: an address is
 * (mapping, offset), and growing never has to move anything.
 */
import { IntColumn, IntLists, NO_ID, assert } from '@daxsim/sim';
import { Areas } from './areas.js';
import { NUMBER_LIMIT, PAGE_LIMIT } from './page-set.js';
import type { StateSpace } from '@daxsim/sim';

/** How a mapping treats stores; sums of these. */
export const MappingKind = {
  /** Stores reach the file; else the mapping is private. */
  Shared: 1,
  /** MAP_SYNC: a writable translation implies durable metadata. */
  Sync: 2,
  /** It may be made writable: private, or its file was open for writing. */
  MayStore: 4,
} as const;

/** Answered when an inode has no further mapping. */
export const NO_MAPPING = NO_ID;

export class Mappings {
  readonly areas: Areas;
  private readonly inodes: IntColumn;
  private readonly spaces: IntColumn;
  private readonly firstPages: IntColumn;
  private readonly kinds: IntColumn;
  /** One more than the handle that a mapping was made of. */
  private readonly makers: IntColumn;
  private readonly byInode: IntLists;

  constructor(space: StateSpace) {
    this.areas = new Areas(space);
    this.inodes = new IntColumn(space, 'mm.mapping.inode');
    this.spaces = new IntColumn(space, 'mm.mapping.mm');
    this.firstPages = new IntColumn(space, 'mm.mapping.firstPage');
    this.kinds = new IntColumn(space, 'mm.mapping.kind');
    this.makers = new IntColumn(space, 'mm.mapping.maker');
    this.byInode = new IntLists(space, 'mm.mappingsOfInode');
  }

  /** Enters a mapping of `pages` pages of a file from `firstPage` on. */
  insert(
    mapping: number,
    mm: number,
    inode: number,
    firstPage: number,
    pages: number,
    protection: number,
    kind: number,
    handle = -1,
  ): void {
    assert(mapping >= 0 && mapping < NUMBER_LIMIT, 'Mappings: number of a mapping is too large');
    assert(this.inodes.get(mapping) === 0, 'Mappings: a number was used twice');
    assert(firstPage + pages <= PAGE_LIMIT, 'Mappings: mapped beyond the largest page');
    this.inodes.set(mapping, inode);
    this.spaces.set(mapping, mm);
    this.firstPages.set(mapping, firstPage);
    this.kinds.set(mapping, kind);
    this.makers.set(mapping, handle + 1);
    this.byInode.push(inode, mapping);
    this.areas.append(mapping, 0, pages, protection);
  }

  /** Forgets a mapping without areas. */
  remove(mapping: number): void {
    this.byInode.remove(this.inodes.get(mapping), mapping);
    this.inodes.set(mapping, 0);
    this.spaces.set(mapping, 0);
    this.firstPages.set(mapping, 0);
    this.kinds.set(mapping, 0);
    this.makers.set(mapping, 0);
  }

  isLive(mapping: number): boolean {
    return mapping >= 0 && this.inodes.get(mapping) !== 0;
  }

  inode(mapping: number): number {
    return this.inodes.get(mapping);
  }

  /** The address space it is in. */
  mm(mapping: number): number {
    return this.spaces.get(mapping);
  }

  /** The file page that its page 0 shows. */
  firstPage(mapping: number): number {
    return this.firstPages.get(mapping);
  }

  isShared(mapping: number): boolean {
    return (this.kinds.get(mapping) & MappingKind.Shared) !== 0;
  }

  isSync(mapping: number): boolean {
    return (this.kinds.get(mapping) & MappingKind.Sync) !== 0;
  }

  mayStore(mapping: number): boolean {
    return (this.kinds.get(mapping) & MappingKind.MayStore) !== 0;
  }

  /** Oldest mapping of an inode, or NO_MAPPING. */
  firstOf(inode: number): number {
    return this.byInode.first(inode);
  }

  /** Whether a mapping of an inode was made of a handle, and so keeps its description open. */
  isMadeOf(inode: number, handle: number): boolean {
    for (let at = this.firstOf(inode); at !== NO_MAPPING; at = this.nextOf(at)) {
      if (this.makers.get(at) === handle + 1) return true;
    }
    return false;
  }

  /** The next mapping of the same inode, or NO_MAPPING. */
  nextOf(mapping: number): number {
    return this.byInode.next(mapping);
  }
}
