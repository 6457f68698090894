/**
 * A machine, as its configuration file says it: cores and caches, and the memory channels behind
 * them. Every quantity is a figure with its source (`figure.ts`); nothing has a default in code.
 *
 *   cores ─ caches ─▶ interleaver ─┬▶ controller ─▶ stage ─▶ stage ─▶ … channel 0
 *                                  └▶ controller ─▶ stage ─▶ stage ─▶ … channel 1
 *
 * All channels are alike. The first stage takes lines, the last answers alone; a list that does not
 * fit together is refused.
 */
import { ClockDomain, ConfigError } from '@daxsim/sim';
import { z } from 'zod';
import { HOST_FAULTS } from './faults/host-fault.js';
import { count, cycles, figure, span } from './figure.js';
import { saveConfig } from './save-config.js';
import { stageCatalog, stageConfig } from './stages/catalog.js';
import { coherenceConfig } from './timed/coherence-config.js';
import { controllerConfig } from './timed/controller-config.js';
import { otherSocketConfig } from './timed/other-socket-config.js';
import { prefetchConfig } from './timed/prefetch-config.js';
import { storeBufferConfig } from './timed/store-buffer-config.js';
import {
  checkTranslation,
  translationConfig,
  windowConfig,
} from './translation/translation-config.js';

const cacheConfig = z.strictObject({
  capacityKib: count(1 << 20, 'Size of one cache, KiB.'),
  ways: count(64, 'Lines of a set.'),
  hitCycles: cycles('Load-to-use of a hit.'),
});

const cachesConfig = z.strictObject({
  l1: cacheConfig.describe('First level, one per core.'),
  l2: cacheConfig.describe('Second level, one per core.'),
  llc: cacheConfig.describe('Last level, one for all cores.'),
  transferNs: span('Load or store of a line that another core holds; coherent: holds modified.'),
  coherence: coherenceConfig
    .optional()
    .describe('States of lines that several cores hold; absent: a line is in one place.'),
});

const cpuConfig = z.strictObject({
  coreMhz: figure(z.number().min(1).max(100_000), 'Core clock, MHz.'),
  caches: cachesConfig.nullable().describe('Null: every line goes straight to the controllers.'),
  fillBuffers: count(256, 'Lines of a core under way at once, loads that it waits for apart.'),
  storeCycles: cycles('Issue of a store or a streaming load.'),
  ntStoreCycles: cycles('Issue of an ntstore.'),
  clwbCycles: cycles('Issue of a clwb.'),
  clflushoptCycles: cycles('Issue of a clflushopt.'),
  sfenceCycles: cycles('An sfence with nothing to wait for.'),
  mfenceCycles: cycles('An mfence with nothing to wait for.'),
  atomicCycles: cycles(
    'A locked read-modify-write of a line in the L1; absent: as an mfence.',
  ).optional(),
  clwbKeepsLine: figure(z.boolean(), 'Whether clwb leaves the line in the caches, clean.'),
  toControllerNs: span('From a miss or flush leaving the core to its arrival at the controller.'),
  fromControllerNs: span('From data or acceptance at the controller to the core going on.'),
  lookupNs: span('What asking the shared cache for a line costs an ntstore.'),
  ownNs: span('What owning a line that no cache holds costs a store that needs no data.'),
  flushWriteNs: span('What a flush that has something to write keeps the core on top.'),
  ntAckNs: span('How long an ntstore keeps its fill buffer when it is accepted; mfence waits too.'),
  ntHalvesNs: span(
    'What a line more costs a core that stores it past its caches in two halves of 32 B, as ' +
      'latency tests do. Of validation runs; a store of a whole line does not pay it.',
  ),
  ntDrainNs: span('What an ntstore needs on top to leave its write-combining buffer.'),
  prefetch: prefetchConfig.optional().describe('Prefetchers of each core; absent: none.'),
  mapping: figure(
    z.enum(['wc', 'uc']),
    'How a machine without caches maps its memory: wc, or uc, every store a packet of its own.',
  )
    .optional()
    .describe('wc: stores past the caches may overtake each other, uc: none does; absent: wc.'),
  wcBuffers: count(64, 'Fill buffers that are kept open for the rest of a line; see DESIGN.md.')
    .optional()
    .describe(
      'Where parts of lines stored past the caches combine; absent: each leaves by itself.',
    ),
  storeBuffer: storeBufferConfig
    .optional()
    .describe('Where stores wait for their lines; absent: stores wait for fill buffers only.'),
  translation: translationConfig
    .optional()
    .describe('TLBs and walks of tables; absent: translation takes no time.'),
});

