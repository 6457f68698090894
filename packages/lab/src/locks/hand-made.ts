/**
 * Scripts of one's own on many CPUs: what a published experiment did, by its lines and locks. Each
 * task draws one of the scripts by share, over and over; slots stand for the same lock or line all
 * the time, or for one of several by task.
 */
import { ContentionMachine, Prng, SLOTS_MOST } from '@daxsim/sim';
import type { ContentionCosts, MemoryChannel, Script, ScriptSource } from '@daxsim/sim';
import { interval } from './case-answer.js';

export interface HandMade {
  readonly threads: number;
  readonly cpus: number;
  readonly sockets: number;
  readonly costs: ContentionCosts;
  readonly channels?: readonly MemoryChannel[];
  readonly classes: readonly string[];
  readonly scripts: readonly { readonly script: Script; readonly share: number }[];
  /** Makes locks and lines; answers what slot `slot` of script `script` is for a task. */
  readonly make: (
    machine: ContentionMachine,
  ) => (task: number, script: Script) => readonly number[];
  /** Idle time between two operations, at most. */
  readonly gapTicks: number;
  /** Operations of the window. */
  readonly operations: number;
}

/** Operations a second. */
export interface Rate {
  readonly mean: number;
  readonly half_width: number;
}

/** Measures with several seeds. */
export function measureHandMade(setting: HandMade, seeds: readonly number[]): Rate {
  return interval(seeds.map((seed) => runOnce(setting, seed)));
}

function runOnce(setting: HandMade, seed: number): number {
  const prng = new Prng(seed);
  const arbitration = new Prng(seed, 2);
  const total = setting.scripts.reduce((sum, { share }) => sum + share, 0);
  let done = 0;
  let from = 0;
  let to = 0;
  const source: ScriptSource = {
    next: (task, at) => {
      const script = drawn(setting, prng.below(total));
      bindTo(task, script).forEach((id, slot) => {
        machine.bindings[task * SLOTS_MOST + slot] = id;
      });
      machine.clock[task] = at + prng.below(setting.gapTicks + 1);
      return script;
    },
    finished: () => {
      done += 1;
    },
    draw: (count) => arbitration.below(count),
  };
  const { cpus, sockets, costs, threads, channels = [], classes } = setting;
  const machine: ContentionMachine = new ContentionMachine(
    costs,
    { cpus, sockets },
    threads,
    source,
    channels,
    classes,
  );
  const bindTo = setting.make(machine);
  const order = shuffled(cpus, new Prng(seed, 1));
  for (let task = 0; task < threads; task += 1) {
    machine.start(task, order[task % cpus] ?? 0, prng.below(1_000_000));
  }
  const warmup = Math.ceil(setting.operations / 4);
  machine.run((at) => {
    from = at;
    return done >= warmup;
  });
  done = 0;
  machine.run((at) => {
    to = at;
    return done >= setting.operations;
  });
  return (done / (to - from)) * 1e12;
}

function drawn({ scripts }: HandMade, draw: number): Script {
  let left = draw;
  for (const { script, share } of scripts) {
    left -= share;
    if (left < 0) return script;
  }
  return NOTHING;
}

const NOTHING: Script = { name: 'nothing', code: new Float64Array(0), slots: [] };

function shuffled(count: number, prng: Prng): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i -= 1) {
    const other = prng.below(i + 1);
    const mine = order[i] ?? 0;
    order[i] = order[other] ?? 0;
    order[other] = mine;
  }
  return order;
}
