/** One kind of damage at a time, planted in a sound file system: fsck must name it. */
import { describe, expect, test } from '@jest/globals';
import { fsck } from '../../src/media/fsck.js';
import { MediaImage } from '../../src/media/media-image.js';
import { MediaFixture } from './media-fixture.js';

/** Places on the media of the fixture's file system. */
interface Places {
  readonly fixture: MediaFixture;
  /** Address of an inode. */
  readonly inode: (inode: number) => number;
  readonly file: number;
  readonly tree: number;
  readonly dir: number;
  /** Address of the root directory's only block. */
  readonly rootBlock: number;
  readonly blockBitmap: number;
  readonly inodeBitmap: number;
}

/** /f with two extents, /t with a tree of extents, /d/g, /s; all durable and home. */
function build(): Places {
  const fixture = new MediaFixture(400);
  const { volume } = fixture;
  const { geometry, allocator, extents } = volume;
  const file = fixture.file('f');
  const tree = fixture.file('t');
  const dir = fixture.directory('d');
  fixture.commit((v) => v.createInode(dir, fixture.name('g'), 0o100644, 0, 0));
  fixture.commit((v) => v.symlink(1, fixture.name('s'), Uint8Array.of(65, 66), 0, 0));
  for (let i = 0; i < 32; i += 1) {
    allocator.reserve(0, 1, 1);
    const into = i < 2 ? file : tree;
    fixture.commit(() => extents.insert(into, i * 3, allocator.reservedBlock, 1, false));
  }
  fixture.quiesce();
  extents.lookup(1, 0);
  return {
    fixture,
    inode: (inode) => geometry.inodeFirstBlock * 4096 + inode * 512,
    file,
    tree,
    dir,
    rootBlock: extents.block * 4096,
    blockBitmap: geometry.blockBitmapFirstBlock * 4096,
    inodeBitmap: geometry.inodeBitmapFirstBlock * 4096,
  };
}

type Damage = (places: Places, poke: (address: number, value: number) => void) => void;

const peek = (p: Places, address: number): number => p.fixture.memory.peek32(address);
/** Address of a word of the file's first extent. */
const extentWord = (p: Places, word: number): number => p.inode(p.file) + 80 + word * 4;
const treePageOf = (p: Places): number => peek(p, p.inode(p.tree) + 84) * 4096;

