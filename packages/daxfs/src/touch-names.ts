/**
 * Which declared touches cover which cell: the vocabulary of `touches` in steps and of `guards` in
 * lock plans, told arena by arena. A step that touches a cell declares one of its names.
 *
 *     size        where a file ends                    directory   names, and the inodes of names
 *     inodeCore   the rest of an inode                 references  who keeps an inode alive
 *     extentMap   blocks of a file, promised ones too  handle      open file descriptions
 *     freeSpace   blocks of nobody                     mappings    areas of address spaces
 *     log         transactions, their order            pageTable   translations
 *     daxEntry, entryIndex, dirtyTag   entries         pins, transfers   what a device uses
 *     windowTree, windowRange          ranges of a window, and what they show
 *     fileBytes, logBytes, homeBytes   the device      cacheIndex, folio, cachedBytes   pages in
 *                                                      memory
 *
 * Metadata blocks are one arena; there the block and the word decide.
 */
import type { TouchNames } from '@daxsim/sim';
import { InodeWord } from './media/inode-table.js';
import { BLOCK_WORDS, INODE_WORDS } from './media/layout.js';
import type { Geometry } from './media/layout.js';
import type { World } from './world.js';

/** Needs no declaration: a task's own, or a test's. */
const FREE: readonly string[] = ['*'];

const NAMES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(oracle|scenario|world|corpus|results)\b/, FREE],
  [/^pmem lines? on/, FREE],
  [/^pmem /, ['fileBytes', 'logBytes', 'homeBytes']],
  [
    /^(availableBlocks|keptBlocks|freedBlocks|busyBlocks|busyRuns|busySequences|allocator)$/,
    ['freeSpace'],
  ],
  [/^freeInodes$/, ['inodeCore', 'directory']],
  [/^inode(Data)?Sequences$/, ['inodeCore', 'log']],
  [/^inodeCoreSizes$/, ['size', 'inodeCore']],
  [/^inodeHolds$/, ['references']],
  [/^(log|logRing|logUnlogged|checkpoint\w*)$/, ['log']],
  [/^directory/, ['directory']],
  [/^delayed\./, ['extentMap', 'freeSpace']],
  [/^staged\.dirtied$/, ['daxEntry', 'dirtyTag', 'extentMap']],
  [/^staged\.sharing$/, ['inodeCore', 'size']],
  [/^staged\./, ['extentMap', 'freeSpace']],
  [/^(handle|readAhead)\b/, ['handle']],
  [/^(buddy|preallocation)/, ['freeSpace', 'extentMap']],
  [/^mm\.(area|mapping|mappingsOfInode)\b/, ['mappings', 'pageTable']],
  [/^mm\.(translation|hugeTranslation|present|huge|tables|directories)\b/, ['pageTable']],
  [/^mm\.(entry|entriesOfInode)\b/, ['daxEntry', 'entryIndex']],
  [/^mm\.dirty\b/, ['dirtyTag', 'daxEntry']],
  [/^window\.size$/, ['size']],
  [/^window\.guestOfTask$/, FREE],
  [/^window\.(tree|ofInode)/, ['windowTree', 'windowRange']],
  [/^window\./, ['windowRange']],
  [/^mm\.sizeChanges$/, ['size']],
  [/^mm\.pin\b/, ['pins']],
  [/^mm\.transfer\b/, ['transfers']],
  [/^mm\.private\b/, ['pageTable', 'mappings']],
  [/^mm\.cache\b/, ['cacheIndex', 'folio', 'dirtyTag', 'cachedBytes']],
];

/** The names that cover each cell of a world. */
export function touchNames(world: World): TouchNames {
  const { geometry } = world.volume;
  const known = new Map<string, readonly string[]>();
  return (arena, key) => {
    if (arena === 'metadata') return metadataNames(geometry, key);
    let names = known.get(arena);
    if (names === undefined) {
      names = NAMES.find(([pattern]) => pattern.test(arena))?.[1] ?? [];
      known.set(arena, names);
    }
    return names;
  };
}

function metadataNames(geometry: Geometry, key: number): readonly string[] {
  const block = Math.floor(key / BLOCK_WORDS);
  if (block < geometry.inodeFirstBlock) return ['inodeCore', 'directory'];
  if (block < geometry.blockBitmapFirstBlock) return inodeWordNames(key % INODE_WORDS);
  if (block < geometry.firstFileBlock) return ['freeSpace'];
  return ['extentMap', 'directory', 'inodeCore', 'freeSpace'];
}

/** Everything of an inode may be that of a directory. */
function inodeWordNames(word: number): readonly string[] {
  if (word === InodeWord.sizeLow || word === InodeWord.sizeHigh) {
    return ['size', 'inodeCore', 'directory'];
  }
  const isOfExtents = word === InodeWord.extentHead || word === InodeWord.blocks;
  if (isOfExtents || word >= InodeWord.root) return ['extentMap', 'inodeCore', 'directory'];
  return ['inodeCore', 'directory'];
}
