/**
 * Valgrind's way to print a system call, put into strace's.
 *
 *   sys_openat ( 4294967196, 0x1fff0009f2(/mnt/f), 66, 420 )  Success(0x4)
 *   openat(AT_FDCWD, "/mnt/f", O_RDWR|O_CREAT, 420) = 4
 *
 * strace/ knows what calls mean: descriptors, names, mappings, what an exec drops. It reads words
 * and not numbers; so this file is the table of which arguments are flags, and of Linux's numbers
 * for them (x86-64). A call that is not in the table is passed on with its arguments as they are.
 * Source: valgrind 3.19 PRINT lines of syswrap-generic.c and syswrap-linux.c; Linux's uapi headers.
 */
import { errnoName } from '../errno.js';

type Bits = readonly (readonly [bit: number, word: string])[];

const openBits: Bits = [
  [0x410000, 'O_TMPFILE'],
  [0x101000, 'O_SYNC'],
  [0x40, 'O_CREAT'],
  [0x80, 'O_EXCL'],
  [0x200, 'O_TRUNC'],
  [0x400, 'O_APPEND'],
  [0x1000, 'O_DSYNC'],
  [0x4000, 'O_DIRECT'],
  [0x10000, 'O_DIRECTORY'],
  [0x20000, 'O_NOFOLLOW'],
  [0x80000, 'O_CLOEXEC'],
  [0x200000, 'O_PATH'],
];
const protectionBits: Bits = [
  [1, 'PROT_READ'],
  [2, 'PROT_WRITE'],
  [4, 'PROT_EXEC'],
];
const mapBits: Bits = [
  [0x10, 'MAP_FIXED'],
  [0x8000, 'MAP_POPULATE'],
  [0x80000, 'MAP_SYNC'],
  [0x100000, 'MAP_FIXED_NOREPLACE'],
];
const msyncBits: Bits = [
  [1, 'MS_ASYNC'],
  [2, 'MS_INVALIDATE'],
  [4, 'MS_SYNC'],
];
const remapBits: Bits = [
  [1, 'MREMAP_MAYMOVE'],
  [2, 'MREMAP_FIXED'],
  [4, 'MREMAP_DONTUNMAP'],
];
const fallocateBits: Bits = [
  [1, 'FALLOC_FL_KEEP_SIZE'],
  [2, 'FALLOC_FL_PUNCH_HOLE'],
  [4, 'FALLOC_FL_NO_HIDE_STALE'],
  [8, 'FALLOC_FL_COLLAPSE_RANGE'],
  [16, 'FALLOC_FL_ZERO_RANGE'],
  [32, 'FALLOC_FL_INSERT_RANGE'],
  [64, 'FALLOC_FL_UNSHARE_RANGE'],
];
const cloneBits: Bits = [
  [0x100, 'CLONE_VM'],
  [0x200, 'CLONE_FS'],
  [0x400, 'CLONE_FILES'],
];
const whences = ['SEEK_SET', 'SEEK_CUR', 'SEEK_END', 'SEEK_DATA', 'SEEK_HOLE'];
const mapTypes = ['', 'MAP_SHARED', 'MAP_PRIVATE', 'MAP_SHARED_VALIDATE'];
const fcntlWords = ['F_DUPFD', 'F_GETFD', 'F_SETFD', 'F_GETFL', 'F_SETFL', 'F_GETLK', 'F_SETLK'];
const duplicateCloseOnExec = 1030;
const adviceWords = ['', '', '', 'MADV_WILLNEED', 'MADV_DONTNEED', '', '', '', '', 'MADV_REMOVE'];
/** AT_FDCWD, as an unsigned number of 32 or (rounded) 64 bits. */
const currentDirectory = new Set([4294967196, 18446744073709552000, -100]);

type ArgumentWords = (text: string) => string;

function bitsOf(value: number, bits: Bits): string {
  const words: string[] = [];
  let left = value;
  for (const [bit, word] of bits) {
    if ((left & bit) !== bit) continue;
    words.push(word);
    left &= ~bit;
  }
  return words.length === 0 ? '0' : words.join('|');
}

