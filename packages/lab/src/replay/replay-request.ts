/**
 * A replay as a user asks for it, in words: names are looked up, texts are parsed, defaults are
 * here. What comes back is the report.
 */
import { KNOBS } from '@daxsim/daxfs';
import { ConfigError } from '@daxsim/sim';
import type { UntimedMemory } from '@daxsim/pmem';
import type { TraceOptions } from '@daxsim/trace';
import { parseSize } from '../config/quantity.js';
import { loadFileSystem, loadMachine } from '../config/systems.js';
import { replayWithCuts } from '../cuts/replay-with-cuts.js';
import { cutReproducers } from '../cuts/reproducer.js';
import type { CutReproducer } from '../cuts/config.js';
import { BLANK_BYTE, deviceFromImage } from '../image/device.js';
import { saveImage } from '../image/image-file.js';
import { parseFaults } from '../laid/parse-faults.js';
import { prepareThrough, type ThroughOptions } from '../through/through.js';
import { replayReport, type ReplayReport } from '../report/replay-report.js';
import { parseMappedFill } from './mapped-stores.js';
import type { OrderRule } from './order-rule.js';
import { replay, type ReplayOptions, type RunParts } from './replay.js';
import { parseWindow } from '../window/window-size.js';
import { parseTiming } from './timing.js';

/** Everything optional has the default that the command line names. */
export interface ReplayRequest {
  readonly traces: readonly string[];
  /** Format, scope, directory … of the traces. */
  readonly traceOptions?: TraceOptions;
  /** Default `optane-100-1dimm`. */
  readonly machine?: string;
  /** Size of the pages that map the device, or `free`; default: what the machine says. */
  readonly pages?: string;
  /** Default `xfs-dax`; `F@kernel` chooses a kernel. */
  readonly fileSystem?: string;
  /** Lock plan; default: the file system's. */
  readonly locks?: string;
  /** Size of a guest's window: ranges of 2 MiB, or a part of what the traces use, as in `25%`. */
  readonly window?: string;
  /** `closed` (default), `think`, `open`, `scale=K`. */
  readonly timing?: string;
  /** `task`, `resource` or `total`; default by the kind of trace. */
  readonly order?: string;
  /** `none` (default), `dirty:PAGES`, `uniform:RATE`, `all`. */
  readonly mappedFill?: string;
  /** Size of the device as text; default 4 GiB. */
  readonly deviceBytes?: string;
  /** An image to start from; its device's size is then the run's. */
  readonly image?: string;
  /** Where the device goes at the end, unmounted. */
  readonly saveImage?: string;
  readonly cpus?: number;
  /** The trace is one of memory and goes through a mapped file. */
  readonly through?: ThroughOptions;
  readonly powerCuts?: number;
  /** Faults on the device: `NAME@KEY=VALUE,…` or files that list them. */
  readonly faults?: readonly string[];
  readonly knobs?: Readonly<Record<string, string>>;
  readonly seed?: number;
  readonly version: string;
  readonly onProgress?: ReplayOptions['onProgress'];
  readonly mayGoOn?: ReplayOptions['mayGoOn'];
  /** Joins the run before it starts: timelines, files of operations. */
  readonly join?: (parts: RunParts) => void;
}

/** Default size of the device. It is sparse: only what is written takes memory. */
export const DEVICE_BYTES = 4_294_967_296;
const DEVICE_BYTES_MOST = 137_438_953_472;
const DEVICE_BYTES_LEAST = 4_194_304;
const BLOCK = 4096;
const CPUS_MOST = 1024;
const CUTS_MOST = 100_000;
const ORDERS: readonly OrderRule[] = ['task', 'resource', 'total'];

/** What came of a request. */
export interface ReplayOutcome {
  readonly report: ReplayReport;
  /** Of the power cuts that failed, in order. */
  readonly reproducers: readonly CutReproducer[];
}

/** Runs it. Throws UserError when the request or a trace cannot be used. */
export async function runReplay(request: ReplayRequest): Promise<ReplayOutcome> {
  const options = await preparedOptions(request);
  const { version, join } = request;
  const moments = countWithin(request.powerCuts ?? 0, '--power-cuts', 0, CUTS_MOST);
  if (moments > 0) {
    refuseImages(request);
    refuseFaults(request);
    const cut = await replayWithCuts(options, moments, join);
    const report = replayReport(options, cut.run, version, cut.cuts);
    return { report, reproducers: cutReproducers(version, options, cut) };
  }
  const run = await replay(options, join);
  if (request.saveImage !== undefined) {
    saveImage(run.timed.memory, request.saveImage, options.image?.fillByte ?? BLANK_BYTE);
  }
  return { report: replayReport(options, run, version), reproducers: [] };
}