const errorsConfig = z.strictObject({
  hostFault: figure(
    z.enum(HOST_FAULTS),
    'What becomes of an access to a page that the host took away: hang, sigbus or eio.',
  ),
  machineCheckNs: span('From a load of a poisoned line to whoever asked being told.'),
  hostFaultNs: span('From an access to a page without backing to whoever asked being told.'),
  completionTimeoutNs: figure(
    z.number().min(0).max(1e12),
    'After which a load over a dead link is given up. Nanoseconds.',
  ),
});

export const machineConfig = z.strictObject({
  name: z.string().min(1).describe('Name of the machine.'),
  about: z.string().min(1).describe('What it stands for, in a sentence or two.'),
  domain: z
    .enum(['adr', 'eadr'])
    .describe('adr: the write queue survives power loss; eadr: the caches too.'),
  cpu: cpuConfig.describe('Cores and caches.'),
  channels: count(64, 'Memory channels, all alike.'),
  interleaveBytes: figure(
    z
      .int()
      .min(256)
      .max(1 << 30)
      .multipleOf(256),
    'Consecutive bytes on one channel before the next takes over.',
  ),
  controller: controllerConfig.describe('Controller of each channel.'),
  stages: z
    .array(stageConfig)
    .min(1)
    .max(8)
    .describe('What stands behind each controller, in order.'),
  window: windowConfig
    .optional()
    .describe("Of a window into a host's memory: how pages are found and put behind it."),
  otherSocket: otherSocketConfig
    .optional()
    .describe('Of cores on another socket than the memory; absent: there is none.'),
  save: saveConfig
    .optional()
    .describe('Of modules of DRAM: how they save it to flash at power loss.'),
  errors: errorsConfig
    .optional()
    .describe('How accesses end that fail; absent: at once, and a missing page in SIGBUS.'),
});

/** A machine as its file says it, checked. */
export type MachineConfig = z.output<typeof machineConfig>;

/** Checks a parsed file; `where` names it in messages. Throws `ConfigError`. */
export function parseMachineConfig(parsed: unknown, where: string): MachineConfig {
  const result = machineConfig.safeParse(parsed);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new ConfigError({ where: `${where}: ${issue.path.join('.')}`, found: issue.message });
  }
  checkFit(result.data, where);
  return result.data;
}

/** The core clock; its rounding error is the clock's `relativeError`. Refuses more than 0.5 %. */
export function coreClock(config: MachineConfig): ClockDomain {
  return new ClockDomain(`${config.name}: cpu.coreMhz`, config.cpu.coreMhz.value * 1e6);
}

/** What time is counted in. */
const TICK_NS = 0.001;

function checkFit(config: MachineConfig, where: string): void {
  const { controller, cpu } = config;
  refuseUnless(
    controller.drainDownTo.value < controller.drainAbove.value,
    `${where}: controller.drainDownTo`,
    `${controller.drainDownTo.value}: writes go first again before they stop`,
    `less than drainAbove, ${controller.drainAbove.value}`,
  );
  refuseUnless(
    controller.drainAbove.value <= controller.writeSlots.value,
    `${where}: controller.drainAbove`,
    `${controller.drainAbove.value}: more writes than the queue holds`,
    `writeSlots at most, ${controller.writeSlots.value}`,
  );
  const { pauseNs, pauseEveryNs } = controller;
  refuseUnless(
    pauseEveryNs.value === 0 || pauseNs.value + TICK_NS <= pauseEveryNs.value,
    `${where}: controller.pauseNs`,
    `${pauseNs.value}: a pause without end`,
    `less than pauseEveryNs, ${pauseEveryNs.value}`,
  );
  checkBuffers(cpu, where);
  checkMapping(cpu, where);
  const positive: [string, number][] = [
    ['controller.lineBusNs', controller.lineBusNs.value],
    ['cpu.toControllerNs', cpu.toControllerNs.value],
    ['cpu.fromControllerNs', cpu.fromControllerNs.value],
    ['otherSocket.headerNs', config.otherSocket?.headerNs.value ?? 1],
    ['otherSocket.hopNs', config.otherSocket?.hopNs.value ?? 1],
  ];
  for (const [name, value] of positive) {
    refuseUnless(value >= TICK_NS, `${where}: ${name}`, String(value), `${TICK_NS} or more`);
  }
  const { caches } = cpu;
  refuseUnless(
    caches === null ||
      caches.coherence?.protocol.value === 'mesif' ||
      (config.otherSocket?.coresHere?.value ?? 0) === 0,
    `${where}: otherSocket.coresHere`,
    'cores on both sockets, and one place for each line',
    '0, or mesif as cpu.caches.coherence.protocol',
  );
  checkStages(config, where);
  checkTranslation(cpu.translation, config.window, where);
  if (cpu.caches === null) return;
  const { l1, l2, llc, coherence } = cpu.caches;
  const hasStates = coherence?.protocol.value === 'mesif';
  refuseUnless(
    !hasStates || cpu.prefetch?.isUsed.value !== true,
    `${where}: cpu.prefetch.isUsed`,
    'prefetching into caches whose lines have states',
    'false, or cpu.caches.coherence.protocol none',
  );
  for (const [name, cache] of Object.entries({ l1, l2, llc })) {
    const fits = (cache.capacityKib.value * 16) % cache.ways.value === 0;
    const place = `${where}: cpu.caches.${name}.ways`;
    const found = `${cache.ways.value}, which does not divide the lines`;
    refuseUnless(fits, place, found, `a divisor of ${cache.capacityKib.value * 16}`);
  }
}

