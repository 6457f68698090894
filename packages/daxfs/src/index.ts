/**
 * @daxsim/daxfs: the file system — mounting, running, explaining and checking it. What is not
 * listed here is nobody else's business.
 */
export * from './abi.js';
export { REGISTER_NAMES, R } from './registers.js';
export type { RegisterName } from './registers.js';
export { availableBlocks, freeBlocks } from './steps/files/buddy-placement.js';
export { NO_PAYLOAD, World } from './world.js';
export type { Payload } from './world.js';
export { KNOBS, resolveKnobs } from './knobs.js';
export type { KnobDefinition, KnobName, Knobs } from './knobs.js';
export type { Personality, WindowValues } from './personality.js';
export { compileSystem, createSystem, everyStep } from './file-system.js';
export { EVERY_PLACE, hasMutation, isUnderPlan, withMutation } from './mutants/apply.js';
export { FilteredMemory } from './mutants/filtered-memory.js';
export type { RequestFilter } from './mutants/filtered-memory.js';
export { MUTATION_GROUPS, MUTATION_OPERATORS } from './mutants/mutation.js';
export type { Mutation, MutationGroup, MutationOperator } from './mutants/mutation.js';
export { mutationsOf } from './mutants/sites.js';
export { recipesFor } from './recipes/catalog.js';
export type { System, SystemOptions } from './file-system.js';
export { priceTable, timeTicks } from './prices.js';
export type { PriceEntry } from './prices.js';
export { ExtentState, FileType, MediaOutcome, XattrSpace } from './media/outcome.js';
export { mkfs } from './media/mkfs.js';
export { mount } from './media/mounted-volume.js';
export { Recovery, recoverNow } from './media/recovery.js';
export type { RecoveryReport } from './media/recovery.js';
export type { ReplayRule } from './media/replay-rule.js';
export type { Geometry, MkfsOptions } from './media/layout.js';
export type { Volume } from './media/volume.js';
export {
  CACHED_LOCK_PLANS,
  CLIENT_LOCK_PLANS,
  WINDOW_LOCK_PLANS,
  LOCK_PLANS,
  lockPlan,
  lockPlanCached,
  lockPlanOfClient,
  lockPlanOver,
  lockPlanSharing,
  lockPlanWindowed,
  plansFor,
} from './lock-plans/catalog.js';
export { planWith } from './lock-plans/plan-name.js';
export { global } from './lock-plans/global.js';
export { none } from './lock-plans/none.js';
export { xfsUpstream } from './lock-plans/xfs-upstream.js';
export { PERSONALITIES, personality } from './personalities/catalog.js';
export { Translation, translationKind, translationTarget } from './mm/page-table.js';
export { isCopy } from './mm/memory-maps.js';
export { Fsck, fsck } from './media/fsck.js';
export type { MediaProblem } from './media/fsck.js';
export { MediaImage, textOf } from './media/media-image.js';
export type { ImageXattr } from './media/image-xattrs.js';
export { RepeatedImage } from './media/repeated-image.js';
export { EVERYTHING, RepeatedRecovery, isRing } from './media/repeated-recovery.js';
export type { ImageDifference } from './media/repeated-recovery.js';
export type { ImageEntry, ImageExtent, ImageFile, ImageInode } from './media/media-image.js';
export { INVARIANTS, checkInvariants } from './invariants.js';
export type { Invariant } from './invariants.js';
export {
  fileSystemConfig,
  overBase,
  personalityValues,
  resolveFileSystem,
  stepPriceConfig,
  syncCostsConfig,
} from './config.js';
export type { FileSystemChoice, FileSystemConfig } from './config.js';
export { explainUnder } from './explain.js';
export type { ExplainOptions, ExplainedRow, Explanation, HeldLock } from './explain.js';
export { explain } from './render-explanation.js';
export { touchNames } from './touch-names.js';
export { HOST } from './window/hosted.js';
export { RANGE_BYTES } from './window/window-ranges.js';
export type { WindowFigures, WindowRanges } from './window/window-ranges.js';
