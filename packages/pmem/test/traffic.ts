/**
 * Random machines and random traffic for holding the timed memory against its reference.
 */
import { Prng } from '@daxsim/sim';
import { parseMachineConfig, type MachineConfig } from '../src/config.js';
import { LineOp } from '../src/memory.js';
import { Draw, made, within } from './draw.js';
import { withTranslation } from './random-translation.js';

/** One request of a source: `gap` ticks after the one before it was over. */
export interface ScriptedRequest {
  readonly op: number;
  readonly line: number;
  readonly from: number;
  readonly to: number;
  readonly gap: number;
}

export interface Scenario {
  readonly config: MachineConfig;
  readonly scripts: readonly (readonly ScriptedRequest[])[];
  readonly capacityBytes: number;
  readonly hindrance: Hindrance | null;
}

/** Faults that take nothing but time: laid on before the first request. */
export interface Hindrance {
  /** Lines that take longer, and by how many ticks. */
  readonly slow: ReadonlyMap<number, number>;
  /** Least time between two lines of the machine, ticks; 0: none. */
  readonly spacing: number;
}

function randomDimm(draw: Draw): unknown[] {
  const ways = within(draw.prng, 1, 4);
  const rmw = {
    kind: 'rmw-buffer',
    entries: draw.n(1, 12),
    samples: draw.n(1, 4),
    windowLines: draw.n(1, 16),
    calmNs: draw.ns(2000),
    readAhead: made(draw.prng.below(2) === 0),
    linkNs: draw.ns(12),
    readNs: draw.ns(60),
    readBusyNs: draw.ns(8),
    writeBusyNs: draw.ns(8),
  };
  const queue = within(draw.prng, 1, 8);
  const moveWrites =
    draw.prng.below(8) === 0 ? within(draw.prng, 256, 700) : within(draw.prng, 1, 60);
  const ait = {
    kind: 'ait-buffer',
    queue: made(queue),
    aheadSlots: draw.n(1, queue),
    blocks: made(ways * within(draw.prng, 1, 8)),
    ways: made(ways),
    lookupNs: draw.ns(8),
    fromRmwNs: draw.ns(40),
    toRmwNs: draw.ns(40),
    walkNs: draw.ns(80),
    moveWrites: made(moveWrites),
    moveSpreadWrites: made(draw.prng.below(moveWrites)),
    moveNs: draw.ns(2000),
    settleNs: draw.ns(500),
    coolNs: made(draw.prng.below(3) === 0 ? 0 : (1 + draw.prng.below(4000)) / 4),
    idleMoveNs: made(draw.prng.below(3) === 0 ? 0 : (4000 + draw.prng.below(40_000)) / 4),
  };
  const media = {
    kind: 'media',
    banks: draw.n(1, 8),
    readNs: draw.ns(140),
    writeNs: draw.ns(300),
    readPortNs: draw.ns(40),
    writePortNs: draw.ns(120),
    linePortNs: draw.ns(30),
    ownedPortNs: draw.ns(20),
  };
  return [rmw, ait, media];
}

function randomDram(draw: Draw): unknown[] {
  return [
    {
      kind: 'dram',
      banks: draw.n(1, 8),
      rowLines: draw.n(1, 16),
      rowHitNs: draw.ns(20),
      rowMissNs: draw.ns(50),
      busyNs: draw.ns(8),
    },
  ];
}

function randomDdr4(draw: Draw): unknown {
  const refi = draw.prng.below(3) === 0 ? 0 : 60 + draw.prng.below(1000);
  return {
    kind: 'ddr4',
    bankGroups: draw.n(1, 4),
    banksPerGroup: draw.n(1, 4),
    rowLines: draw.n(1, 16),
    ...Object.fromEntries(
      ['cl', 'cwl', 'burst', 'rcd', 'rp', 'ras', 'rtp', 'wr', 'wtr'].map((name) => [
        `${name}Ns`,
        draw.ns(30),
      ]),
    ),
    ccdShortNs: draw.ns(5),
    ccdLongNs: draw.ns(10),
    rrdShortNs: draw.ns(6),
    rrdLongNs: draw.ns(12),
    fawNs: draw.ns(300),
    refiNs: made(refi),
    rfcNs: made(refi === 0 ? 0 : draw.prng.below(refi * 4) / 8),
  };
}

