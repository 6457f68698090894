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

/** Where a request is made; asked only if a fault wants to know. */
export interface RequestPlaces {
  recipeOf(source: number): string;
  stepOf(source: number): string;
  /** Lines of bytes [from, to) of a file, or none if it has no blocks there. */
  linesOf(path: string, from: number, to: number): readonly number[];
}

/** What came of one fault. */
export interface StruckFault {
  readonly order: FaultOrder;
  /** When it struck, ticks; −1: it did not. */
  at: number;
  /** Number of the request that it struck. */
  request: number;
  lines: readonly number[];
  liftedAt: number;
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
    this.faults = orders.map((order) => ({ order, at: -1, request: -1, lines: [], liftedAt: -1 }));
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
        if (this.holds(fault.order, i, request, bits)) this.strike(fault, request, number);
      } else if (fault.liftedAt < 0 && request.at >= fault.at + fault.order.liftedTicks) {
        this.lift(fault, request.at);
      }
    });
    this.askedAt = this.begun;
  }

  private holds(order: FaultOrder, i: number, request: LineRequest, bits: number): boolean {
    const { entry, time, operation, chance, lines } = order;
    if (request.at < time || this.begun < operation) return false;
    const { recipe, step, nth } = entry;
    const isAboutRequests = [entry.of, nth, chance ?? undefined, recipe, step].some(
      (condition) => condition !== undefined,
    );
    if (!isAboutRequests) {
      if (lines !== null) return true;
      // Whether the file is there can have changed only if an operation began.
      if (order.file !== null) return this.begun !== this.askedAt;
    }
    if (!isOf(bits, entry.of ?? order.definition.strikes[0] ?? 'any')) return false;
    const isFence = request.op === LineOp.Sfence || request.op === LineOp.Mfence;
    if (lines !== null && (isFence || request.line < lines[0] || request.line >= lines[1])) {
      return false;
    }
    if (recipe !== undefined && this.places.recipeOf(request.source) !== recipe) return false;
    if (step !== undefined && this.places.stepOf(request.source) !== step) return false;
    this.counts[i]! += 1;
    if (nth !== undefined && this.counts[i]! < nth) return false;
    return chance === null || this.decider.decide(Point.Fault, chance.whole) < chance.parts;
  }

  private strike(fault: StruckFault, request: LineRequest, number: number): void {
    const { order } = fault;
    const struck = this.struckLines(order, request);
    if (struck.length === 0) return;
    fault.at = request.at;
    fault.request = number;
    fault.lines = struck;
    const setting = { units: 255, ticks: order.delayTicks, lines: 1, savedShare: 1 };
    for (const line of struck) {
      order.definition.strike(this.overlay, { ...request, line }, setting);
      this.digest.addWord(line);
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
      case 'dead-link':
      case 'thermal-throttling':
        laid.parts.mend();
        return;
      default:
        for (const line of fault.lines) laid.lift(line);
    }
  }
}

/** The first line of each page, once. */
function pagesOf(lines: readonly number[]): readonly number[] {
  return [...new Set(lines.map((line) => line - (line % 64)))];
}
