/** Reference: lines between a core and the controllers, and which stores were accepted. */
import type { MachineConfig } from '../../src/config.js';
import { type Buffer, finish, order } from './core-buffers.js';
import type { CoreTimes } from './core-times.js';
import { HomeModel } from './home-model.js';
import { type Kernel, Phase } from './kernel.js';
import type { Posted } from './posted.js';

interface LineState {
  stored: number;
  accepted: number;
}

export class TrafficModel {
  /** When evictions were accepted. */
  readonly evictions: number[] = [];
  readonly home: HomeModel;
  private readonly lines = new Map<number, LineState>();

  constructor(
    private readonly kernel: Kernel,
    private readonly config: MachineConfig,
    private readonly times: CoreTimes,
  ) {
    this.home = new HomeModel(kernel, config);
  }

  read(core: number, line: number, rank: number, back: () => void): void {
    const { kernel, config } = this;
    const told = (): void => {
      kernel.at(kernel.now + this.times.ns(config.cpu.fromControllerNs), Phase.Back, 0, back);
    };
    const at = kernel.now + this.times.ns(config.cpu.toControllerNs);
    const whole = { isWrite: false, pieces: 0, isOwned: false };
    this.home.send({ core, line, rank, ...whole, accepted: () => undefined, told }, at);
  }

  write(
    buffer: Buffer,
    { core, line, pieces, isOwned, stores, drain, ack }: Posted,
    rank: number,
    noted: (at: number) => void,
  ): void {
    const { kernel, config } = this;
    const accepted = (): void => {
      const state = this.lineState(line);
      state.accepted = Math.max(state.accepted, stores);
      noted(kernel.now);
    };
    const told = (): void => {
      const backAt = kernel.now + this.times.ns(config.cpu.fromControllerNs);
      kernel.at(backAt, Phase.Back, 0, () => order(buffer));
      kernel.at(backAt + ack, Phase.Back, 0, () => finish(buffer));
    };
    const at = kernel.now + drain + this.times.ns(config.cpu.toControllerNs);
    this.home.send({ core, line, rank, isWrite: true, pieces, isOwned, accepted, told }, at);
  }

  noteStore(line: number, isDurable: boolean): void {
    const state = this.lineState(line);
    state.stored += 1;
    if (isDurable) state.accepted = state.stored;
  }

  lineState(line: number): LineState {
    let state = this.lines.get(line);
    if (state === undefined) {
      state = { stored: 0, accepted: 0 };
      this.lines.set(line, state);
    }
    return state;
  }
}
