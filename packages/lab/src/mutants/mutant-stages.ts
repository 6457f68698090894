/**
 * What a mutant must survive: searches of everything else, the cheap ones first.
 *
 *     directed programs ─▶ generated of one operation ─▶ of two, with one that runs the place
 *                      ─▶ corpus ─▶ pairs of operations          all clean without the mutation
 *     directed programs, power lost in recovery too: mutants of recovery's own steps, and no others
 *
 * A search that finds something kills the mutant, as does a failed assertion or a call that answers
 * what it should not. Where `sync` writes home as well, checkpoints lose power too.
 */
import { callSearch } from './call-search.js';
import { DIRECTED, DIRECTED_SHARED, LOG_ROUND, durableOnes } from './directed-programs.js';
import { oneOperation, twoOperations } from './generated-parts.js';
import { recoverySearch } from './recovery-search.js';
import { corpusSearch, pairSearch } from './scenario-search.js';
import type { CallParts, CallSetting } from './call-search.js';
import type { DirectedProgram } from './directed-programs.js';
import type { MutantSearch } from './mutant-search.js';

const CORPUS = 'races';

const XFS: CallSetting = { fileSystem: 'xfs-dax', checkpoints: false };
const XFS_HOME: CallSetting = { fileSystem: 'xfs-dax', checkpoints: true };
const EXT4: CallSetting = { fileSystem: 'ext4-dax', checkpoints: false };
const STRICT: CallSetting = { fileSystem: 'strict-dax', checkpoints: false };
const SHARED: CallSetting = { fileSystem: 'xfs-dax-reflink', checkpoints: false };

/** All searches, in the order in which they are tried. */
export function mutantSearches(): readonly MutantSearch[] {
  return [
    callSearch('directed', XFS, directed(DIRECTED)),
    callSearch('directed, checkpoints', XFS_HOME, directed([...DIRECTED, LOG_ROUND])),
    callSearch('directed, ext4-dax', EXT4, directed(DIRECTED)),
    callSearch('directed, strict-dax', STRICT, directed(durableOnes(DIRECTED))),
    callSearch('directed, shared blocks', SHARED, directed([...DIRECTED_SHARED, ...DIRECTED])),
    callSearch('dax seq-1', XFS, oneOperation('dax')),
    callSearch('block seq-1', XFS, oneOperation('block')),
    callSearch('pm seq-1', STRICT, oneOperation('pm')),
    callSearch('dax seq-1, ext4-dax', EXT4, oneOperation('dax')),
    callSearch('block seq-1, checkpoints', XFS_HOME, oneOperation('block')),
    twoOperations('dax seq-2', XFS, 'dax'),
    twoOperations('block seq-2, checkpoints', XFS_HOME, 'block'),
    twoOperations('pm seq-2', STRICT, 'pm'),
    corpusSearch(CORPUS),
    pairSearch(),
    recoverySearch(XFS, DIRECTED),
  ];
}

function directed(programs: readonly DirectedProgram[]): CallParts {
  return {
    names: programs.map(({ name }) => name),
    programs: (part) => programs.filter(({ name }) => name === part),
  };
}
