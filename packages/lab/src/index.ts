/** @daxsim/lab: replay, oracles, power cuts and reports. */
export { checkText, parseText } from './config/document.js';
export { configFolder, configNames, loadConfig } from './config/catalog-files.js';
export { parseSize, parseSpan } from './config/quantity.js';
export { FileOracle } from './oracle/file-oracle.js';
