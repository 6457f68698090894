/** @daxsim/lab: replay, oracles, power cuts and reports. */
export { checkText, parseText } from './config/document.js';
export { configFolder, configNames, loadConfig } from './config/catalog-files.js';
export { parseSize, parseSpan } from './config/quantity.js';
export { FileOracle } from './oracle/file-oracle.js';
export { diffResults, renderDiff } from './diff/diff.js';
export type { Difference, MovedMetric, ResultDiff } from './diff/diff.js';
export { scenarioConfig } from './explore/config.js';
export type { ScenarioConfig, ScenarioOperation } from './explore/config.js';
export { exploreScenario, renderExploration, showSchedule } from './explore/exploration.js';
export type { ExplorationFailure, ExplorationResult } from './explore/exploration.js';
export { loadScenario } from './explore/load-scenario.js';
export { parseReproducer, reproduce, reproducerOf } from './explore/reproducer.js';
export type { Reproducer, Reproduction } from './explore/reproducer.js';
export type { ScenarioSetting } from './explore/scenario-system.js';
