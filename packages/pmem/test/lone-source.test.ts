/**
 * One source that nobody else disturbs, on one channel without caches: what is decided at once, or
 * several decisions in one, is held against runs that are stepped from decision to decision.
 */
import { NEVER } from '@daxsim/sim';
import { expect, test } from '@jest/globals';
import { IssueStatus, LineOp, createLineRequest } from '../src/memory.js';
import { createTimedMemory, type TimedMemory } from '../src/timed/timed-memory.js';
import { runTimed } from './drive.js';
import { randomScenario, type Scenario } from './traffic.js';

/** Runs of ntstores, of one length to the next, between loads. */
function loadsAndNtStores(seed: number, requests: number): Scenario {
  const { config, scripts, capacityBytes } = randomScenario(seed, 1, requests);
  const { cpu, channels, otherSocket, ...rest } = config;
  const run = 1 + (seed % 8);
  return {
    config: {
      ...rest,
      cpu: { ...cpu, caches: null, translation: undefined },
      channels: { ...channels, value: 1 },
      ...(otherSocket?.isUsed.value === false ? { otherSocket } : {}),
    },
    scripts: scripts.map((script) =>
      script.map((asked, i) => {
        const op = i % (run + 1) === 0 ? LineOp.Load : LineOp.NtStore;
        return { ...asked, op: asked.op === LineOp.Sfence && seed % 2 === 0 ? asked.op : op };
      }),
    ),
    capacityBytes,
    hindrance: null,
  };
}

function runAlone({ config, scripts, capacityBytes }: Scenario): {
  memory: TimedMemory;
  at: number[];
} {
  const memory = createTimedMemory(config, { capacityBytes, sources: 1 });
  memory.horizon = NEVER;
  const request = createLineRequest(0);
  const at = scripts[0].map(({ op, line, from, to, gap }, sequence) => {
    const start = request.at + gap;
    Object.assign(request, { op, line, fromByte: from, toByte: to, sequence, at: start });
    expect(memory.access(request)).toBe(IssueStatus.Done);
    return request.at;
  });
  while (memory.nextDecisionAt() !== NEVER) memory.decideUntil(memory.nextDecisionAt());
  return { memory, at };
}

test('loads and ntstores of a lone source take the times that they take step by step', () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const scenario = loadsAndNtStores(seed, 150);
    const alone = runAlone(scenario);
    const stepped = runTimed(scenario);
    expect({ seed, at: alone.at }).toEqual({ seed, at: stepped.at[0] });
    expect({ seed, figures: figures(alone.memory) }).toEqual({
      seed,
      figures: figures(stepped.memory),
    });
    expect(alone.memory.mediaHash()).toBe(stepped.memory.mediaHash());
    expect(alone.memory.pendingLines()).toEqual(stepped.memory.pendingLines());
  }
});

function figures(memory: TimedMemory): unknown {
  return memory.statistics().map(({ stage, values }) => ({ stage, values }));
}
