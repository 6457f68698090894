/**
 * What layers above may use: time and units, state in arenas, recipes compiled to programs and the
 * machines that run them, locks, decisions, searches, figures and errors.
 *
 * This package knows nothing of storage. Nothing else of it is public.
 */
export * from './errors.js';
export * from './units.js';
export { StateSpace } from './state/space.js';
export type { Arena, Mark, TouchWatch } from './state/space.js';
export { IntColumn, NumberColumn } from './state/column.js';
export { IntTable } from './state/int-table.js';
export { IntMap } from './state/int-map.js';
export { IntLists, NO_ID } from './state/int-list.js';
export { Bitmap, NO_BIT } from './state/bitmap.js';
export { ClockDomain } from './clock-domain.js';
export { Digest } from './digest.js';
export { Histogram } from './histogram.js';
export { fanOut } from './observer.js';
export { Prng } from './prng.js';
export { parseRatio, ratio, scale } from './ratio.js';
export type { Ratio } from './ratio.js';
export { STAT_UNITS, defineStats } from './stats.js';
export type { StatDeclarations, StatField, StatUnit, StatsDefinition, StatsOf } from './stats.js';
export * from './program/recipe.js';
export * from './program/lock-plan.js';
export { compile } from './program/compile.js';
export type { SystemDefinition } from './program/compile.js';
export { lockOrderEdges } from './program/order-check.js';
export { INSTRUCTION_WORDS, OP_NAMES, Op } from './program/program.js';
export type { CompiledHold, Program, ProgramSet, StepPrice } from './program/program.js';
export { defineRegisters, Frame, MAX_DEPTH } from './program/registers.js';
export type { Registers } from './program/registers.js';
export { Interpreter, MoveStatus, Ran } from './program/interpreter.js';
export type { MoveUnit } from './program/interpreter.js';
export { NO_COSTS, SyncUnit } from './program/sync-unit.js';
export type { MachineObserver, SyncCosts } from './program/sync-unit.js';
export { LockStatistics } from './program/lock-statistics.js';
export type { LockCounters } from './program/lock-statistics.js';
export { TaskStatus, TaskTable } from './program/tasks.js';
export { NextOperation, NO_EVENTS } from './program/operation-source.js';
export type { MemoryClock, OperationSource, TimedEvents } from './program/operation-source.js';
export { RunEnd, TimedMachine } from './program/timed-machine.js';
export { StepMachine } from './program/step-machine.js';
export { LockKind, LockMode, LockTable } from './locks/lock-table.js';
export type { LockClass, Wanted } from './locks/lock-table.js';
export { RANGE_END } from './locks/range-locks.js';
export { LockOrder } from './lock-order.js';
export type { LockRef, OrderEdge, OrderWitness } from './lock-order.js';
export { EventWheel } from './event-wheel.js';
export { POINT_NAMES, Point } from './deciders/decider.js';
export type { Decider } from './deciders/decider.js';
export { TimedDecider } from './deciders/timed.js';
export { SeededDecider } from './deciders/seeded.js';
export { ReplayDecider } from './deciders/replay.js';
export type { ReplayOptions } from './deciders/replay.js';
export { ExhaustiveDecider } from './deciders/exhaustive.js';
export { RecordingDecider } from './deciders/recording.js';
export { deciderCatalog } from './deciders/catalog.js';
export type { DeciderEntry, DeciderOptions } from './deciders/catalog.js';
export { explore } from './explore/explore.js';
export type { ExploreOptions, ExploreResult } from './explore/explore.js';
export { NO_TASK, follow } from './explore/explorable.js';
export type { Explorable, FailingSchedule } from './explore/explorable.js';
export { shrinkChoices, shrinkList } from './shrink.js';
export type { ShrinkOptions, Shrunk } from './shrink.js';
export { LockOrderRecorder } from './lock-order-recorder.js';
export type { HeldLocks } from './lock-order-recorder.js';
