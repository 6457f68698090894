/** Every house rule. Adding one is one file, one entry here, and a canary in test/canaries. */
import type { Rule } from '../source-file.js';
import { bannedCalls } from './banned-calls.js';
import { catalogues } from './catalogues.js';
import { codeShape } from './code-shape.js';
import { cycles } from './cycles.js';
import { documents } from './documents.js';
import { fileShape } from './file-shape.js';
import { layers } from './layers.js';
import { foreignPhrases } from './phrases.js';
import { pins } from './pins.js';
import { reachable } from './reachable.js';
import { restrictedImports } from './restricted-imports.js';

export const rules: readonly Rule[] = [
  layers,
  cycles,
  reachable,
  bannedCalls,
  restrictedImports,
  fileShape,
  codeShape,
  catalogues,
  pins,
  documents,
  foreignPhrases,
];
