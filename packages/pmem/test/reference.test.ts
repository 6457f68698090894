/** The short form of the proof; `reference-blocks.ts` is the long one. */
import { NEVER } from '@daxsim/sim';
import { expect, test } from '@jest/globals';
import { IssueStatus, createLineRequest } from '../src/memory.js';
import { createTimedMemory } from '../src/timed/timed-memory.js';
import { holdAgainstReference } from './against-reference.js';
import { runTimed, type TimedRun } from './drive.js';
import { randomScenario, type Scenario } from './traffic.js';

test.each([1, 2, 8, 9, 12])('%i sources see the times of the event-per-stage model', (sources) => {
  let held = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    held += holdAgainstReference(seed * 16 + sources, sources, Math.ceil(800 / sources));
  }
  expect(held).toBeGreaterThanOrEqual(32_000);
});

/** One source that is promised to be alone: every request ends within `access`. */
function runAlone({ config, scripts, capacityBytes }: Scenario): TimedRun {
  const memory = createTimedMemory(config, { capacityBytes, sources: 1 });
  memory.horizon = NEVER;
  const request = createLineRequest(0);
  const at = scripts[0].map(({ op, line, from, to, gap }, sequence) => {
    const start = request.at + gap;
    Object.assign(request, { op, line, fromByte: from, toByte: to, sequence, at: start });
    expect(memory.access(request)).toBe(IssueStatus.Done);
    expect(memory.takeCompleted()).toBe(-1);
    return request.at;
  });
  while (memory.nextDecisionAt() !== NEVER) memory.decideUntil(memory.nextDecisionAt());
  return { memory, at: [at], durableAt: [], evictions: [] };
}

test('a source that runs ahead alone sees the same times as one that is stepped', () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const scenario = { ...randomScenario(seed, 1, 300), hindrance: null };
    const alone = runAlone(scenario);
    const stepped = runTimed(scenario);
    expect(alone.at).toEqual(stepped.at);
    expect(figures(alone)).toEqual(figures(stepped));
  }
});

test.each([1, 3, 8])('%i sources see the same whether they are observed or not', (sources) => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const scenario = randomScenario(seed, sources, 200);
    const observed = runTimed(scenario);
    const unobserved = runTimed(scenario, { isObserved: false });
    expect(unobserved.at).toEqual(observed.at);
    expect(figures(unobserved)).toEqual(figures(observed));
    expect(unobserved.memory.pendingLines()).toEqual(observed.memory.pendingLines());
    expect(unobserved.memory.mediaHash()).toBe(observed.memory.mediaHash());
  }
});

test.each([1, 2, 8, 11])(
  '%i sources that say until when they are alone see the same',
  (sources) => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const scenario = randomScenario(seed, sources, Math.ceil(800 / sources));
      const stepped = runTimed(scenario);
      const promised = runTimed(scenario, { promises: true });
      expect({ seed, at: promised.at }).toEqual({ seed, at: stepped.at });
      expect(promised.durableAt).toEqual(stepped.durableAt);
      expect(figures(promised)).toEqual(figures(stepped));
    }
  },
);

function figures({ memory }: TimedRun): unknown {
  return memory.statistics().map(({ stage, channel, values }) => ({ stage, channel, values }));
}
