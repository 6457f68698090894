/** A worker thread of `corpus`: searches the scenarios that it is sent. */
import { answerOf, corpusParts } from './corpus-run.js';
import { serveParts } from './shards.js';
import type { CorpusRun } from './corpus-run.js';

serveParts((run) => {
  const parts = corpusParts(run as CorpusRun);
  return (part) => {
    const found = parts[part];
    if (found === undefined) throw new Error(`no scenario ${String(part)}`);
    return answerOf(found, run as CorpusRun);
  };
});
