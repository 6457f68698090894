/**
 * Mutations: one small change of one recipe, made when a system is compiled. They stand for
 * the slips that programmers of such code make, and measure whether the checks would notice.
 *
 *     drop flush     a move stores its lines and does not write them back
 *     drop fence     a move does not wait for what it has written back
 *     skip persist   a move that writes, or a call that makes durable, is not there
 *     swap steps     two neighbours of a sequence change places
 *     shorten span   the last, or the first, of what a lock covers lies outside of it
 *
 * Nothing of this is in the way of systems without a mutation: their recipes are what they were.
 */
import type { RecipeNode } from '@daxsim/sim';
import type { World } from '../world.js';

export const MUTATION_OPERATORS = [
  'drop flush',
  'drop fence',
  'skip persist',
  'swap steps',
  'shorten span',
] as const;
export type MutationOperator = (typeof MUTATION_OPERATORS)[number];

/** What the mutated code is for. */
export const MUTATION_GROUPS = ['log', 'allocator', 'fault', 'fsync'] as const;
export type MutationGroup = (typeof MUTATION_GROUPS)[number];

/** A place at which recipes can be changed, and how. */
export interface Mutation {
  /** As in `forceLog: drop fence at step 3, writeLog`; unique, and what users name it by. */
  readonly name: string;
  readonly group: MutationGroup;
  readonly operator: MutationOperator;
  /** The recipe in which the place was met first. */
  readonly recipe: string;
  /** Of a shortened span: its region. */
  readonly region: string | null;
  /** What is replaced, wherever it stands: parts that recipes share are one place. */
  readonly target: RecipeNode<World>;
  readonly replacement: RecipeNode<World>;
}

/** The recipes that a mutation may change, by what they are for. */
export const MUTABLE_RECIPES: Readonly<Record<MutationGroup, readonly string[]>> = {
  log: ['forceLog', 'forceAll', 'forceRoom', 'pushTail', 'reclaimOrphan', 'sync'],
  allocator: [
    'write',
    'directWrite',
    'fallocate',
    'zeroRange',
    'truncateInode',
    'trimInode',
    'truncateEntries',
    'invalidateRange',
  ],
  fault: ['readFault', 'writeFault'],
  fsync: ['fsync', 'syncInode', 'syncInodeData', 'writebackRange', 'msync'],
};
