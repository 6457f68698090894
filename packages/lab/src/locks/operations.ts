/**
 * Operations that workloads are made of, as calls on a file system: what has to be there first, and
 * what is recorded.
 */
import { FallocMode, OpenFlag } from '@daxsim/daxfs';
import { recordNames } from './name-operations.js';
import { DATA_BYTES } from './recorded-system.js';
import { REPEATS, Recording, access, usual } from './recording.js';
import type { PathItem, RecordedCall, RecordedSystem } from './recorded-system.js';

const PAGE = 4096;
const HUGE = 2097152;
const PUNCH = FallocMode.PunchHole | FallocMode.KeepSize;
/** Pages that one hole of PUNCH-STORM has. */
export const PUNCH_PAGES = 16;

export const OPERATION_NAMES = [
  'read',
  'overwrite',
  'append',
  'writeHole',
  'truncate',
  'fsync',
  'open',
  'readFault',
  'writeFault',
  'holeReadFault',
  'allocateFault',
  'hugeFault',
  'hugeRefault',
  'map',
  'unmap',
  'punch',
  'msync',
  'pin',
  'fallbackFault',
  'create',
  'remove',
  'rename',
  'moveName',
] as const;
export type OperationName = (typeof OPERATION_NAMES)[number];

/** Paths of all operations under one plan. */
export type OperationPaths = { readonly [name in OperationName]: readonly PathItem[] };

/** Records every operation under the plan of the system. */
export function recordOperations(recorded: RecordedSystem): OperationPaths {
  const on = new Recording(recorded);
  const data = on.open('/data');
  const paths = { ...calls(on, data), ...faults(on, data), ...mappings(on, data) };
  return { ...paths, ...recordNames(on), fallbackFault: fallbackFault(on) };
}

/** A store to a page whose extent is shorter than 2 MiB, where nothing is mapped yet. */
function fallbackFault(on: Recording): PathItem[] {
  const file = on.file('/short', 0);
  const length = REPEATS * HUGE;
  on.run({ recipe: 'ftruncate', registers: { handle: file, length } });
  const at = (i: number): number => i * HUGE;
  const mapping = on.map(file, length, 0);
  return on.each(
    (i) => [
      { recipe: 'write', registers: { handle: file, offset: at(i), length: PAGE, source: 1 } },
    ],
    (i) => [access('store', mapping, at(i))],
  );
}

function calls(on: Recording, handle: number): Pick<OperationPaths, CallName> {
  const at = (i: number): number => ((i * 7919) % (DATA_BYTES / PAGE)) * PAGE;
  const reading = (i: number): RecordedCall => {
    return { recipe: 'read', registers: { handle, offset: at(i), length: PAGE } };
  };
  const writing = (to: number, offset: number): RecordedCall => {
    return { recipe: 'write', registers: { handle: to, offset, length: PAGE, source: 1 } };
  };
  on.run(reading(1), writing(handle, at(2)));
  const log = on.file('/log', 0);
  on.run(writing(log, 0));
  const end = REPEATS + 1;
  const holes = on.file('/holes', 0);
  on.run({ recipe: 'ftruncate', registers: { handle: holes, length: 4096 * PAGE } });
  const read = on.many((i) => [reading(i)]);
  const overwrite = on.many((i) => [writing(handle, at(i))]);
  const append = on.many((i) => [writing(log, (i + 1) * PAGE)]);
  const writeHole = on.many((i) => [writing(holes, (i * 64 + 1) * PAGE)]);
  const fsync = on.each(
    (i) => [writing(log, (end + i) * PAGE)],
    () => [{ recipe: 'fsync', registers: { handle: log } }],
  );
  const truncate = on.many((i) => {
    return [{ recipe: 'ftruncate', registers: { handle: log, length: (2 * end - i) * PAGE } }];
  });
  const open = on.many(() => {
    const call = on.openCall('/data', OpenFlag.ReadOnly);
    return [call, { recipe: 'close', registers: { handle: call.registers.handle ?? 0 } }];
  });
  return { read, overwrite, append, writeHole, fsync, truncate, open };
}

function faults(on: Recording, data: number): Pick<OperationPaths, FaultName> {
  const page = (i: number): number => (i + 1) * PAGE;
  const touched = (handle: number, length: number): number => {
    const mapping = on.map(handle, length);
    on.run(access('load', mapping, 0));
    return mapping;
  };
  // Another mapping was there before: the entry knows the block.
  const earlier = touched(data, 4 * HUGE);
  for (let i = 0; i < REPEATS; i += 1) on.run(access('store', earlier, page(i)));
  const reader = touched(data, 4 * HUGE);
  const readFault = on.many((i) => [access('load', reader, page(i))]);
  const writer = touched(data, 4 * HUGE);
  const writeFault = on.many((i) => [access('store', writer, page(i))]);
  const pages = on.file('/pages', 2 * HUGE);
  const holes = touched(pages, 2 * HUGE);
  const holeReadFault = on.many((i) => [access('load', holes, page(i))]);
  const news = touched(pages, 2 * HUGE);
  const allocateFault = on.many((i) => [access('store', news, page(i + 2 * REPEATS))]);
  const big = on.file('/huge', 8 * HUGE);
  const first = on.map(big, 8 * HUGE, 0);
  const few = Array.from({ length: 7 }, (_, i) => i);
  const hugeFault = usual(few.map((i) => on.once(access('store', first, i * HUGE))));
  const second = on.map(big, 8 * HUGE, 0);
  const hugeRefault = usual(few.map((i) => on.once(access('store', second, i * HUGE))));
  return { readFault, writeFault, holeReadFault, allocateFault, hugeFault, hugeRefault };
}

function mappings(on: Recording, data: number): Pick<OperationPaths, MappingName> {
  const length = HUGE;
  const file = on.file('/punched', 32 * HUGE);
  const mapping = on.map(file, 32 * HUGE);
  const map = on.many(() => [on.mapCall(data, length, 1)]);
  const unmap = on.each(
    () => [on.mapCall(data, length, 1)],
    () => [{ recipe: 'munmap', registers: { mapping: on.last, mm: 1, offset: 0, length } }],
  );
  const from = (i: number): number => i * PUNCH_PAGES * PAGE;
  const dirty = (i: number): RecordedCall[] =>
    Array.from({ length: PUNCH_PAGES }, (_, p) => access('store', mapping, from(i) + p * PAGE));
  const punch = on.each(dirty, (i) => {
    const registers = { handle: file, flags: PUNCH, offset: from(i), length: PUNCH_PAGES * PAGE };
    return [{ recipe: 'fallocate', registers }];
  });
  const msync = on.each(
    (i) => [access('store', mapping, (4096 + i) * PAGE)],
    () => [{ recipe: 'fsync', registers: { handle: file } }],
  );
  const pin = on.many((i) => {
    const registers = { mapping, mm: 1, offset: (4096 + i) * PAGE, length: PAGE, pin: i + 1 };
    return [
      { recipe: 'pinPages', registers },
      { recipe: 'unpinPages', registers: { pin: i + 1 } },
    ];
  });
  return { map, unmap, punch, msync, pin };
}

type CallName = 'read' | 'overwrite' | 'append' | 'writeHole' | 'fsync' | 'truncate' | 'open';
type FaultName =
  'readFault' | 'writeFault' | 'holeReadFault' | 'allocateFault' | 'hugeFault' | 'hugeRefault';
type MappingName = 'map' | 'unmap' | 'punch' | 'msync' | 'pin';
