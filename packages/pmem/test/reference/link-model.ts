/**
 * Reference: a link as two processes, one for each direction, and credits that come back.
 */
import type { MachineConfig } from '../../src/config.js';
import type { DeviceCounters, DeviceModel, DeviceRequest } from './device.js';
import { type Kernel, Phase, type Process, Signal } from './kernel.js';
import { ticksOf } from './moves-model.js';

type Config = Extract<MachineConfig['stages'][number], { kind: 'link' }>;

interface Completion {
  readonly request: DeviceRequest;
  isReady: boolean;
}

export class LinkModel implements DeviceModel {
  private readonly queue: DeviceRequest[] = [];
  private readonly completions: Completion[] = [];
  private readonly came = new Signal();
  private readonly ready = new Signal();
  private readonly credit = new Signal();
  /** Of each write and read so far, whether its credit is back. */
  private readonly postedBack: boolean[] = [];
  private readonly readBack: boolean[] = [];

  constructor(
    private readonly kernel: Kernel,
    private readonly config: Config,
    private readonly device: DeviceModel,
  ) {
    kernel.start(this.down(), Phase.Stage, 0);
    kernel.start(this.up(), Phase.Stage, 0);
  }

  submit(request: DeviceRequest): void {
    this.queue.push(request);
    this.came.fire();
  }

  counters(): DeviceCounters {
    return this.device.counters();
  }

  private *down(): Process {
    const { kernel, config } = this;
    for (;;) {
      while (this.queue.length === 0) yield this.came;
      const request = this.queue.shift() as DeviceRequest;
      const backs = request.isWrite ? this.postedBack : this.readBack;
      const place = backs.length;
      const most = request.isWrite ? config.postedCredits.value : config.readCredits.value;
      while (place >= most && !backs[place - most]) yield this.credit;
      backs.push(false);
      yield kernel.now + this.wire(this.packetsOf(request), this.dataOf(request));
      request.admitted();
      const arrives = kernel.now + ticksOf(config.flightNs);
      kernel.at(arrives, Phase.Stage, 0, () => this.deliver(request, place));
    }
  }

  private deliver(request: DeviceRequest, place: number): void {
    const { kernel, config } = this;
    const later = (act: () => void): void => {
      kernel.at(kernel.now + ticksOf(config.flightNs), Phase.Stage, 0, act);
    };
    const completion: Completion = { request, isReady: false };
    if (!request.isWrite) this.completions.push(completion);
    this.device.submit({
      ...request,
      admitted: () => {
        if (request.isWrite) later(() => this.giveBack(this.postedBack, place));
      },
      answered: () => {
        completion.isReady = true;
        this.ready.fire();
      },
    });
  }

  private *up(): Process {
    const { kernel, config } = this;
    for (let place = 0; ; place += 1) {
      while (!(this.completions.length > 0 && this.completions[0].isReady)) yield this.ready;
      const { request } = this.completions.shift() as Completion;
      yield kernel.now + this.wire(64 / config.payloadBytes.value, 64);
      const mine = place;
      kernel.at(kernel.now + ticksOf(config.flightNs), Phase.Stage, 0, () => {
        request.answered();
        this.giveBack(this.readBack, mine);
      });
    }
  }

  private giveBack(backs: boolean[], place: number): void {
    backs[place] = true;
    this.credit.fire();
  }

  private packetsOf({ isWrite, pieces }: DeviceRequest): number {
    if (!isWrite) return 1;
    if (pieces > 0) return Math.min(pieces, this.config.partialPieces.value);
    return 64 / this.config.payloadBytes.value;
  }

  private dataOf(request: DeviceRequest): number {
    if (!request.isWrite) return 0;
    return request.pieces > 0 ? this.packetsOf(request) * 8 : 64;
  }

  private wire(packets: number, data: number): number {
    const bytes = packets * this.config.overheadBytes.value + data;
    return Math.round(bytes * (1000 / this.config.bytesPerNs.value));
  }
}
