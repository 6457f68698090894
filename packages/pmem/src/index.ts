export { EVICTION_OP, IssueStatus, LineOp, LineStatus, createLineRequest } from './memory.js';
export type {
  CrashChoice,
  LineRequest,
  Memory,
  MemoryObserver,
  BadBlockList,
  PendingLine,
  PersistenceDomain,
} from './memory.js';
export { UntimedMemory, createUntimedMemory } from './untimed-memory.js';
export type { UntimedOptions } from './untimed-memory.js';
export type { PowerLossImage } from './power-loss-image.js';
export { TimedMemory, createTimedMemory } from './timed/timed-memory.js';
export type { TimedOptions } from './timed/timed-memory.js';
export { coreClock, machineConfig, parseMachineConfig } from './config.js';
export type { MachineConfig } from './config.js';
export { describeMachine } from './described.js';
export type { Description } from './described.js';
export { figuresOf, fittedPoints } from './fitted.js';
export type { NamedFigure } from './fitted.js';
export { BASES } from './figure.js';
export type { Basis, Figure } from './figure.js';
export { stageCatalog } from './stages/catalog.js';
export type { StageStats } from './stages/stage.js';
export { FAULTS, faultNamed } from './faults/catalog.js';
export { REQUEST_CLASSES } from './faults/fault.js';
export type { FaultDefinition, FaultSetting, RequestClass } from './faults/fault.js';
export { FaultOverlay } from './faults/fault-overlay.js';
export type { OverlayMoment } from './faults/fault-overlay.js';
export type { FaultTallies, HungAccess } from './faults/failures.js';
export { errorAnswers } from './faults/error-answers.js';
export type { ErrorAnswers } from './faults/error-answers.js';
export { HOST_FAULTS } from './faults/host-fault.js';
export type { HostFault } from './faults/host-fault.js';
export { NoProgress } from './faults/watchdog.js';
