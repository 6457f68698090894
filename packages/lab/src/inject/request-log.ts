/**
 * What a workload asks of the memory when nothing is wrong: every request with its kind, its line
 * and where in the file system it was made. Points of injection are chosen from it.
 *
 * A run with a fault is the same as this one up to the request that is struck, because nothing is
 * left to chance; so the number of a request names it.
 */
import { LineOp } from '@daxsim/pmem';
import type { LineRequest, PersistenceDomain, RequestClass } from '@daxsim/pmem';

const BIT: Readonly<Record<RequestClass, number>> = {
  any: 0,
  load: 1,
  store: 2,
  flush: 4,
  fence: 8,
  persist: 16,
};

/** Tells kinds of requests; asked of each once, in order. */
export class RequestClassifier {
  private isOnItsWay = false;

  constructor(private readonly domain: PersistenceDomain) {}

  /** `isOnItsWay`: whether something was flushed since the last fence. */
  restart(isOnItsWay = false): void {
    this.isOnItsWay = isOnItsWay;
  }

  get hasFlushed(): boolean {
    return this.isOnItsWay;
  }

  /** Bits of the classes that a request belongs to. */
  classify({ op }: LineRequest): number {
    switch (op) {
      case LineOp.Load:
      case LineOp.StreamLoad:
        return BIT.load;
      case LineOp.Store:
        return this.domain === 'eadr' ? BIT.store | BIT.persist : BIT.store;
      case LineOp.NtStore:
      case LineOp.DirectStore:
        this.isOnItsWay = true;
        return BIT.store;
      case LineOp.Clwb:
      case LineOp.ClFlushOpt:
        this.isOnItsWay = true;
        return BIT.flush;
      default: {
        const makesDurable = this.isOnItsWay;
        this.isOnItsWay = false;
        return makesDurable ? BIT.fence | BIT.persist : BIT.fence;
      }
    }
  }
}

/** Whether bits of a request say that it is of a class. */
export function isOf(bits: number, wanted: RequestClass): boolean {
  return wanted === 'any' || (bits & BIT[wanted]) !== 0;
}

/** Where in the file system a request is made. */
export interface RequestPlace {
  /** Index of the call in the workload. */
  readonly call: number;
  readonly recipe: string;
  readonly step: string;
}

/** The requests of one workload. */
export class RequestLog {
  private readonly bits: number[] = [];
  private readonly lines: number[] = [];
  private readonly places: number[] = [];
  private readonly known: RequestPlace[] = [];

  /** `calls` names the kinds of the workload's calls. */
  constructor(private readonly calls: readonly string[]) {}

  get length(): number {
    return this.bits.length;
  }

  add(bits: number, line: number, call: number, recipe: string, step: string): void {
    const last = this.known.at(-1);
    if (last?.call !== call || last.recipe !== recipe || last.step !== step) {
      this.known.push({ call, recipe, step });
    }
    this.bits.push(bits);
    this.lines.push(line);
    this.places.push(this.known.length - 1);
  }

  isOf(request: number, wanted: RequestClass): boolean {
    return isOf(this.bits[request] ?? 0, wanted);
  }

  line(request: number): number {
    return this.lines[request] ?? 0;
  }

  place(request: number): RequestPlace {
    return this.known[this.places[request] ?? 0] ?? { call: 0, recipe: '', step: '' };
  }

  /** Kind of a call of the workload. */
  callName(call: number): string {
    return this.calls[call] ?? '';
  }

  /** Persist events behind a request. */
  persistsAfter(request: number): number {
    let count = 0;
    for (let i = request + 1; i < this.bits.length; i += 1) {
      if (((this.bits[i] ?? 0) & BIT.persist) !== 0) count += 1;
    }
    return count;
  }
}
