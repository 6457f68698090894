/** Mappings: made, cut, moved, copied by a fork, and gone with their task. */
import { describe, expect, test } from '@jest/globals';
import { MapFlag, MsyncFlag, OpKind } from '../src/op-kind.js';
import { calls } from './memory-trace.js';

const open = 'openat(AT_FDCWD, "/d/a", O_RDWR) = 3';
const map = 'mmap(NULL, 65536, PROT_READ|PROT_WRITE, MAP_SHARED, 3, 0x1000) = 0x7f0000000000';

/** What the mapping calls of a trace say. */
async function pieces(lines: readonly string[]): Promise<unknown[]> {
  const { records } = await calls([open, map, ...lines]);
  return records
    .slice(2)
    .map((r) => [r.kind, r.mapping, r.offset, r.length, r.isImplied ? 'implied' : 'call']);
}

test('a mapping tells file, offset, length and protection; its address stays behind', async () => {
  const { records } = await calls([open, map]);
  expect(records[1]).toMatchObject({
    kind: OpKind.Mmap,
    handle: 0,
    mapping: 0,
    offset: 4096,
    length: 65536,
    flags: MapFlag.Read | MapFlag.Write | MapFlag.Shared,
    result: 0,
  });
});

test('a call on its addresses tells where in the mapping it is', async () => {
  const { records } = await calls([
    open,
    map,
    'close(3) = 0',
    'msync(0x7f0000002000, 4096, MS_SYNC|MS_INVALIDATE) = 0',
    'msync(0x7e0000000000, 4096, MS_SYNC) = 0',
  ]);
  expect(records).toHaveLength(4);
  expect(records[3]).toMatchObject({
    kind: OpKind.Msync,
    mapping: 0,
    offset: 0x2000,
    length: 4096,
    flags: MsyncFlag.Sync | MsyncFlag.Invalidate,
  });
});

describe('unmapping', () => {
  test('a part leaves the other parts, which keep their place in the mapping', async () => {
    const lines = [
      'munmap(0x7f0000004000, 8192) = 0',
      'madvise(0x7f0000008000, 4096, MADV_DONTNEED) = 0',
      'munmap(0x7f0000004000, 4096) = 0',
    ];
    expect(await pieces(lines)).toEqual([
      [OpKind.Munmap, 0, 0x4000, 8192, 'call'],
      [OpKind.Madvise, 0, 0x8000, 4096, 'call'],
    ]);
  });

  test('across two pieces is one call and one implied record', async () => {
    const lines = ['munmap(0x7f0000004000, 4096) = 0', 'munmap(0x7f0000000000, 65536) = 0'];
    expect(await pieces(lines)).toEqual([
      [OpKind.Munmap, 0, 0x4000, 4096, 'call'],
      [OpKind.Munmap, 0, 0, 65536, 'call'],
      [OpKind.Munmap, 0, 0x5000, 0xb000, 'implied'],
    ]);
  });

  test('is implied when another mapping takes the place', async () => {
    const fixed = 'MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS';
    const lines = [`mmap(0x7f0000001000, 4096, PROT_NONE, ${fixed}, -1, 0) = 0x7f0000001000`];
    expect(await pieces(lines)).toEqual([[OpKind.Munmap, 0, 0x1000, 4096, 'implied']]);
  });

  test('is implied when the last task of the address space exits or executes', async () => {
    const gone = [[OpKind.Munmap, 0, 0, 65536, 'implied']];
    const exec = 'execve("/bin/x", ["x"], 0x1 /* 0 vars */) = 0';
    expect(await pieces([exec])).toEqual(gone);
    expect((await pieces(['+++ exited with 0 +++'])).slice(0, 1)).toEqual(gone);
  });
});

describe('mremap', () => {
  test('of all of it moves and resizes the same mapping', async () => {
    const { records } = await calls([
      open,
      map,
      'mremap(0x7f0000000000, 65536, 131072, MREMAP_MAYMOVE) = 0x7a0000000000',
      'msync(0x7a0000010000, 4096, MS_ASYNC) = 0',
      'msync(0x7f0000000000, 4096, MS_ASYNC) = 0',
    ]);
    expect(records.slice(2)).toMatchObject([
      { kind: OpKind.Mremap, mapping: 0, mapping2: -1, offset: 0, length: 65536, offset2: 131072 },
      { kind: OpKind.Msync, mapping: 0, offset: 65536 },
    ]);
  });

  test('of a part makes another mapping of it', async () => {
    const { records } = await calls([
      open,
      map,
      'mremap(0x7f0000004000, 4096, 8192, MREMAP_MAYMOVE) = 0x7a0000000000',
      'msync(0x7a0000001000, 4096, MS_ASYNC) = 0',
      'msync(0x7f0000005000, 4096, MS_ASYNC) = 0',
    ]);
    expect(records.slice(2)).toMatchObject([
      { kind: OpKind.Mremap, mapping: 0, mapping2: 1, offset: 0x4000 },
      { mapping: 1, offset: 0x1000 },
      { mapping: 0, offset: 0x5000 },
    ]);
  });
});

test('a fork copies the mappings, each under an id of its own', async () => {
  const { records } = await calls([
    `1 ${open}`,
    `1 ${map}`,
    '1 fork() = 2',
    '2 munmap(0x7f0000000000, 65536) = 0',
    '1 msync(0x7f0000000000, 65536, MS_SYNC) = 0',
  ]);
  expect(records.slice(2)).toMatchObject([
    { kind: OpKind.Fork, child: 1 },
    { kind: OpKind.Mmap, isImplied: true, task: 1, mapping: 1, mapping2: 0, offset: 4096 },
    { kind: OpKind.Munmap, mapping: 1 },
    { kind: OpKind.Msync, mapping: 0 },
  ]);
});
