/**
 * The moves: every way in which a recipe moves bytes. What each expects in the registers:
 *
 *      move         before it                                        per line
 *      copyIn       moveFrom…moveTo on the device, moveFile, source  ntstore; edges store + clwb
 *      copyOut      moveFrom…moveTo on the device, moveFile          streamed load, payload.saw
 *      copyHole     moveFile, moveTo − moveFrom bytes                payload.saw of zeros
 *      copyAcross   moveFrom…moveTo, moveFile = target on the device streamed load, ntstore
 *      zeroBlocks   block, count, head, tail                         ntstore; fence
 *      zeroBytes    moveFrom…moveTo on the device                    store + clwb; fence
 *      flushBlocks  block, count                                     clwb; fence
 *      flushEntry   block, chunk bytes                               clwb; fence
 *      fence        nothing                                          fence
 *      writeLog     moveFrom…moveTo lines of the log                     store + clwb; fence
 *      writeHome    count lines of the checkpoint's plan             store + clwb; fence
 *      writeTail    nothing                                          one store + clwb; fence
 *      writeUnlogged   units without a record                        one store each
 *      copyPrivate  block, moveFile = slot of the private copy       streamed load
 *      userLoad     mapping, moveFrom…moveTo in the mapping          translate; load, payload.saw
 *      userStore    mapping, moveFrom…moveTo in the mapping, source  translate; store [+ clwb]
 *      userFlush    mapping, moveFrom…moveTo in the mapping          translate; clwb
 *      cacheIn      moveFile…moveTo in the file, source             nothing: priced by its step
 *      cacheOut     moveFile…moveTo in the file                     payload.saw
 *      cacheZero    moveFile…moveTo in the file                     nothing
 *      cacheAcross  moveFile…moveTo, moveFrom in file `inode2`      nothing
 *      cachePrivate block = slot, moveFile = slot of the copy       nothing
 *      cachePinned  block = slot, moveFrom…moveTo in it, moveFile   payload.saw
 *      cacheFill    moveFrom…moveTo on the device, moveFile         streamed load
 *      cacheWrite   moveFrom…moveTo on the device, moveFile         ntstore; fence
 *      pageFill     moveFrom…moveTo on the device, moveFile = byte   streamed load
 *                   of page memory, slot · 4096 + offset
 *      pageWrite    the same                                        ntstore; fence
 *      pageCopy     block = slot copied from, slot                  nothing
 *      pageIn       moveFile…moveTo in the file, source, slot       nothing
 *      bufferIn     moveFrom…moveTo in pin, moveFile in the file    nothing: to slot
 *      bufferOut    the same                                        nothing: from slot
 *      cacheFrom    moveFile…moveTo in the file, offset2 in mapping nothing: translate, copy
 *      windowLoad … windowFlush   as userLoad … of a guest: loads and stores reach the host's pages
 *      windowOut    moveFrom…moveTo in the window, moveFile         streamed load, payload.saw
 *      windowIn     moveFrom…moveTo in the window, moveFile, source store; as memcpy, not flushed
 *      windowPrivate  block = window page, moveFile = slot           streamed load
 *
 * A move begins with `moveState` 0. After it, `moveFrom` stands behind the last byte moved.
 */
import { BLOCK_BYTES } from '@daxsim/sim';
import { R } from '../registers.js';
import type { Frame, MoveDefinition } from '@daxsim/sim';
import type { World } from '../world.js';

export const MoveKind = {
  CopyIn: 0,
  CopyOut: 1,
  CopyHole: 2,
  CopyAcross: 3,
  ZeroBlocks: 4,
  ZeroBytes: 5,
  FlushBlocks: 6,
  Fence: 7,
  WriteLog: 8,
  WriteHome: 9,
  WriteTail: 10,
  WriteUnlogged: 60,
  CopyPrivate: 11,
  UserLoad: 12,
  UserStore: 13,
  UserFlush: 22,
  CacheIn: 14,
  CacheOut: 15,
  CacheZero: 16,
  CacheAcross: 17,
  CachePrivate: 18,
  CachePinned: 19,
  CacheFill: 20,
  CacheWrite: 21,
  DeviceStore: 40,
  PageFill: 50,
  PageWrite: 51,
  PageCopy: 52,
  PageIn: 53,
  BufferIn: 54,
  BufferOut: 55,
  CacheFrom: 56,
  WindowLoad: 41,
  WindowStore: 42,
  WindowFlush: 43,
  WindowOut: 44,
  WindowIn: 45,
  WindowPrivate: 46,
} as const;
export type MoveKind = (typeof MoveKind)[keyof typeof MoveKind];

