/** Reference: where the memory is: channels of controller and device, here or on another socket. */
import type { MachineConfig } from '../../src/config.js';
import { ControllerModel } from './controller-model.js';
import { buildDevice } from './device-model.js';
import type { DeviceCounters, DeviceModel } from './device.js';
import type { Kernel } from './kernel.js';
import { SocketModel } from './socket-model.js';

/** What a core wants of the memory. */
export interface Asked {
  readonly core: number;
  readonly line: number;
  readonly rank: number;
  readonly isWrite: boolean;
  /** Of a write of a part of the line, in how many 8-byte pieces; else 0. */
  readonly pieces: number;
  /** A write of what a cache held; others ask before they send the line. */
  readonly isOwned: boolean;
  /** A write is in the write queue. */
  readonly accepted: () => void;
  /** The core's side has the line, or knows of the acceptance. */
  readonly told: () => void;
}

export class HomeModel {
  private readonly controllers: ControllerModel[] = [];
  private readonly built: DeviceModel[] = [];
  private readonly socket: SocketModel | null;

  constructor(
    kernel: Kernel,
    private readonly config: MachineConfig,
  ) {
    for (let channel = 0; channel < config.channels.value; channel += 1) {
      const device = buildDevice(kernel, config.stages, channel);
      this.built.push(device);
      this.controllers.push(new ControllerModel(kernel, config.controller, device));
    }
    const { otherSocket } = config;
    const isFar = otherSocket?.isUsed.value === true;
    this.socket = isFar ? new SocketModel(kernel, otherSocket, this.controllers) : null;
  }

  /** What is asked leaves its core, or reaches the controller if it is near, at `at`. */
  send({ core, line, rank, isWrite, pieces, isOwned, accepted, told }: Asked, at: number): void {
    const perChunk = this.config.interleaveBytes.value / 64;
    const channels = this.config.channels.value;
    const chunk = Math.floor(line / perChunk);
    const local = Math.floor(chunk / channels) * perChunk + (line % perChunk);
    const channel = chunk % channels;
    const transfer = { core, line: local, pieces, isOwned, decided: accepted };
    if (this.socket !== null) {
      const asks = isWrite && !isOwned;
      const isNear = core < (this.config.otherSocket?.coresHere?.value ?? 0);
      const errand = { isWrite, asks, isNear, line, channel, rank, transfer, told };
      this.socket.start(errand, at);
      return;
    }
    const decided = (): void => {
      accepted();
      told();
    };
    this.controllers[channel].send(isWrite, { ...transfer, decided }, at, rank);
  }

  /** Media traffic and hits of each channel. */
  counters(): DeviceCounters[] {
    return this.built.map((device) => device.counters());
  }
}
