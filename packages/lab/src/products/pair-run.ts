/**
 * One pair of operations: every order of the steps of two tasks, up to what cannot matter, and
 * power lost at every moment of each.
 */
import { assert, explore } from '@daxsim/sim';
import { Errno } from '@daxsim/daxfs';
import { UntimedMemory } from '@daxsim/pmem';
import { ScenarioSystem } from '../explore/scenario-system.js';
import { pairOf } from './pair-calls.js';
import { PairJudge } from './pair-judge.js';
import { PairOrders } from './pair-orders.js';
import { PairWatch } from './pair-watch.js';
import type { AceOperation } from '../ace/ace-operation.js';
import type { ScenarioSetting } from '../explore/scenario-system.js';
import type { PairCall } from './pair-calls.js';
import type { PairCounts } from './pair-judge.js';

export type Operations = readonly [AceOperation, AceOperation];

/** What came of a pair. */
export interface PairSearch {
  readonly schedules: string;
  readonly states: number;
  readonly transitions: number;
  readonly complete: boolean;
  readonly counts: PairCounts;
  readonly failure: { readonly message: string; readonly choices: readonly number[] } | null;
}

/** Bytes of the device of a pair. */
export const PAIR_MEDIA_BYTES = 8 * 1024 * 1024;
/** States at which a search gives up; the largest pair needs less than a tenth. */
const STATES_MOST = 1_000_000;

/** A pair, ready to be searched. */
export function pairSystem(
  operations: Operations,
  setting: ScenarioSetting,
): { readonly system: ScenarioSystem<PairCall>; readonly judge: PairJudge } {
  const pair = pairOf(operations);
  const { metadata, renameOverFull } = setting.personality;
  const overFull = renameOverFull === 'EEXIST' ? Errno.Exists : Errno.NotEmpty;
  const orders = new PairOrders(pair, metadata === 'synchronous', overFull);
  const watches: PairWatch[] = [];
  const judges: PairJudge[] = [];
  const { setup, threads } = pair;
  const system = new ScenarioSystem<PairCall>(
    { mediaBytes: PAIR_MEDIA_BYTES, stripeBlocks: 0, setup, threads },
    { ...setting, allowsOrderCycles: true, knobs: { faultSizes: 'pagesOnly', ...setting.knobs } },
    (made) => {
      const [watch] = watches;
      assert(watch !== undefined, 'pairSystem: a system without memory');
      const judge = new PairJudge(made, watch, orders);
      judges.push(judge);
      return judge;
    },
    null,
    (memory) => {
      assert(memory instanceof UntimedMemory, 'pairSystem: a memory without time');
      const watch = new PairWatch(memory);
      watches.push(watch);
      return watch;
    },
  );
  const [judge] = judges;
  assert(judge !== undefined, 'pairSystem: a system without judge');
  // What lacks its locks breaks assertions before it breaks files.
  system.onAssertion = (what) => {
    judge.breaks(`a failed assertion: ${what}`);
  };
  return { system, judge };
}

/** Searches a pair to its end, or to the first thing that is wrong. */
export function searchPair(
  operations: Operations,
  setting: ScenarioSetting,
  reduce = true,
): PairSearch {
  const { system, judge } = pairSystem(operations, setting);
  const found = explore(system, { reduce, maxStates: STATES_MOST });
  return {
    schedules: String(found.schedules),
    states: found.states,
    transitions: found.transitions,
    complete: found.complete,
    counts: judge.counts,
    failure: found.failure,
  };
}