/** A move that `DaxMoveUnit` knows how to do. */
export interface DaxMove extends MoveDefinition<World> {
  readonly kind: MoveKind;
}

/** `moveState` of a move that has fenced. */
export const FENCED = 9;
const DONE_ONLY = ['Ok'] as const;
const MAY_SIGNAL = ['Ok', 'Signal'] as const;
const MAY_BE_GONE = ['Ok', 'Gone'] as const;
const MAY_BE_LOST = ['Ok', 'Signal', 'Gone'] as const;

function define(
  kind: MoveKind,
  name: string,
  touches: readonly string[],
  begin: (world: World, frame: Frame) => void,
  outcomes: readonly string[] = DONE_ONLY,
): DaxMove {
  return Object.freeze({ kind, name, touches, begin, outcomes });
}

function atStart(_world: World, frame: Frame): void {
  frame.set(R.moveState, 0);
}

function overBlocks(_world: World, frame: Frame): void {
  const from = frame.get(R.block) * BLOCK_BYTES;
  frame.set(R.moveFrom, from);
  frame.set(R.moveTo, from + frame.get(R.count) * BLOCK_BYTES);
  frame.set(R.moveState, 0);
}

/** As a defect, a fence that is none. */
function atEndIfSkipped(world: World, frame: Frame): void {
  frame.set(R.moveState, world.knobs.dataFence === 'kept' ? 0 : FENCED);
}

/** The blocks that become the file's, with the neighbours that become written beside them. */
function overNewBlocks(world: World, frame: Frame): void {
  const from = (frame.get(R.block) - frame.get(R.head)) * BLOCK_BYTES;
  const count = frame.get(R.head) + frame.get(R.count) + frame.get(R.tail);
  frame.set(R.moveFrom, from);
  frame.set(R.moveTo, from + count * BLOCK_BYTES);
  frame.set(R.moveState, 0);
  if (world.knobs.blockZeroing === 'never') frame.set(R.moveFrom, frame.get(R.moveTo));
}

function overHomePlan(_world: World, frame: Frame): void {
  frame.set(R.moveFrom, 0);
  frame.set(R.moveTo, frame.get(R.count));
  frame.set(R.moveState, 0);
}

function overOneBlock(_world: World, frame: Frame): void {
  const from = frame.get(R.block) * BLOCK_BYTES;
  frame.set(R.moveFrom, from);
  frame.set(R.moveTo, from + BLOCK_BYTES);
  frame.set(R.moveState, 0);
}

function overChunk(_world: World, frame: Frame): void {
  const from = frame.get(R.block) * BLOCK_BYTES;
  frame.set(R.moveFrom, from);
  frame.set(R.moveTo, from + frame.get(R.chunk));
  frame.set(R.moveState, 0);
}

const FILE = ['fileBytes'] as const;
const LOG = ['logBytes', 'log'] as const;
const HOME = ['homeBytes', 'log'] as const;
/** Behind a mapping there is a file's block or its page in the cache. */
const USER = ['fileBytes', 'pageTable', 'cachedBytes'] as const;
const CACHED = ['cachedBytes'] as const;
const DEVICE = ['cachedBytes', 'fileBytes'] as const;
/** To the page of a private mapping, which others of its address space store to. */
const PRIVATE = [...FILE, 'pageTable'] as const;
const CACHED_PRIVATE = [...CACHED, 'pageTable'] as const;

