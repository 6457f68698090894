/** The notice that joins function and time: a write was accepted, so what it carries is durable. */
import type { LineStore } from '../line-store.js';
import type { MemoryObserver } from '../memory.js';
import type { Requests } from './requests.js';

export class AcceptedNotice {
  constructor(
    private readonly requests: Requests,
    private readonly store: LineStore,
    private readonly observer: MemoryObserver | null,
  ) {}

  /** The write is durable from `requests.decidedAt` on. */
  give(record: number): void {
    const { requests, observer } = this;
    const line = requests.line[record];
    if (requests.token[record] > 0) {
      this.store.pending.acceptUpTo(line, requests.token, record, requests.slot[record]);
    }
    if (observer === null) return;
    observer.lineDone(
      requests.sourceOf[record],
      requests.sequence[record],
      requests.op[record],
      line,
      requests.departedAt[record],
      requests.decidedAt[record],
    );
  }
}
