/** @daxsim/trace: recorded I/O as one stream of records. */
export { NONE, TraceRecord, clearRecord, copyRecord } from './record.js';
export {
  Advice,
  CloseFlag,
  FallocateMode,
  FcntlCommand,
  FileType,
  IoFlag,
  IoctlRequest,
  LoadFlag,
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
export type { TraceFormat } from './formats/format.js';
export { renderRecord, traceHead, traceInfo } from './info.js';
export { TraceSummary } from './summary.js';
export type { AsRecorded, TraceInfo } from './summary.js';
export { DevicePlaces } from './memory/device-places.js';
export { isMemoryKind } from './memory/memory-summary.js';
export { familyOf, formatCatalog } from './formats/catalog.js';
export { convertTrace, formatForName, writableFormats } from './convert.js';
export type { ConvertReport, WritableFormat } from './convert.js';
export { callResult, hexField } from './ftrace/kernel-event.js';
export type { KernelEvent } from './ftrace/kernel-event.js';
export { readKernelEvents } from './ftrace/read-kernel-events.js';