/** What faults leave behind at power loss is the business of injections. */
function refuseFaults({ faults }: ReplayRequest): void {
  if (faults === undefined || faults.length === 0) return;
  const found = '--fault with --power-cuts';
  throw new ConfigError({ where: '--fault', found, allowed: 'one of the two; or inject' });
}

/** A reproducer of a power cut could not name the image. */
function refuseImages({ image, saveImage: saved }: ReplayRequest): void {
  if (image === undefined && saved === undefined) return;
  const where = image === undefined ? '--save-image' : '--image';
  throw new ConfigError({ where, found: 'with --power-cuts', allowed: 'one of the two' });
}

async function preparedOptions(request: ReplayRequest): Promise<ReplayOptions> {
  const options = optionsOf(request);
  const { through, traces } = request;
  if (through === undefined) return options;
  const [trace] = traces;
  if (trace === undefined || traces.length > 1) {
    const found = `${traces.length} traces`;
    throw new ConfigError({ where: '--through', found, allowed: 'one memory trace at a time' });
  }
  const prepared = await prepareThrough(trace, options.traceOptions, through);
  return { ...options, through: prepared };
}

/** Looks up names and parses texts. */
export function optionsOf(request: ReplayRequest): ReplayOptions {
  const image = request.image === undefined ? undefined : deviceFromImage(request.image).memory;
  const deviceBytes = sizeFor(image, request.deviceBytes);
  const { faults = [] } = request;
  return {
    traces: request.traces,
    traceOptions: withoutEndSlash(request.traceOptions ?? {}),
    machine: loadMachine(request.machine ?? 'optane-100-1dimm', request.pages),
    fileSystem: loadFileSystem(request.fileSystem ?? 'xfs-dax', request.locks),
    window: request.window === undefined ? undefined : parseWindow(request.window),
    knobs: knownKnobs(request.knobs ?? {}),
    order: request.order === undefined ? undefined : orderOf(request.order),
    timing: parseTiming(request.timing ?? 'closed'),
    mappedFill: parseMappedFill(request.mappedFill ?? 'none'),
    deviceBytes,
    image,
    faults: faults.length === 0 ? undefined : parseFaults(faults, deviceBytes),
    cpus:
      request.cpus === undefined ? undefined : countWithin(request.cpus, '--cpus', 1, CPUS_MOST),
    seed: request.seed ?? 1,
    onProgress: request.onProgress,
    mayGoOn: request.mayGoOn,
  };
}

/** Whether a run found what it looks for: something wrong. Exit status 1. */
export function foundSomething(report: ReplayReport): boolean {
  const cuts = report.power_cuts;
  const wrong = ['lost_synced_bytes', 'lost_synced_names', 'foreign_bytes', 'fsck_errors'];
  return (
    report.oracle.violations > 0 ||
    (report.injected !== undefined && report.injected.hang !== null) ||
    report.fsck.errors > 0 ||
    (cuts !== undefined && wrong.some((key) => Number(cuts[key] ?? 0) > 0))
  );
}

function countWithin(count: number, where: string, least: number, most: number): number {
  if (count >= least && count <= most) return count;
  throw new ConfigError({ where, found: String(count), allowed: `${least} to ${most}` });
}

/** The image's size; another one that is asked for is an error. */
function sizeFor(image: UntimedMemory | undefined, text: string | undefined): number {
  if (image === undefined) return deviceBytesOf(text);
  const { capacityBytes } = image;
  if (text === undefined || deviceBytesOf(text) === capacityBytes) return capacityBytes;
  const found = `${text} for a device of ${capacityBytes} bytes`;
  throw new ConfigError({ where: '--device-bytes', found, allowed: "the image's own size" });
}

/** Size of the device from its text. Throws ConfigError. */
export function deviceBytesOf(text: string | undefined): number {
  if (text === undefined) return DEVICE_BYTES;
  const bytes = parseSize(text, '--device-bytes');
  if (bytes >= DEVICE_BYTES_LEAST && bytes <= DEVICE_BYTES_MOST) return bytes - (bytes % BLOCK);
  throw new ConfigError({
    where: '--device-bytes',
    found: `a device of ${bytes} bytes`,
    allowed: '4MiB to 128GiB',
  });
}

function orderOf(text: string): OrderRule {
  const order = ORDERS.find((known) => known === text);
  if (order !== undefined) return order;
  throw new ConfigError({ where: '--order', found: `"${text}"`, allowed: ORDERS.join(', ') });
}

function knownKnobs(knobs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const name of Object.keys(knobs)) {
    if (Object.hasOwn(KNOBS, name)) continue;
    const allowed = Object.keys(KNOBS).join(', ');
    throw new ConfigError({ where: '--knob', found: `unknown knob "${name}"`, allowed });
  }
  return knobs;
}

function withoutEndSlash(options: TraceOptions): TraceOptions {
  const { scope } = options;
  if (scope === undefined || scope === '/' || !scope.endsWith('/')) return options;
  return { ...options, scope: scope.slice(0, -1) };
}
