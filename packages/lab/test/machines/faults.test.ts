/**
 * Every fault of a line, a page, a part or a device on every machine that is shipped, under loads
 * and stores of a core: each access ends in the status that is written down, and in time.
 */
import { afterAll, expect, test } from '@jest/globals';
import { configNames } from '../../src/config/catalog-files.js';
import { loadMachine, type MachineChoice } from '../../src/config/systems.js';
import { parseFaults } from '../../src/laid/parse-faults.js';
import { replayMemory, type MemoryReplayRun } from '../../src/memory-replay/memory-replay.js';
import { TraceFolder } from '../trace-files.js';

const folder = new TraceFolder();
afterAll(() => folder.remove());

/** Four lines written, then loads of them, and once more when 40 us have gone by. */
const LINES = ['0x1000', '0x1040', '0x2000', '0x3000'];
const trace = folder.file(
  [
    ...LINES.map((line) => `${line} W:10`),
    ...LINES.map((line) => `${line} R:10`),
    '0x4000 R:200000',
    ...LINES.map((line) => `${line} R:10`),
    '',
  ].join('\n'),
);

const DEVICE = 1 << 26;
const MCEERR = 'SIGBUS BUS_MCEERR_AR';
const ADRERR = 'SIGBUS BUS_ADRERR';
const AT = 'address=0x1000-0x1040,of=load,nth=1';

/** A fault; how loads end; how many of the eight loads of the four lines. */
const CASES = [
  [`poisoned-line@${AT}`, MCEERR, 2],
  [`poisoned-line@${AT},lifted=30us`, MCEERR, 1],
  [`truncated-backing@${AT},policy=sigbus`, ADRERR, 4],
  [`truncated-backing@${AT},policy=eio`, MCEERR, 4],
  [`truncated-backing@${AT},policy=eio,regrown=30us`, MCEERR, 2],
  [`truncated-backing@${AT},policy=hang,regrown=30us`, null, 0],
  ['dead-link@of=load,nth=1', ADRERR, 9],
  [`slow-line@${AT}`, null, 0],
  ['thermal-throttling@of=load,nth=1', null, 0],
] as const;

function runWith(machine: MachineChoice, fault: string): Promise<MemoryReplayRun> {
  return replayMemory({
    ...{ trace, traceOptions: {}, machine, deviceBytes: DEVICE, seed: 1 },
    ...{ caches: 'auto', flush: 'clwb', faults: parseFaults([fault], DEVICE) },
  });
}

/** Simulated time in which it must be over: twice every overdue completion, and a bit. */
function boundOf({ config }: MachineChoice): number {
  const { errors } = config;
  return 2 * 13 * (errors?.completionTimeoutNs.value ?? 0) * 1000 + 2e9;
}

test.each(configNames('machines'))('on %s', async (name) => {
  const machine = loadMachine(name);
  const bound = boundOf(machine);
  for (const [fault, end, count] of CASES) {
    const { driver, faults, ticks } = await runWith(machine, fault);
    const { ended, faults: struck, hang } = faults!.report();
    const expected = end === null ? {} : { load: { [end]: count } };
    expect([fault, ended, hang]).toEqual([fault, expected, null]);
    expect(struck[0]!.during?.operation).toBe('load');
    expect(driver.replayed).toBe(13);
    expect(ticks).toBeLessThan(bound);
  }
  const { faults } = await runWith(machine, `truncated-backing@${AT},policy=hang`);
  const { hang } = faults!.report();
  expect(hang).toMatchObject({ operation: 'load', record: 5, address: 0x1000 });
});
