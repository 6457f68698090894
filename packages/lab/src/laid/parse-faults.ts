/**
 * `--fault` texts: a file that lists faults, or one fault in short.
 *
 *     poisoned-line@file=data.db,offset=8KiB       truncated-backing@time=2ms,address=0x100000
 *     slow-line@of=load,nth=20,delay=30us          faults.yaml
 */
import { faultNamed, type FaultDefinition } from '@daxsim/pmem';
import { ConfigError, nearestName, parseRatio, type Ratio } from '@daxsim/sim';
import { readText } from '../config/catalog-files.js';
import { checkText } from '../config/document.js';
import { parseSize, parseSpan } from '../config/quantity.js';
import { LAID_FAULT_NAMES, laidFault, laidFaults, type LaidFault } from './config.js';

/** A fault with its texts read. Absent conditions always hold. */
export interface FaultOrder {
  /** What the user said, for reports. */
  readonly text: string;
  readonly definition: FaultDefinition;
  readonly entry: LaidFault;
  /** Not before, ticks. */
  readonly time: number;
  /** Not before this operation, from 1. */
  readonly operation: number;
  /** Strikes with `parts` out of `whole` chances; null: when all else holds. */
  readonly chance: Ratio | null;
  /** Lines of the device, from and to, or null. */
  readonly lines: readonly [number, number] | null;
  /** Bytes of a file, or null. */
  readonly file: { readonly path: string; readonly from: number; readonly to: number } | null;
  readonly delayTicks: number;
  /** How long after it struck it is lifted, ticks; Infinity: never. */
  readonly liftedTicks: number;
  /** Whether it strikes the link or the device as a whole, and no line. */
  readonly isWhole: boolean;
  /** Whether what was truncated is zeros then. */
  readonly isRegrown: boolean;
}

const LINE = 64;

/** Faults of the link or the device as a whole. */
const WHOLE: ReadonlySet<string> = new Set(['dead-link', 'thermal-throttling']);

/** Keys that mean something to some faults only. */
const ONLY_OF: Readonly<Record<'delay' | 'regrown' | 'policy', readonly string[]>> = {
  delay: ['slow-line', 'thermal-throttling'],
  regrown: ['truncated-backing'],
  policy: ['truncated-backing'],
};

/** Time of a line when nothing is said. */
const DELAY = '50us';

/** Faults of all `--fault` options, in order. Throws ConfigError. */
export function parseFaults(texts: readonly string[], deviceBytes: number): FaultOrder[] {
  return texts.flatMap((text) => {
    if (/\.(ya?ml|json)$/.test(text)) {
      const entries = checkText(readText(text), text, laidFaults);
      return entries.map((entry, i) => orderOf(entry, `${text}: ${i}`, entry.fault, deviceBytes));
    }
    return [orderOf(shortForm(text), '--fault', text, deviceBytes)];
  });
}

function shortForm(text: string): LaidFault {
  const at = text.indexOf('@');
  const given: Record<string, string> = { fault: at < 0 ? text : text.slice(0, at) };
  for (const pair of at < 0 ? [] : text.slice(at + 1).split(',')) {
    const equals = pair.indexOf('=');
    const key = equals < 0 ? pair : pair.slice(0, equals);
    const keys = Object.keys(laidFault.shape).slice(1);
    if (!keys.includes(key)) {
      throw new ConfigError({
        where: '--fault',
        found: `"${key}" in "${text}"`,
        allowed: `NAME@KEY=VALUE,… with keys ${keys.join(', ')}`,
        nearest: nearestName(key, keys),
      });
    }
    given[key] = equals < 0 ? '' : pair.slice(equals + 1);
  }
  return checkText(JSON.stringify(given), '--fault', laidFault);
}

function orderOf(entry: LaidFault, where: string, text: string, deviceBytes: number): FaultOrder {
  const definition = faultNamed(entry.fault, where);
  if (definition.needsPowerLoss) {
    const allowed = `one of ${LAID_FAULT_NAMES.join(', ')}; others with inject, which loses power`;
    throw new ConfigError({ where, found: `${entry.fault}, which shows at power loss`, allowed });
  }
  checkUse(entry, definition, where);
  const { file, lifted, regrown } = entry;
  const after = regrown ?? lifted;
  const from = parseSize(entry.offset, `${where}: offset`);
  return {
    text,
    definition,
    entry,
    time: entry.time === undefined ? 0 : parseSpan(entry.time, `${where}: time`),
    operation: entry.operation ?? 0,
    chance: entry.chance === undefined ? null : parseRatio(entry.chance, `${where}: chance`),
    lines: entry.address === undefined ? null : linesOf(entry.address, where, deviceBytes),
    file:
      file === undefined
        ? null
        : { path: file, from, to: from + parseSize(entry.length, `${where}: length`) },
    delayTicks: parseSpan(entry.delay ?? DELAY, `${where}: delay`),
    liftedTicks: after === undefined ? Infinity : parseSpan(after, `${where}: lifted`),
    isWhole: WHOLE.has(entry.fault),
    isRegrown: regrown !== undefined,
  };
}

/** What a fault cannot have is said, not passed over. */
function checkUse(entry: LaidFault, { strikes }: FaultDefinition, where: string): void {
  const { fault, file, of } = entry;
  const refuse = (found: string, allowed: string): never => {
    throw new ConfigError({ where, found, allowed });
  };
  // With a file the request only says when.
  if (of !== undefined && file === undefined && !strikes.includes(of)) {
    refuse(`of=${of}, of ${fault}`, `of=${strikes.join(', of=')}; others with file=PATH`);
  }
  for (const [key, owners] of Object.entries(ONLY_OF)) {
    const isGiven = entry[key as keyof typeof ONLY_OF] !== undefined;
    if (isGiven && !owners.includes(fault))
      refuse(`${key}, of ${fault}`, `${key} of ${owners.join(', ')}`);
  }
  if (entry.known === 'yes' && fault !== 'poisoned-line') {
    refuse(`known=yes, of ${fault}`, 'known of poisoned-line');
  }
  if (entry.lifted !== undefined && entry.regrown !== undefined) {
    refuse('lifted and regrown', 'one of them: what was there comes back, or zeros do');
  }
  if (file !== undefined && entry.address !== undefined) {
    refuse('address and file', 'one of them');
  }
  if (file !== undefined && WHOLE.has(fault)) {
    refuse(`file, of ${fault}, which strikes no line`, 'address, of, nth, time, operation, …');
  }
  if (file === undefined && (entry.offset !== '0' || entry.length !== '1')) {
    refuse('offset or length without file', 'file=PATH beside them, or address=FROM-TO');
  }
}

function linesOf(text: string, where: string, deviceBytes: number): [number, number] {
  const [from = 0, to = from + 1] = text.split('-').map(Number);
  if (from < to && to <= deviceBytes) return [Math.floor(from / LINE), Math.ceil(to / LINE)];
  const allowed = `FROM below TO, and TO at most ${deviceBytes}, the size of the device`;
  throw new ConfigError({ where: `${where}: address`, found: text, allowed });
}
