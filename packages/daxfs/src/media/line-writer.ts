/**
 * Stores lines, flushes and fences them one after the other, outside of any task: for recovery and
 * for volumes without recipes. Each line is a request, so that what recovery writes are persist
 * events too.
 */
import { IssueStatus, LineOp, createLineRequest } from '@daxsim/pmem';
import type { Memory } from '@daxsim/pmem';
import { assert } from '@daxsim/sim';

const LINE_BYTES = 64;
const UNITS = 8;

export class LineWriter {
  private readonly request;

  constructor(
    private readonly memory: Memory,
    source: number,
  ) {
    this.request = createLineRequest(source);
  }

  /** Stores the masked 8-byte units of a line; the words are those in `memory.lineWords`. */
  store(address: number, mask: number): void {
    this.request.line = address / LINE_BYTES;
    for (let unit = 0; unit < UNITS;) {
      if (((mask >>> unit) & 1) === 0) {
        unit += 1;
        continue;
      }
      let end = unit;
      while (end < UNITS && ((mask >>> end) & 1) !== 0) end += 1;
      this.request.fromByte = unit * 8;
      this.request.toByte = end * 8;
      this.issue(LineOp.Store);
      unit = end;
    }
    this.issue(LineOp.Clwb);
  }

  fence(): void {
    this.issue(LineOp.Sfence);
  }

  private issue(op: number): void {
    const request = this.request;
    request.op = op;
    request.sequence += 1;
    if (this.memory.access(request) === IssueStatus.Done) return;
    for (;;) {
      this.memory.decideUntil(this.memory.nextDecisionAt());
      const source = this.memory.takeCompleted();
      if (source === request.source) return;
      assert(source < 0, 'LineWriter: another source is at work');
    }
  }
}