const flags =
  (bits: Bits): ArgumentWords =>
  (text) =>
    bitsOf(Number(text), bits);

const openWords: ArgumentWords = (text) => {
  const access = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_RDWR'][Number(text) & 3] ?? 'O_RDWR';
  return `${access}|${bitsOf(Number(text), openBits)}`;
};
const mapWords: ArgumentWords = (text) =>
  `${mapTypes[Number(text) & 3] ?? ''}|${bitsOf(Number(text), mapBits)}`;
const directory: ArgumentWords = (text) => (currentDirectory.has(Number(text)) ? 'AT_FDCWD' : text);
/** A descriptor: valgrind prints −1 as a large number. */
const descriptor: ArgumentWords = (text) => (Number(text) > 0x7fffffff ? '-1' : text);
const whence: ArgumentWords = (text) => whences[Number(text)] ?? text;
const command: ArgumentWords = (text) =>
  Number(text) === duplicateCloseOnExec ? 'F_DUPFD_CLOEXEC' : (fcntlWords[Number(text)] ?? text);
const advice: ArgumentWords = (text) => adviceWords[Number(text)] ?? text;
const closeOnExec: ArgumentWords = (text) => bitsOf(Number(text), openBits);
const cloneWords: ArgumentWords = (text) => `flags=${bitsOf(parseInt(text, 16), cloneBits)}`;
const same: ArgumentWords = (text) => text;

/** By call, what its arguments are; those not told of stay as they are. */
const argumentsOf: Readonly<Record<string, readonly ArgumentWords[]>> = {
  open: [same, openWords],
  openat: [directory, same, openWords],
  mmap: [same, same, flags(protectionBits), mapWords, descriptor],
  mprotect: [same, same, flags(protectionBits)],
  mremap: [same, same, same, flags(remapBits)],
  msync: [same, same, flags(msyncBits)],
  madvise: [same, same, advice],
  fallocate: [same, flags(fallocateBits)],
  lseek: [same, same, whence],
  fcntl: [same, command],
  dup3: [same, same, closeOnExec],
  unlinkat: [directory],
  mkdirat: [directory],
  newfstatat: [directory],
  renameat: [directory, same, directory],
  renameat2: [directory, same, directory],
  linkat: [directory, same, directory],
  symlinkat: [same, directory],
  clone: [cloneWords],
};

/** Names that valgrind has from the kernel's functions. */
const renamed: Readonly<Record<string, string>> = {
  newfstat: 'fstat',
  newstat: 'stat',
  newlstat: 'lstat',
};

/** The name that strace gives the call. */
export function callName(printed: string): string {
  const name = printed.replace(/^sys_/, '').replace(/\[.*$/, '');
  return renamed[name] ?? name;
}

/** The arguments of a call (what is between its brackets) as strace would print them. */
export function callArguments(name: string, printed: string): string {
  const words = argumentsOf[name] ?? [];
  return argumentTexts(printed)
    .map((text, i) => (text.startsWith('"') ? text : (words[i] ?? same)(text)))
    .join(', ');
}

/** Arguments; a pointer that is shown with its string is that string, in strace's quotes. */
function argumentTexts(printed: string): string[] {
  const texts: string[] = [];
  let rest = printed.trim();
  while (rest !== '') {
    const pointer = /^0x[0-9a-f]+\((.*?)\)(?=,\s|$)/.exec(rest);
    const plain = /^[^,]*/.exec(rest);
    const taken = (pointer ?? plain)?.[0] ?? rest;
    texts.push(pointer === null ? taken.trim() : quoted(pointer[1] ?? ''));
    rest = rest.slice(taken.length).replace(/^,?\s*/, '');
  }
  return texts;
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** `Success(0x4)` or `Failure(0x2)` as strace's result; undefined if it is neither. */
export function callResult(printed: string): string | undefined {
  const [, outcome, value] =
    /(Success|Failure)\(0x(?:[0-9a-f]+:)?([0-9a-f]+)\)/.exec(printed) ?? [];
  if (value === undefined) return undefined;
  if (outcome === 'Success') return String(parseInt(value, 16));
  return `-1 ${errnoName(parseInt(value, 16))} (failed)`;
}