function checkBuffers({ fillBuffers, wcBuffers }: MachineConfig['cpu'], where: string): void {
  const open = wcBuffers?.value ?? 0;
  refuseUnless(
    open < fillBuffers.value,
    `${where}: cpu.wcBuffers`,
    `${open}: no fill buffer is left for anything else`,
    `less than fillBuffers, ${fillBuffers.value}`,
  );
}

/** What is uncached is in no cache and no buffer of the core that others do not see. */
function checkMapping(cpu: MachineConfig['cpu'], where: string): void {
  if (cpu.mapping?.value !== 'uc') return;
  const held: [string, boolean][] = [
    ['caches', cpu.caches !== null],
    ['write-combining buffers', cpu.wcBuffers !== undefined],
    ['a store buffer', (cpu.storeBuffer?.entries.value ?? 0) > 0],
  ];
  for (const [name, isThere] of held) {
    refuseUnless(
      !isThere,
      `${where}: cpu.mapping`,
      `uc, and ${name}`,
      'wc; or uc with caches null, no wcBuffers, no storeBuffer',
    );
  }
}

function checkStages({ stages }: MachineConfig, where: string): void {
  let unit: string | undefined = 'line';
  stages.forEach((stage, index) => {
    const place = `${where}: stages[${index}]`;
    const definition = stageCatalog.find((known) => known.kind === stage.kind);
    const wanted = unit === undefined ? 'nothing' : `one that takes a ${unit}`;
    refuseUnless(
      definition?.takes === unit,
      place,
      `a stage of kind ${stage.kind} where ${wanted} can stand`,
      'e.g. rmw-buffer, ait-buffer, media; or dram or ddr4, behind a link or not',
    );
    unit = definition?.gives;
    if (stage.kind === 'ddr4' && stage.refiNs.value > 0) {
      const ends = stage.rfcNs.value + TICK_NS <= stage.refiNs.value;
      const found = `${stage.rfcNs.value}: a refresh without end`;
      refuseUnless(ends, `${place}.rfcNs`, found, `less than refiNs, ${stage.refiNs.value}`);
    }
    if (stage.kind !== 'ait-buffer') return;
    const { aheadSlots, blocks, queue, ways } = stage;
    const fits = blocks.value % ways.value === 0;
    const multiple = `a multiple of ways, ${ways.value}`;
    refuseUnless(fits, `${place}.blocks`, `${blocks.value}, which do not fill the sets`, multiple);
    const isThere = aheadSlots.value <= queue.value;
    const most = `the queue at most, ${queue.value}`;
    refuseUnless(isThere, `${place}.aheadSlots`, String(aheadSlots.value), most);
  });
  const found = 'a list that ends too early';
  refuseUnless(unit === undefined, `${where}: stages`, found, 'a last stage that asks nobody');
}

function refuseUnless(holds: boolean, where: string, found: string, allowed: string): void {
  if (!holds) throw new ConfigError({ where, found, allowed });
}