function randomLink(draw: Draw): unknown {
  return {
    kind: 'link',
    bytesPerNs: made((1 + draw.prng.below(40)) / 2),
    payloadBytes: made(draw.pick([8, 16, 32, 64])),
    overheadBytes: draw.n(1, 40),
    partialPieces: draw.n(1, 8),
    flightNs: draw.ns(300),
    postedCredits: draw.n(1, 8),
    readCredits: draw.n(1, 8),
  };
}

/** Modules of persistent media, or DRAM of either kind, behind a link or not. */
function randomStages(draw: Draw): unknown[] {
  const which = draw.prng.below(8);
  if (which > 3) return randomDimm(draw);
  const device = which === 0 ? randomDram(draw) : [randomDdr4(draw)];
  return which === 3 ? [randomLink(draw), ...device] : device;
}

function randomCpu(draw: Draw): Record<string, unknown> & { readonly caches: object | null } {
  const caches = {
    l1: draw.cache(8),
    l2: draw.cache(20),
    llc: draw.cache(60),
    transferNs: draw.some(60),
    ...(draw.prng.below(2) === 0 ? {} : { coherence: randomCoherence(draw) }),
  };
  const fillBuffers = draw.n(1, 12);
  return {
    coreMhz: made(draw.pick([1000, 2200, 2500, 4000])),
    caches: draw.prng.below(4) === 0 ? null : caches,
    fillBuffers,
    ...randomCombining(draw, fillBuffers.value),
    ...randomStoreBuffer(draw),
    storeCycles: draw.n(1, 3),
    ntStoreCycles: draw.n(1, 3),
    clwbCycles: draw.n(1, 5),
    clflushoptCycles: draw.n(1, 60),
    sfenceCycles: draw.n(1, 8),
    mfenceCycles: draw.n(1, 40),
    atomicCycles: draw.n(1, 40),
    clwbKeepsLine: made(draw.prng.below(2) === 0),
    toControllerNs: draw.some(40),
    fromControllerNs: draw.some(40),
    ntDrainNs: draw.ns(30),
    lookupNs: draw.ns(40),
    ownNs: draw.ns(60),
    flushWriteNs: draw.ns(40),
    ntAckNs: draw.ns(80),
    ntHalvesNs: draw.ns(40),
  };
}

function randomCoherence(draw: Draw): object {
  return {
    protocol: made('mesif'),
    forwardNs: draw.some(60),
    upgradeNs: draw.some(60),
    otherSocketNs: draw.some(200),
  };
}

/** Of every third machine whose caches have no states the cores prefetch. */
function randomlyPrefetching(cpu: object, draw: Draw): object {
  if (draw.prng.below(3) > 0) return cpu;
  const { caches } = cpu as { caches: { coherence?: object } | null };
  return caches?.coherence === undefined ? { ...cpu, prefetch: randomPrefetch(draw) } : cpu;
}

function randomPrefetch(draw: Draw): object {
  return {
    isUsed: made(true),
    nextLine: made(draw.prng.below(2) === 0),
    pairs: made(draw.prng.below(2) === 0),
    streams: made(draw.prng.below(4)),
    startSteps: draw.n(1, 3),
    distanceLines: draw.n(1, 24),
    perAccess: draw.n(1, 4),
    slots: draw.n(2, 16),
    nearSlots: made(draw.prng.below(12)),
  };
}

function randomCombining(draw: Draw, fillBuffers: number): object {
  if (fillBuffers === 1 || draw.prng.below(2) === 0) return {};
  return { wcBuffers: draw.n(1, fillBuffers - 1) };
}

function randomStoreBuffer(draw: Draw): object {
  if (draw.prng.below(2) === 0) return {};
  return { storeBuffer: { entries: draw.n(1, 12), forwardCycles: draw.n(1, 8) } };
}

function randomSocket(draw: Draw, hasBoth: boolean): object {
  return {
    isUsed: made(true),
    ...(hasBoth ? { coresHere: draw.n(0, 8) } : {}),
    hopNs: draw.some(60),
    headerNs: draw.some(3),
    lineNs: draw.some(12),
    credits: made(draw.prng.below(3) * draw.prng.below(24)),
    directory: made(draw.pick(['none', 'fresh', 'steady'])),
  };
}