const damages: readonly (readonly [string, RegExp, Damage])[] = [
  [
    'a superblock with a wrong checksum',
    /superblock/,
    (_p, poke) => {
      poke(12, 401);
    },
  ],
  [
    'a tail beyond the ring',
    /tail beyond/,
    (_p, poke) => {
      poke(4100, -256);
    },
  ],
  [
    'a root that is a file',
    /root is no directory/,
    (p, poke) => {
      poke(p.inode(1), 0o100644);
    },
  ],
  [
    'a root with another parent',
    /not its own parent/,
    (p, poke) => {
      poke(p.inode(1) + 36, 2);
    },
  ],
  [
    'a directory with an extent as long as numbers go',
    /directory \d+: blocks beyond the device/,
    (p, poke) => {
      poke(p.inode(p.dir) + 88, -1);
    },
  ],
  [
    'inode 0 marked free',
    /inode 0: marked free/,
    (p, poke) => {
      poke(p.inodeBitmap, peek(p, p.inodeBitmap) & ~1);
    },
  ],
  [
    'a used inode without type',
    /type 0/,
    (p, poke) => {
      poke(p.inode(p.file), 0);
    },
  ],
  [
    'a used inode that has no name',
    /unreachable/,
    (p, poke) => {
      poke(p.inodeBitmap, peek(p, p.inodeBitmap) | (1 << 20));
      for (let word = 0; word < 20; word += 1) poke(p.inode(20) + word * 4, 0);
      poke(p.inode(20), 0o100644);
      poke(p.inode(20) + 8, 1);
    },
  ],
  [
    'an orphan',
    /an orphan/,
    (p, poke) => {
      poke(p.inodeBitmap, peek(p, p.inodeBitmap) | (1 << 20));
      for (let word = 0; word < 20; word += 1) poke(p.inode(20) + word * 4, 0);
      poke(p.inode(20), 0o100644);
    },
  ],
  [
    'a name of a free inode',
    /which is free/,
    (p, poke) => {
      poke(p.inodeBitmap, peek(p, p.inodeBitmap) & ~(1 << p.file));
    },
  ],
  [
    'a wrong link count',
    /says 7 links and has 1/,
    (p, poke) => {
      poke(p.inode(p.file) + 8, 7);
    },
  ],
  [
    'a directory with a wrong link count',
    /says 9 links/,
    (p, poke) => {
      poke(p.inode(1) + 8, 9);
    },
  ],
  [
    'a directory with another parent',
    /another parent/,
    (p, poke) => {
      poke(p.inode(p.dir) + 36, p.dir);
    },
  ],
  [
    'a wrong count of names',
    /wrong count of names/,
    (p, poke) => {
      poke(p.inode(1) + 68, 1);
    },
  ],
  [
    'a wrong last block',
    /wrong last block/,
    (p, poke) => {
      poke(p.inode(1) + 72, 1);
    },
  ],
  [
    'a directory that is larger than its blocks',
    /size is not its blocks/,
    (p, poke) => {
      poke(p.inode(1) + 24, 8192);
    },
  ],
  [
    'a directory block without its mark',
    /no directory block/,
    (p, poke) => {
      poke(p.rootBlock, 0);
    },
  ],
  [
    'a directory block of another directory',
    /no directory block/,
    (p, poke) => {
      poke(p.rootBlock + 8, p.dir);
    },
  ],
  [
    'an entry without valid shape',
    /no valid shape/,
    (p, poke) => {
      poke(p.rootBlock + 20, 0);
    },
  ],
  [
    'an entry of another type',
    /another type/,
    (p, poke) => {
      poke(p.rootBlock + 20, peek(p, p.rootBlock + 20) ^ (2 << 16));
    },
  ],
  [
    'a name with a slash',
    /name "\/"/,
    (p, poke) => {
      poke(p.rootBlock + 24, 47);
    },
  ],
  [
    'a name twice',
    /name "f" twice/,
    (p, poke) => {
      poke(p.rootBlock + 40, 102);
    },
  ],
  [
    'a directory with two names',
    /two names/,
    (p, poke) => {
      poke(p.rootBlock + 16, p.dir);
    },
  ],
  [
    'a block with two owners',
    /which has an owner/,
    (p, poke) => {
      poke(extentWord(p, 1), peek(p, extentWord(p, 5)));
    },
  ],
  [
    'an extent beyond the device',
    /which no file can have/,
    (p, poke) => {
      poke(extentWord(p, 1), 400);
    },
  ],
  [
    'an extent over metadata',
    /which no file can have/,
    (p, poke) => {
      poke(extentWord(p, 1), 1);
    },
  ],
  [
    'an extent of length 0',
    /extents overlap/,
    (p, poke) => {
      poke(extentWord(p, 2), 0);
    },
  ],
  [
    'overlapping extents',
    /extents overlap/,
    (p, poke) => {
      poke(extentWord(p, 2), 4);
    },
  ],
  [
    'extents out of order',
    /out of order/,
    (p, poke) => {
      poke(extentWord(p, 0), 9);
    },
  ],
  [
    'an extent with unknown flags',
    /extent flags 6/,
    (p, poke) => {
      poke(extentWord(p, 3), 6);
    },
  ],
  [
    'an impossible extent root',
    /extent root/,
    (p, poke) => {
      poke(p.inode(p.file) + 64, 22);
    },
  ],
  [
    'a tree page without its mark',
    /no tree page/,
    (p, poke) => {
      poke(treePageOf(p), 1);
    },
  ],
  [
    'a tree page of another inode',
    /no tree page/,
    (p, poke) => {
      poke(treePageOf(p) + 8, p.file);
    },
  ],
  [
    'a tree page outside the device',
    /tree page at block/,
    (p, poke) => {
      poke(p.inode(p.tree) + 84, 1);
    },
  ],
  [
    'a wrong count of blocks',
    /says 5 blocks and owns 2/,
    (p, poke) => {
      poke(p.inode(p.file) + 32, 5);
    },
  ],
  [
    'an owned block that is free in the bitmap',
    /free in the bitmap/,
    (p, poke) => {
      const block = peek(p, extentWord(p, 1));
      const address = p.blockBitmap + (block >>> 5) * 4;
      poke(address, peek(p, address) & ~(1 << (block & 31)));
    },
  ],
  [
    'an allocated block without owner',
    /nobody owns it/,
    (p, poke) => {
      poke(p.blockBitmap + 48, peek(p, p.blockBitmap + 48) | (1 << 14));
    },
  ],
  [
    'a symlink without target',
    /without target/,
    (p, poke) => {
      poke(p.inode(p.dir + 2) + 24, 0);
    },
  ],
  [
    'a short symlink with blocks',
    /blocks of a short symlink/,
    (p, poke) => {
      poke(p.inode(p.dir + 2) + 32, 1);
    },
  ],
];

describe('fsck', () => {
  test('finds nothing wrong with a sound file system', () => {
    const { fixture } = build();
    expect(fsck(fixture.memory)).toEqual([]);
    expect(
      MediaImage.open(fixture.memory)
        ?.files()
        .map((f) => f.path),
    ).toEqual(['/f', '/t', '/d', '/d/g', '/s']);
  });

  test.each(damages)('finds %s', (_name, expected, damage) => {
    const places = build();
    damage(places, (address, value) => {
      places.fixture.memory.poke32(address, value);
    });
    const problems = fsck(places.fixture.memory).map(({ where, what }) => `${where}: ${what}`);
    expect(problems.join('\n')).toMatch(expected);
  });

  test('finds a log that is not empty', () => {
    const { fixture } = build();
    fixture.file('x');
    fixture.force();
    expect(fsck(fixture.memory)).toEqual([{ where: 'log', what: 'not empty' }]);
  });

  test('a file reads as its written bytes, and zeros where it has none', () => {
    const { fixture, file } = build();
    fixture.commit((v) => {
      v.setSize(file, 10000);
    });
    fixture.volume.extents.lookup(file, 0);
    fixture.memory.pokeBytes(
      fixture.volume.extents.block * 4096,
      new Uint8Array(4096).fill(7),
      0,
      4096,
    );
    fixture.quiesce();
    const bytes = new Uint8Array(10);
    const image = MediaImage.open(fixture.memory);
    expect(image?.readBytes(file, 4091, 10, bytes)).toBe(10);
    expect([...bytes]).toEqual([7, 7, 7, 7, 7, 0, 0, 0, 0, 0]);
    expect(image?.readBytes(file, 9995, 10, bytes)).toBe(5);
  });
});
