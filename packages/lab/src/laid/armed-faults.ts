/**
 * Faults that wait for their moment in a timed run, and those that have struck.
 *
 *     request ─▶ all conditions hold? ─▶ lines struck ─▶ laid on ─ `liftedTicks` later ─▶ lifted
 *                                            └ a file that is not there yet: asked again
 *
 * Asked before every request, in the order in which the memory sees them. What a run draws comes
 * from its decider.
 */
import { LineOp, type FaultOverlay, type LineRequest } from '@daxsim/pmem';
import { Point, type Decider, type Digest } from '@daxsim/sim';
import { RequestClassifier, isOf } from '../inject/request-log.js';
import type { FaultOrder } from './parse-faults.js';
import type { OperationPlace } from './running-operations.js';

/** Where a request is made; asked only if a fault wants to know. */
export interface RequestPlaces {
  recipeOf(source: number): string;
  stepOf(source: number): string;
  /** Lines of bytes [from, to) of a file, or none if it has no blocks there. */
  linesOf(path: string, from: number, to: number): readonly number[];
  /** What whoever makes the request is doing; null: nothing that the trace asked for. */
  operationOf(source: number): OperationPlace | null;
}

/** How far a fault came that has not struck: the first of its conditions that was never met. */
export const Awaited = {
  Time: 0,
  Kind: 1,
  Address: 2,
  Place: 3,
  Chance: 4,
  File: 5,
  Nothing: 6,
} as const;
export type Awaited = (typeof Awaited)[keyof typeof Awaited];

/** What came of one fault. */
export interface StruckFault {
  readonly order: FaultOrder;
  /** When it struck, ticks; −1: it did not. */
  at: number;
  /** Number of the request that it struck. */
  request: number;
  lines: readonly number[];
  liftedAt: number;
  /** The operation in which it struck. */
  during: OperationPlace | null;
  awaited: Awaited;
}

export class ArmedFaults {
  readonly faults: readonly StruckFault[];
  /** Operations that have begun. */
  begun = 0;
  private readonly counts: number[];
  private readonly classifier: RequestClassifier;
  private askedAt = -1;

  constructor(
    orders: readonly FaultOrder[],
    private readonly overlay: FaultOverlay,
    domain: 'adr' | 'eadr',
    private readonly places: RequestPlaces,
    private readonly decider: Decider,
    private readonly digest: Digest,
  ) {
    const none = { at: -1, request: -1, lines: [], liftedAt: -1, during: null };
    this.faults = orders.map((order) => ({ ...none, order, awaited: Awaited.Time }));
    this.counts = orders.map(() => 0);
    this.classifier = new RequestClassifier(domain);
    overlay.watch = (request, number) => {
      this.meet(request, number);
    };
  }

  private meet(request: LineRequest, number: number): void {
    const bits = this.classifier.classify(request);
    this.faults.forEach((fault, i) => {
      if (fault.at < 0) {
        const awaited = this.awaitedOf(fault.order, i, request, bits);
        if (awaited > fault.awaited) fault.awaited = awaited;
        if (awaited === Awaited.Nothing) this.strike(fault, request, number);
      } else if (fault.liftedAt < 0 && request.at >= fault.at + fault.order.liftedTicks) {
        this.lift(fault, request.at);
      }
    });
    this.askedAt = this.begun;
  }