/** The caller's side may be a mapping. */
const COPIED = [...FILE, 'mappings', 'pageTable'] as const;
export const copyIn = define(MoveKind.CopyIn, 'copyIn', COPIED, atStart);
export const copyOut = define(MoveKind.CopyOut, 'copyOut', COPIED, atStart);
export const copyHole = define(MoveKind.CopyHole, 'copyHole', [], atStart);
export const copyAcross = define(MoveKind.CopyAcross, 'copyAcross', FILE, atStart);
export const zeroBlocks = define(MoveKind.ZeroBlocks, 'zeroBlocks', FILE, overNewBlocks);
export const zeroBytes = define(MoveKind.ZeroBytes, 'zeroBytes', FILE, atStart);
export const flushBlocks = define(MoveKind.FlushBlocks, 'flushBlocks', FILE, overBlocks);
export const flushEntry = define(MoveKind.FlushBlocks, 'flushEntry', FILE, overChunk);
/** A device stores to pinned pages; its stores stay in the caches. */
export const deviceStore = define(MoveKind.DeviceStore, 'deviceStore', FILE, atStart);
export const fence = define(MoveKind.Fence, 'fence', FILE, atStart);
/** The fence behind the data of a write. */
export const dataFence = define(MoveKind.Fence, 'fence', FILE, atEndIfSkipped);
export const writeLog = define(MoveKind.WriteLog, 'writeLog', LOG, atStart);
export const writeHome = define(MoveKind.WriteHome, 'writeHome', HOME, overHomePlan);
export const writeTail = define(MoveKind.WriteTail, 'writeTail', LOG, atStart);
/** Units without a record, where they lie: neither flushed nor fenced. */
export const writeUnlogged = define(MoveKind.WriteUnlogged, 'writeUnlogged', HOME, atStart);
export const copyPrivate = define(MoveKind.CopyPrivate, 'copyPrivate', PRIVATE, overOneBlock);
export const userLoad = define(MoveKind.UserLoad, 'userLoad', USER, atStart, MAY_SIGNAL);
export const userStore = define(MoveKind.UserStore, 'userStore', USER, atStart, MAY_SIGNAL);
export const userFlush = define(MoveKind.UserFlush, 'userFlush', USER, atStart, MAY_SIGNAL);
export const cacheIn = define(MoveKind.CacheIn, 'cacheIn', CACHED, atStart);
export const cacheOut = define(MoveKind.CacheOut, 'cacheOut', CACHED, atStart);
export const cacheZero = define(MoveKind.CacheZero, 'cacheZero', CACHED, atStart);
export const cacheAcross = define(MoveKind.CacheAcross, 'cacheAcross', CACHED, atStart);
export const cachePrivate = define(MoveKind.CachePrivate, 'cachePrivate', CACHED_PRIVATE, atStart);
export const cachePinned = define(MoveKind.CachePinned, 'cachePinned', CACHED, atStart);
export const cacheFill = define(MoveKind.CacheFill, 'cacheFill', DEVICE, atStart);
export const cacheWrite = define(MoveKind.CacheWrite, 'cacheWrite', DEVICE, atStart);
export const pageFill = define(MoveKind.PageFill, 'pageFill', DEVICE, atStart);
export const pageWrite = define(MoveKind.PageWrite, 'pageWrite', DEVICE, atStart);
export const pageCopy = define(MoveKind.PageCopy, 'pageCopy', CACHED, atStart);
export const pageIn = define(MoveKind.PageIn, 'pageIn', CACHED, atStart);
/** Between a page in memory and the pinned pages of a buffer. */
const PINNED = ['cachedBytes', 'pins'] as const;
export const bufferIn = define(MoveKind.BufferIn, 'bufferIn', PINNED, atStart);
export const bufferOut = define(MoveKind.BufferOut, 'bufferOut', PINNED, atStart);
export const cacheFrom = define(MoveKind.CacheFrom, 'cacheFrom', [...USER, 'mappings'], atStart, [
  'Ok',
  'Short',
]);
/** Of a guest, through its window; `Gone`: the host has no page there any more. */
const WINDOW = ['fileBytes', 'cachedBytes', 'pageTable', 'mappings'] as const;
export const windowLoad = define(MoveKind.WindowLoad, 'windowLoad', WINDOW, atStart, MAY_BE_LOST);
export const windowStore = define(
  MoveKind.WindowStore,
  'windowStore',
  WINDOW,
  atStart,
  MAY_BE_LOST,
);
export const windowFlush = define(
  MoveKind.WindowFlush,
  'windowFlush',
  WINDOW,
  atStart,
  MAY_BE_LOST,
);
export const windowOut = define(MoveKind.WindowOut, 'windowOut', WINDOW, atStart, MAY_BE_GONE);
export const windowIn = define(MoveKind.WindowIn, 'windowIn', WINDOW, atStart, MAY_BE_GONE);
export const windowPrivate = define(
  MoveKind.WindowPrivate,
  'windowPrivate',
  WINDOW,
  overOneBlock,
  MAY_BE_GONE,
);
