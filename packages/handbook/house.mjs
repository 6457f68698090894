/** `npm run house`: prints every breach of a house rule in this working tree; 1 if there is one. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTree, reportOf } from './dist/src/index.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const report = reportOf(readTree(root));
console.log(report === '' ? 'every house rule holds' : report);
process.exitCode = report === '' ? 0 : 1;
