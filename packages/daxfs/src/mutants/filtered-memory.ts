/**
 * A memory some of whose requests are answered and not done, and which somebody listens to. For
 * mutations and for looking at what a program asks; nothing else stands behind one.
 */
import { IssueStatus, LineStatus } from '@daxsim/pmem';
import type { CrashChoice, LineRequest, Memory, PendingLine } from '@daxsim/pmem';

/** Told of each request before it is done; false: it is answered and not done. */
export type RequestFilter = (request: LineRequest) => boolean;

export class FilteredMemory implements Memory {
  lets: RequestFilter = everything;
  readonly capacityBytes: number;
  readonly lineBytes: Uint8Array;
  readonly lineWords: Int32Array;

  constructor(private readonly under: Memory) {
    this.capacityBytes = under.capacityBytes;
    this.lineBytes = under.lineBytes;
    this.lineWords = under.lineWords;
  }

  access(request: LineRequest): number {
    if (this.lets(request)) return this.under.access(request);
    request.status = LineStatus.Ok;
    request.durableAt = request.at;
    return IssueStatus.Done;
  }

  nextDecisionAt(): number {
    return this.under.nextDecisionAt();
  }

  decideUntil(until: number): void {
    this.under.decideUntil(until);
  }

  takeCompleted(): number {
    return this.under.takeCompleted();
  }

  peek32(address: number): number {
    return this.under.peek32(address);
  }

  peekBytes(address: number, target: Uint8Array, at: number, length: number): void {
    this.under.peekBytes(address, target, at, length);
  }

  peekWords(address: number, target: Int32Array, at: number, count: number): void {
    this.under.peekWords(address, target, at, count);
  }

  poke32(address: number, value: number): void {
    this.under.poke32(address, value);
  }

  pokeBytes(address: number, bytes: Uint8Array, at: number, length: number): void {
    this.under.pokeBytes(address, bytes, at, length);
  }

  poison(line: number): void {
    this.under.poison?.(line);
  }

  mediaHash(): number {
    return this.under.mediaHash();
  }

  pendingLines(): readonly PendingLine[] {
    return this.under.pendingLines();
  }

  crashImage(choice: CrashChoice): Memory {
    return this.under.crashImage(choice);
  }
}

function everything(): boolean {
  return true;
}
