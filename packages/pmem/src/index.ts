export { EVICTION_OP, IssueStatus, LineOp, LineStatus, createLineRequest } from './memory.js';
export type {
  CrashChoice,
  LineRequest,
  Memory,
  MemoryObserver,
  PendingLine,
  PersistenceDomain,
} from './memory.js';
export { UntimedMemory, createUntimedMemory } from './untimed-memory.js';
export type { UntimedOptions } from './untimed-memory.js';