  /** The first condition that the request does not meet. */
  private awaitedOf(order: FaultOrder, i: number, request: LineRequest, bits: number): Awaited {
    const { entry, time, operation, chance, lines } = order;
    if (request.at < time || this.begun < operation) return Awaited.Time;
    const { recipe, step, nth } = entry;
    const isAboutRequests = [entry.of, nth, chance ?? undefined, recipe, step].some(
      (condition) => condition !== undefined,
    );
    if (!isAboutRequests && !(order.isWhole && lines !== null)) {
      if (lines !== null) return Awaited.Nothing;
      // Whether the file is there can have changed only if an operation began.
      if (order.file !== null) {
        return this.begun === this.askedAt ? Awaited.File : Awaited.Nothing;
      }
    }
    const isFence = request.op === LineOp.Sfence || request.op === LineOp.Mfence;
    // A fence is of no line.
    if (isFence && !order.isWhole && order.file === null) return Awaited.Kind;
    if (!isOf(bits, entry.of ?? order.definition.strikes[0] ?? 'any')) return Awaited.Kind;
    if (lines !== null && (isFence || request.line < lines[0] || request.line >= lines[1])) {
      return Awaited.Address;
    }
    if (recipe !== undefined && this.places.recipeOf(request.source) !== recipe) {
      return Awaited.Place;
    }
    if (step !== undefined && this.places.stepOf(request.source) !== step) return Awaited.Place;
    this.counts[i]! += 1;
    if (nth !== undefined && this.counts[i]! < nth) return Awaited.Chance;
    const isHit = chance === null || this.decider.decide(Point.Fault, chance.whole) < chance.parts;
    return isHit ? Awaited.Nothing : Awaited.Chance;
  }

  private strike(fault: StruckFault, request: LineRequest, number: number): void {
    const { order } = fault;
    const struck = this.struckLines(order, request);
    fault.awaited = Awaited.File;
    if (struck.length === 0) return;
    fault.during = this.places.operationOf(request.source);
    fault.at = request.at;
    fault.request = number;
    fault.lines = struck;
    const setting = { units: 255, ticks: order.delayTicks, lines: 1, savedShare: 1 };
    for (const line of struck) {
      order.definition.strike(this.overlay, { ...request, line }, setting);
      this.digest.addWord(line);
    }
    if (order.definition.name === 'truncated-backing' && order.liftedTicks < Infinity) {
      const back = request.at + order.liftedTicks;
      for (const line of pagesOf(struck)) this.overlay.laid.promise(line, back, order.isRegrown);
    }
    this.digest.add(number);
    if (order.entry.known === 'yes') this.overlay.laid.scrub();
  }

  private struckLines({ lines, file }: FaultOrder, request: LineRequest): readonly number[] {
    if (file !== null) return this.places.linesOf(file.path, file.from, file.to);
    if (lines === null) return [request.line];
    return Array.from({ length: lines[1] - lines[0] }, (_, i) => lines[0] + i);
  }

  private lift(fault: StruckFault, at: number): void {
    const { laid } = this.overlay;
    const { order } = fault;
    fault.liftedAt = at;
    this.digest.add(at);
    switch (order.definition.name) {
      case 'truncated-backing':
        for (const line of pagesOf(fault.lines)) {
          if (order.isRegrown) laid.growBacking(line);
          else laid.giveBacking(line);
        }
        return;
      case 'dead-dimm':
        for (const line of fault.lines) laid.parts.mendChannelOf(line);
        return;
      case 'dead-link':
        laid.parts.mendLink();
        return;
      case 'thermal-throttling':
        laid.parts.unthrottle();
        return;
      case 'slow-line':
        for (const line of fault.lines) laid.liftSlow(line);
        return;
      default:
        for (const line of fault.lines) laid.liftPoison(line);
    }
  }
}

/** What a fault that did not strike was waiting for. */
export function awaitedText({ order, awaited }: StruckFault): string {
  const { entry, definition, file } = order;
  const wanted = entry.of ?? definition.strikes[0] ?? 'any';
  const kind = wanted === 'any' ? 'request' : wanted;
  switch (awaited) {
    case Awaited.Time:
      return entry.time === undefined
        ? 'the run ended before that operation began'
        : 'the run ended before its time';
    case Awaited.Kind:
      return `no ${kind} met it (of=… looks for others)`;
    case Awaited.Address:
      return `no ${kind} was of its address`;
    case Awaited.Place:
      return `no ${kind} was made in its recipe or step`;
    case Awaited.Chance:
      return entry.nth === undefined
        ? `its chance hit no ${kind}`
        : `fewer than ${entry.nth} times a ${kind} met it`;
    default:
      return `${file?.path ?? 'its file'} had no blocks there`;
  }
}

/** The first line of each page, once. */
function pagesOf(lines: readonly number[]): readonly number[] {
  return [...new Set(lines.map((line) => line - (line % 64)))];
}
