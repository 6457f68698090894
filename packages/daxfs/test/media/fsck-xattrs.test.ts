/** Damage of extended attributes, one kind at a time: fsck must name it. */
import { expect, test } from '@jest/globals';
import { fsck } from '../../src/media/fsck.js';
import { MediaFixture } from './media-fixture.js';

interface Places {
  /** Address of the inode's area of attributes. */
  readonly area: number;
  /** Address of the only block of its chain. */
  readonly block: number;
  readonly peek: (address: number) => number;
}

type Damage = (places: Places, poke: (address: number, value: number) => void) => void;

/** A file with a short attribute, one of 200 bytes, and one of 10000 bytes that lies apart. */
function build(): { readonly fixture: MediaFixture; readonly places: Places } {
  const fixture = new MediaFixture(400);
  const inode = fixture.file('f');
  for (const [text, length] of [
    ['aa', 8],
    ['bb', 200],
    ['cc', 10000],
  ] as const) {
    const value = new Uint8Array(length).fill(5);
    fixture.commit((v) => v.xattrs.set(inode, 0, v.names.idOf(text), value, length, null));
  }
  fixture.quiesce();
  const area = fixture.volume.geometry.inodeFirstBlock * 4096 + inode * 512 + 416;
  const peek = (address: number): number => fixture.memory.peek32(address);
  return { fixture, places: { area, block: peek(area + 4) * 4096, peek } };
}

const damages: readonly (readonly [string, RegExp, Damage])[] = [
  [
    'a flag without attributes',
    /says that it has attributes/,
    ({ area }, poke) => {
      poke(area, 0);
      poke(area + 4, 0);
    },
  ],
  [
    'a flag that is missing',
    /blocks and owns 0/,
    ({ area }, poke) => {
      poke(area - 416 + 12, 0);
    },
  ],
  [
    'more than fits into the inode',
    /more attributes than fit/,
    ({ area }, poke) => {
      poke(area, 12);
    },
  ],
  [
    'a chain that leaves the device',
    /attributes at block 99999/,
    ({ area }, poke) => {
      poke(area + 4, 99999);
    },
  ],
  [
    'a chain that comes back to itself',
    /attributes at block/,
    ({ block }, poke) => {
      poke(block + 12, block / 4096);
    },
  ],
  [
    'a block without its mark',
    /no block of its attributes/,
    ({ block }, poke) => {
      poke(block, 0);
    },
  ],
  [
    'a block of another inode',
    /no block of its attributes/,
    ({ block }, poke) => {
      poke(block + 8, 1);
    },
  ],
  [
    'an empty block',
    /is empty/,
    ({ block }, poke) => {
      poke(block + 4, 2);
    },
  ],
  [
    'an entry without valid shape',
    /no valid shape/,
    ({ area, peek }, poke) => {
      poke(area + 8, peek(area + 8) + 1);
    },
  ],
  [
    'an unknown space',
    /no valid shape/,
    ({ area, peek }, poke) => {
      poke(area + 8, peek(area + 8) | (9 << 24));
    },
  ],
  [
    'a name that is there twice',
    /an attribute twice/,
    ({ area, block, peek }, poke) => {
      poke(block + 24, peek(area + 16));
      poke(block + 16, peek(block + 16) & 0xffffff);
    },
  ],
  [
    'a value on a block that belongs to somebody',
    /which has an owner/,
    ({ area, block, peek }, poke) => {
      // The long value is the second entry of the inode: head, name, block numbers.
      const entry = area + 8 + (peek(area + 8) & 0xffff) * 8;
      poke(entry + 16, block / 4096);
    },
  ],
];

test('a file with attributes of all sizes is sound', () => {
  const { fixture } = build();
  expect(fsck(fixture.memory)).toEqual([]);
});

test.each(damages)('fsck finds %s', (_name, expected, damage) => {
  const { fixture, places } = build();
  damage(places, (address, value) => {
    fixture.memory.poke32(address, value);
  });
  const problems = fsck(fixture.memory).map(({ where, what }) => `${where}: ${what}`);
  expect(problems.join('\n')).toMatch(expected);
});
