/** Reference: fill buffers that stay open for the rest of a line that is stored past the caches. */
import { LineOp } from '../../src/memory.js';
import type { ScriptedRequest } from '../traffic.js';
import type { Core, OpenBuffer } from './core-buffers.js';
import type { CoreTimes } from './core-times.js';
import type { Signal } from './kernel.js';
import { behind } from './posted.js';
import type { TrafficModel } from './traffic-model.js';

const PIECES = [0, 8, 16, 24, 32, 40, 48, 56];

export class CombiningModel {
  constructor(
    /** How many a core may have; 0: none. */
    private readonly most: number,
    private readonly traffic: TrafficModel,
    private readonly times: CoreTimes,
  ) {}

  /** An ntstore that is combined; false if it goes by itself. */
  *store(
    core: Core,
    { op, line, from, to }: ScriptedRequest,
    last: Pick<OpenBuffer, 'rank' | 'stores' | 'accepted'>,
  ): Generator<number | Signal, boolean> {
    if (this.most === 0 || op !== LineOp.NtStore) return false;
    const { stores } = core;
    while (stores !== null && stores.waiting.length > 0) yield stores.posted;
    let open = core.open.find(({ buffer }) => buffer.line === line);
    if (open === undefined) {
      if (to - from === 64) return false;
      if (core.open.length === this.most) this.close(core, core.open[0]);
      const buffer = yield* core.take('write', line);
      open = { buffer, written: new Array<boolean>(64).fill(false), ...last };
      core.open.push(open);
    }
    open.written.fill(true, from, to);
    Object.assign(open, last);
    if (open.written.every(Boolean)) this.close(core, open);
    return true;
  }

  /** What the request does not leave open is closed. */
  before(core: Core, { op, line }: ScriptedRequest): void {
    if (op === LineOp.NtStore) return;
    const isAll = op === LineOp.Sfence || op === LineOp.Mfence || op === LineOp.Atomic;
    for (const open of core.open.filter(({ buffer }) => isAll || buffer.line === line)) {
      this.close(core, open);
    }
  }

  private close(core: Core, open: OpenBuffer): void {
    core.open = core.open.filter((other) => other !== open);
    const { buffer, written, rank, stores, accepted } = open;
    const { line } = buffer;
    const touched = PIECES.filter((at) => written.slice(at, at + 8).some(Boolean)).length;
    const pieces = written.every(Boolean) ? 0 : touched;
    const sent = { core: core.id, line, pieces, isOwned: false, stores };
    const posted = { ...sent, ...this.times.ntTimes(true) };
    const send = (): void => this.traffic.write(buffer, posted, rank + 1, accepted);
    behind(core.stores?.holder(line)?.out, send);
  }
}
