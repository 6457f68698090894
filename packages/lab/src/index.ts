/** @daxsim/lab: replay, oracles, power cuts and reports. */
export { checkText, parseText } from './config/document.js';
export { configFolder, configNames, loadConfig } from './config/catalog-files.js';
export { parseSize, parseSpan } from './config/quantity.js';
export { schemaFiles } from './config/json-schema.js';
export { loadFileSystem, loadMachine } from './config/systems.js';
export type { MachineChoice } from './config/systems.js';
export { replay } from './replay/replay.js';
export type { ReplayOptions, ReplayRun, RunParts } from './replay/replay.js';
export {
  DEVICE_BYTES,
  deviceBytesOf,
  foundSomething,
  optionsOf,
  runReplay,
} from './replay/replay-request.js';
export type { ReplayOutcome, ReplayRequest } from './replay/replay-request.js';
export type { ThroughJson } from './through/through-report.js';
export { replayMemory } from './memory-replay/memory-replay.js';
export type { MemoryReplayOptions, MemoryReplayRun } from './memory-replay/memory-replay.js';
export { NO_FILE_SYSTEM, runMemoryReplay } from './memory-replay/memory-replay-request.js';
export type { MemoryReplayRequest } from './memory-replay/memory-replay-request.js';
export { memoryReplayReport, memorySummaryLines } from './memory-replay/memory-report.js';
export type { MemoryReplayReport } from './memory-replay/memory-report.js';
export { replayReport } from './report/replay-report.js';
export type { ReplayReport } from './report/replay-report.js';
export { summaryLines } from './report/summary.js';
export { countText, percentText, sizeText, table, timeText } from './report/tables.js';
export { replayWithCuts } from './cuts/replay-with-cuts.js';
export type { CutReplay } from './cuts/replay-with-cuts.js';
export type { CutEvidence, CutFailure, CutSummary } from './cuts/power-cuts.js';
export { parseCutReproducer } from './cuts/config.js';
export type { CutReproducer } from './cuts/config.js';
export { cutReproducers, reproduceCut } from './cuts/reproducer.js';
export type { CutReproduction } from './cuts/reproducer.js';
export { joinCsv } from './timeline/csv.js';
export { joinTimeline } from './timeline/timeline.js';
export type { TextSink } from './timeline/text-sink.js';
export { diffResults, differencesOf, renderDiff } from './diff/diff.js';
export type { Difference, MovedMetric, ResultDiff } from './diff/diff.js';
export { scenarioConfig } from './explore/config.js';
export type { ScenarioConfig, ScenarioOperation } from './explore/config.js';
export { exploreScenario, renderExploration, showSchedule } from './explore/exploration.js';
export type {
  ExplorationFailure,
  ExplorationOptions,
  ExplorationResult,
} from './explore/exploration.js';
export { exploreAndShrink } from './shrink/shrink-exploration.js';
export type { SmallestExploration } from './shrink/shrink-exploration.js';
export { loadScenario } from './explore/load-scenario.js';
export { parseReproducer, reproduce, reproducerOf } from './explore/reproducer.js';
export type { Reproducer } from './explore/config.js';
export type { Reproduction } from './explore/reproducer.js';
export type { ScenarioSetting } from './explore/scenario-system.js';
export { conform } from './conform/conform.js';
export type { ConformRequest, ConformResult } from './conform/conform.js';
export { renderConform } from './conform/report.js';
export { writeRecord } from './conform/write-records.js';
export { SHIPPED_POINTS, readPoints } from './validate/points.js';
export type { Point } from './validate/config.js';
export { measurePoint, validationSeeds } from './validate/validate.js';
export type { PointAnswer } from './validate/validate.js';
export { meetsGoal, renderAblation, renderValidation, validationOf } from './validate/report.js';
export type { AblationRow, Validation } from './validate/report.js';
export { ablations, fittedNumbers, withChanges } from './validate/variants.js';
export type { Changes, Variant } from './validate/variants.js';
export { descend } from './validate/descent.js';
export { AFTERMATHS } from './crash/aftermath.js';
export type { AftermathKind } from './crash/aftermath.js';
export { ACE_MODES } from './ace/ace-bounds.js';
export type { AceMode } from './ace/ace-bounds.js';
export { ACE_FILE_SYSTEM, AceCampaign } from './ace/ace-campaign.js';
export type { AceAnswer, AceRequest, AceResult } from './ace/ace-campaign.js';
export { aceLines } from './ace/ace-report.js';
export {
  aceReproducerOf,
  isAceReproducer,
  parseAceReproducer,
  reproduceAce,
} from './ace/ace-reproducer.js';
export { PairCampaign } from './products/pair-campaign.js';
export type { PairAnswer, PairRequest, PairResult } from './products/pair-campaign.js';
export { pairLines } from './products/pair-report.js';
export { isPairReproducer, pairReproducerOf, reproducePair } from './products/pair-reproducer.js';
export { defectNames, findDefect } from './defects/defect-searches.js';
export type { DefectAnswer } from './defects/defect-searches.js';
export { defectLines, sumDefects } from './defects/defect-report.js';
export { MutantCampaign, prepareMutants, sumMutants } from './mutants/mutant-campaign.js';
export type {
  MutantAnswer,
  MutantRequest,
  MutantResult,
  MutantTask,
} from './mutants/mutant-campaign.js';
export { mutantLines } from './mutants/mutant-report.js';
export { Ledger } from './campaign/ledger.js';
export { loadExperiment } from './inject/experiment.js';
export type { Experiment } from './inject/experiment.js';
export { resolveCells } from './inject/traced-calls.js';
export { InjectionCampaign } from './inject/campaign.js';
export type { InjectionAnswer, InjectionRequest, InjectionResult } from './inject/campaign.js';
export { injectionLines } from './inject/injection-report.js';
export { injectionResultText } from './inject/result-file.js';
export {
  injectionReproducerOf,
  isInjectionReproducer,
  reproduceInjection,
} from './inject/reproducer.js';
export { emptyModel } from './crash/crash-model.js';
export type { ModelState } from './crash/crash-model.js';
export { CrashSearch } from './crash/crash-search.js';
export type { CrashCounts, CrashFailure } from './crash/crash-search.js';
export { loadCrashFile } from './crash/crash-file.js';
export type { CrashFileChoice, CrashFileResult, CrashFileRun } from './crash/crash-file.js';
export { crashFileLines } from './crash/crash-file-report.js';
export { CrashSystem } from './crash/crash-system.js';
export type { CrashSetting } from './crash/crash-system.js';
export { DEFECTS, defectKnobs } from './corpus/defects.js';
export { chosenScenarios, loadCorpus } from './corpus/load-corpus.js';
export { isConfirmed, runCorpusScenario, unanswered } from './corpus/run-corpus.js';
export type { CorpusOptions, DefectResult, ScenarioResult } from './corpus/run-corpus.js';
export type { CorpusReproducer } from './corpus/corpus-reproducer.js';
export { isCorpusReproducer, reproduceCorpus } from './corpus/corpus-reproducer.js';
export { corpusSummary, scenarioLines } from './corpus/render-corpus.js';
export { casePages, casesIndex, loadCases } from './pages/case-pages.js';
export type { Cases } from './pages/case-pages.js';
export { examplePage } from './pages/example-page.js';
export type { CorpusScenario } from './corpus/config.js';
export { loadScenarios, scenarioFiles } from './scenarios/load-scenarios.js';
export { parseScenarios } from './scenarios/parse-scenarios.js';
export { runScenario } from './scenarios/run-scenario.js';
export type { Scenario, ScenarioDefect } from './scenarios/scenario.js';
export {
  defectsOn,
  isAsClaimed,
  runScenarios,
  scenarioResultLines,
  scenarioSummary,
} from './scenarios/scenario-results.js';
export type { ScriptedResult } from './scenarios/scenario-results.js';
export type { ScenarioFailure, ScenarioOptions, ScenarioRun } from './scenarios/run-scenario.js';
export { loadMatrix } from './matrix/cells.js';
export type { Matrix, MatrixCell } from './matrix/cells.js';
export { runCell } from './matrix/run-cell.js';
export type { CellAnswer } from './matrix/run-cell.js';
export { isAsTold, judgeMatrix } from './matrix/verdict.js';
export type { CellResult, MatrixResult } from './matrix/verdict.js';
export { differenceLines, matrixLines, matrixSummary } from './matrix/render-matrix.js';
export { COSTS } from './locks/config.js';
export type { CostName } from './locks/config.js';
export { digestOf } from './locks/case-answer.js';
export type { CaseAnswer } from './locks/case-answer.js';
export { checkLocks, isWithin, renderCheck } from './locks/check.js';
export { renderLocks } from './locks/render-locks.js';
export { renderSensitivity, sensitivity } from './locks/sensitivity.js';
export { LOCK_KINDS, timedLockKind } from './locks/lock-kinds.js';
export type { LockKindChoice, TimedLockKind } from './locks/lock-kinds.js';
export { locksPlots } from './locks/text-plot.js';
export { locksSvg } from './locks/svg.js';
export {
  DEFAULT_AGEING,
  DEFAULT_PLANS,
  DEFAULT_SOCKETS,
  DEFAULT_THREADS,
  LocksSweep,
  SEEDS_LEAST,
  recordLocks,
} from './locks/sweep.js';
export type { LocksRecording, LocksRequest } from './locks/sweep.js';
export { DEFAULT_WORKLOADS, WORKLOADS } from './locks/workloads.js';
export { age, parseAgeing } from './image/ageing.js';
export type { AgeingProfile, FreeClass } from './image/ageing.js';
export { checkImage, contentsOf, imageFacts, imageLines } from './image/check-image.js';
export type { ImageContents, ImageReport } from './image/check-image.js';
export { BLANK_BYTE, deviceFromImage, newDevice } from './image/device.js';
export { freeSpaceOf } from './image/free-space.js';
export type { FreeRuns, FreeSpace } from './image/free-space.js';
export { openImage, saveImage } from './image/image-file.js';
export type { ImageFacts, OpenedImage } from './image/image-file.js';

export { pinLines, pinReport } from './pins/pin-ledger.js';
export type { HeldPin, PinReport } from './pins/pin-ledger.js';
