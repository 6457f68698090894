/**
 * Every command, in the order in which --help lists them.
 *
 * Not entries: `command.ts`, what commands have in common.
 */
import { addAce } from './ace.js';
import { addConform } from './conform.js';
import { addCorpus } from './corpus.js';
import { addCrash } from './crash.js';
import { addDiff } from './diff.js';
import { addExplain } from './explain.js';
import { addExplore } from './explore.js';
import { addInject } from './inject.js';
import { addImage } from './image.js';
import { addCatalog } from './list.js';
import { addLocks } from './locks.js';
import { addReplay } from './replay.js';
import { addScenarios } from './scenarios.js';
import { addTrace } from './trace.js';
import { addValidate } from './validate.js';
import type { AddCommand } from './command.js';

export const commandCatalog: readonly AddCommand[] = [
  addReplay,
  addTrace,
  addConform,
  addExplore,
  addCorpus,
  addScenarios,
  addAce,
  addCrash,
  addInject,
  addExplain,
  addLocks,
  addValidate,
  addImage,
  addCatalog,
  addDiff,
];
