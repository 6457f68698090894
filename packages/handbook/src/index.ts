export { readTree, reportOf } from './tree.js';
export { rules } from './rules/catalog.js';
export type { Rule, SourceFile, Violation } from './source-file.js';
