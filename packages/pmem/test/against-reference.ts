/**
 * The proof that pricing by algebra is the same as letting every stage fire events: per request,
 * the time the source went on and the time its write was accepted, and the media traffic at the
 * end.
 */
import { expect } from '@jest/globals';
import { MachineModel } from './reference/core-model.js';
import { runTimed } from './drive.js';
import { randomScenario } from './traffic.js';

/** Runs one random machine under random traffic both ways; answers the number of requests held. */
export function holdAgainstReference(seed: number, sources: number, requests: number): number {
  const scenario = randomScenario(seed, sources, requests);
  const timed = runTimed(scenario, { promises: seed % 2 === 1 });
  const model = new MachineModel(scenario.config, scenario.scripts, scenario.hindrance);
  model.run();
  for (let source = 0; source < sources; source += 1) {
    const expectedAt = model.outcomes[source].map((outcome) => outcome.at);
    const expectedDurableAt = model.outcomes[source].map((outcome) => outcome.durableAt);
    const label = `seed ${seed}, source ${source}`;
    expect({ label, at: timed.at[source] }).toEqual({ label, at: expectedAt });
    expect({ label, durableAt: timed.durableAt[source] }).toEqual({
      label,
      durableAt: expectedDurableAt,
    });
  }
  expect(timed.evictions).toEqual(model.evictions);
  const traffic = {
    mediaReads: 0,
    mediaWrites: 0,
    aitReadHits: 0,
    rmwReadHits: 0,
    rmwWriteHits: 0,
  };
  const counted = { ...traffic };
  for (const { values } of timed.memory.statistics()) {
    for (const name of Object.keys(counted) as (keyof typeof counted)[]) {
      counted[name] += values[name] ?? 0;
    }
  }
  for (const device of model.devices()) {
    for (const name of Object.keys(traffic) as (keyof typeof traffic)[])
      traffic[name] += device[name];
  }
  expect({ seed, ...counted }).toEqual({ seed, ...traffic });
  return sources * requests;
}
