/** @daxsim/trace: recorded I/O as one stream of records. */
export { NONE, TraceRecord, clearRecord, copyRecord } from './record.js';
export {
  Advice,
  CloseFlag,
  FallocateMode,
  FcntlCommand,
  FileType,
  IoFlag,
  MapFlag,
  MsyncFlag,
  OpKind,
  OpenFlag,
  PathFlag,
  RenameFlag,
  SyncRangeFlag,
  Whence,
  opKindNames,
} from './op-kind.js';
export { errnoByName, errnoName } from './errno.js';
export { NameTable } from './name-table.js';
export { badLinesKept } from './reader.js';
export type { BadLine, BlockAction, FioWait, TraceOptions, TraceReader } from './reader.js';
export { openTrace } from './open-trace.js';
export { formatCatalog } from './formats/catalog.js';
export type { TraceFormat } from './formats/format.js';