export function randomMachine(prng: Prng): MachineConfig {
  const draw = new Draw(prng);
  const writeSlots = within(prng, 1, 10);
  const drainAbove = within(prng, 1, writeSlots);
  const cpu = randomCpu(draw);
  const machine = {
    name: 'random',
    about: 'A machine made up for a test.',
    domain: prng.below(4) === 0 ? 'eadr' : 'adr',
    cpu,
    channels: draw.n(1, 4),
    interleaveBytes: made(draw.pick([256, 512, 4096])),
    controller: {
      readSlots: draw.n(1, 12),
      writeSlots: made(writeSlots),
      drainAbove: made(drainAbove),
      drainDownTo: made(prng.below(drainAbove)),
      drainBurst: draw.n(1, 12),
      readTurn: draw.n(1, 4),
      readChoice: draw.n(1, 12),
      readSlices: made(draw.prng.below(2) * within(draw.prng, 1, 6)),
      writeChoice: draw.n(1, 12),
      deviceCredits: draw.n(1, 12),
      pauseNs: draw.ns(300),
      pauseEveryNs: made(draw.prng.below(3) === 0 ? 0 : 500 + draw.prng.below(4000)),
      lineBusNs: draw.some(6),
      turnaroundNs: draw.ns(8),
    },
    stages: randomStages(draw),
  };
  const translated = prng.below(2) === 0 ? machine : withTranslation(machine, draw);
  const mayBeBoth = cpu.caches === null || 'coherence' in cpu.caches;
  const hasBoth = prng.below(3) > 0 && mayBeBoth;
  const far = prng.below(4) === 0 ? { otherSocket: randomSocket(draw, hasBoth) } : {};
  const cores = randomlyPrefetching(translated.cpu, draw);
  const mapped = randomlyUncached(cores, prng);
  return parseMachineConfig({ ...translated, ...far, cpu: mapped }, 'random machine');
}

/** Every third machine without caches maps its memory uncached. */
function randomlyUncached(cpu: object, prng: Prng): object {
  if ((cpu as { caches: object | null }).caches !== null || prng.below(3) > 0) return cpu;
  return { ...cpu, wcBuffers: undefined, storeBuffer: undefined, mapping: made('uc') };
}

const OPS = [
  LineOp.Load,
  LineOp.Load,
  LineOp.Load,
  LineOp.Store,
  LineOp.Store,
  LineOp.Store,
  LineOp.NtStore,
  LineOp.NtStore,
  LineOp.DirectStore,
  LineOp.Clwb,
  LineOp.Clwb,
  LineOp.ClFlushOpt,
  LineOp.Sfence,
  LineOp.Mfence,
  LineOp.StreamLoad,
  LineOp.StreamLoad,
  LineOp.Atomic,
];

/** Sources that mix hot and cold lines, runs and jumps, haste and pauses. */
export function randomScenario(seed: number, sources: number, requests: number): Scenario {
  const prng = new Prng(seed);
  const config = randomMachine(prng);
  const lines = [64, 512, 4096, 65_536][prng.below(4)];
  const hot = within(prng, 1, 16);
  const haste = prng.below(3);
  // Of half the machines the sources are after the same few lines most of the time.
  const jumps = prng.below(2) === 0 ? 4 : 2;
  const scripts = Array.from({ length: sources }, () => {
    let line = prng.below(lines);
    return Array.from({ length: requests }, (): ScriptedRequest => {
      const jump = prng.below(jumps);
      if (jump === 0) line = prng.below(lines);
      else if (jump === 1) line = prng.below(hot);
      else if (jump === 2) line = (line + 1) % lines;
      const op = OPS[prng.below(OPS.length)];
      const isWhole = prng.below(3) > 0 || op === LineOp.DirectStore;
      const from = isWhole ? 0 : prng.below(64);
      const to = isWhole ? 64 : within(prng, from + 1, 64);
      const pause = prng.below(20) === 0 ? 400_000 : 3000;
      const gap = haste === 0 ? 0 : prng.below(haste === 1 ? 3000 : pause);
      return { op, line, from, to, gap };
    });
  });
  const capacityBytes = Math.ceil((lines * 64) / 4096) * 4096;
  return { config, scripts, capacityBytes, hindrance: randomHindrance(prng, hot) };
}

/** Of every fourth machine some hot lines are slow, or it is throttled, or both. */
function randomHindrance(prng: Prng, hot: number): Hindrance | null {
  if (prng.below(4) > 0) return null;
  const slow = new Map<number, number>();
  for (let left = prng.below(4); left > 0; left -= 1) slow.set(prng.below(hot), prng.below(9000));
  return { slow, spacing: prng.below(2) * prng.below(40_000) };
}
