/** Page tables and dirty tags of one inode with three mappings, against plain maps and sets. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StateSpace } from '@daxsim/sim';
import { EntryKind } from './dax-entries.js';
import { MappingKind } from './mappings.js';
import { MemoryMaps } from './memory-maps.js';
import { NO_PAGE, Translation } from './page-table.js';

const INODE = 5;
const PAGES = 40;
const SHARED = MappingKind.Shared;

/** Mapping 0 shows pages 0 …, mapping 1 pages 10 … of one inode; mapping 2 is private. */
function maps(): MemoryMaps {
  const mm = new MemoryMaps(new StateSpace());
  mm.mappings.insert(0, 1, INODE, 0, PAGES, 3, SHARED);
  mm.mappings.insert(1, 2, INODE, 10, PAGES, 3, SHARED);
  mm.mappings.insert(2, 2, INODE, 0, PAGES, 3, 0);
  return mm;
}

const action = fc.record({
  kind: fc.constantFrom('install', 'zap', 'protect'),
  mapping: fc.nat(1),
  page: fc.nat(PAGES - 1),
  length: fc.integer({ min: 1, max: 12 }),
  isWritable: fc.boolean(),
});

describe('page tables', () => {
  test('agree with a map from (mapping, page), whatever is installed, zapped and protected', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const mm = maps();
        const model = new Map<string, boolean>();
        const first = [0, 10];
        for (const { kind, mapping, page, length, isWritable } of actions) {
          const filePage = page + first[mapping];
          if (kind === 'install') {
            const how = isWritable ? Translation.Writable : Translation.ReadOnly;
            mm.table.install(mapping, page, how, filePage + 1000);
            model.set(`${mapping} ${page}`, isWritable);
            continue;
          }
          let count = 0;
          for (const m of [0, 1]) {
            const end = kind === 'zap' ? filePage + length : filePage + 1;
            for (let p = filePage - first[m]; p < end - first[m]; p += 1) {
              const key = `${m} ${p}`;
              const had = model.get(key);
              if (kind === 'zap' && model.delete(key)) count += 1;
              if (kind === 'protect' && had === true) {
                model.set(key, false);
                count += 1;
              }
            }
          }
          const done =
            kind === 'zap'
              ? mm.zapInode(INODE, filePage, filePage + length, false)
              : mm.protectPages(INODE, filePage, filePage + 1);
          expect(done).toBe(count);
        }
        for (const m of [0, 1]) {
          for (let p = 0; p < PAGES; p += 1) {
            const isWritable = model.get(`${m} ${p}`);
            const kind = isWritable ? Translation.Writable : Translation.ReadOnly;
            expect(mm.table.kind(m, p)).toBe(isWritable === undefined ? Translation.Absent : kind);
            if (isWritable !== undefined) {
              expect(mm.table.target(m, p)).toBe(p + first[m] + 1000);
            }
          }
        }
      }),
    );
  });

  test('a zap leaves private copies unless it is told to take them', () => {
    const mm = maps();
    const slot = mm.privatePages.take();
    mm.privatePages.write(slot, 4, Uint8Array.of(9), 0, 1);
    mm.table.install(2, 3, Translation.Private, slot);
    expect(mm.zapInode(INODE, 0, PAGES, false)).toBe(0);
    expect(mm.zapInode(INODE, 0, PAGES, true)).toBe(1);
    expect(mm.privatePages.count).toBe(0);
    const again = mm.privatePages.take();
    const seen = new Uint8Array(1);
    mm.privatePages.read(again, 4, seen, 0, 1);
    expect([again, seen[0]]).toEqual([slot, 0]);
  });
});

describe('dirty entries', () => {
  test('are found in order, and their number is known', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(300), fc.boolean())), fc.nat(300), (changes, from) => {
        const { entries } = maps();
        const dirty = new Set<number>();
        for (const [page, becomesDirty] of changes) {
          entries.put(INODE, page, EntryKind.Block, 7);
          if (becomesDirty) entries.markDirty(INODE, page);
          else entries.clearDirty(INODE, page);
          if (becomesDirty) dirty.add(page);
          else dirty.delete(page);
        }
        const found: number[] = [];
        for (let at = entries.nextDirty(INODE, from, 301); at !== NO_PAGE;) {
          found.push(at);
          at = entries.nextDirty(INODE, at + 1, 301);
        }
        expect(found).toEqual([...dirty].filter((p) => p >= from).sort((a, b) => a - b));
        expect(entries.dirtyCount(INODE)).toBe(dirty.size);
      }),
    );
  });

  test('lose their tag with the entry', () => {
    const { entries } = maps();
    entries.put(INODE, 2, EntryKind.Block, 7);
    entries.markDirty(INODE, 2);
    entries.remove(INODE, 2);
    entries.put(INODE, 2, EntryKind.Zero, 0);
    expect(entries.isDirty(INODE, 2)).toBe(false);
  });
});
