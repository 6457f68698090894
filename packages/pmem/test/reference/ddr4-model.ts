/**
 * Reference: DRAM commands as two processes. One opens rows, line after line; the other sends reads
 * and writes, line after line. Each waits for one thing after the other until nothing is in its
 * way.
 */
import type { MachineConfig } from '../../src/config.js';
import type { DeviceCounters, DeviceModel, DeviceRequest } from './device.js';
import { type Kernel, Phase, type Process, Signal } from './kernel.js';
import { scattered, ticksOf } from './moves-model.js';

type Config = Extract<MachineConfig['stages'][number], { kind: 'ddr4' }>;

interface Bank {
  readonly group: number;
  row: number;
  openedAt: number;
  mayCloseAt: number;
  /** Lines that have passed the row process and whose command is not out. */
  pending: number;
}

interface Ready {
  readonly request: DeviceRequest;
  readonly bank: Bank;
  readonly at: number;
}

const NEVER_YET = -1e12;

export class Ddr4Model implements DeviceModel {
  private readonly banks: Bank[];
  private readonly asked: DeviceRequest[] = [];
  private readonly ready: Ready[] = [];
  private readonly came = new Signal();
  private readonly becameReady = new Signal();
  private readonly commandOut = new Signal();
  private readonly openings: { readonly at: number; readonly group: number }[] = [];
  private last = { at: NEVER_YET, group: -1 };
  private writtenAt = NEVER_YET;

  constructor(
    private readonly kernel: Kernel,
    private readonly config: Config,
  ) {
    const count = config.bankGroups.value * config.banksPerGroup.value;
    this.banks = Array.from({ length: count }, (_, i) => ({
      group: i % config.bankGroups.value,
      row: -1,
      openedAt: NEVER_YET,
      mayCloseAt: 0,
      pending: 0,
    }));
    kernel.start(this.rows(), Phase.Stage, 0);
    kernel.start(this.columns(), Phase.Stage, 0);
  }

  submit(request: DeviceRequest): void {
    this.asked.push(request);
    this.came.fire();
  }

  counters(): DeviceCounters {
    return { mediaReads: 0, mediaWrites: 0, aitReadHits: 0, rmwReadHits: 0, rmwWriteHits: 0 };
  }

  private *rows(): Process {
    const { kernel, config } = this;
    for (;;) {
      while (this.asked.length === 0) yield this.came;
      const request = this.asked.shift() as DeviceRequest;
      const row = Math.floor(request.line / config.rowLines.value);
      const bank = this.banks[Number(scattered(row) >> 16n) % this.banks.length];
      while (bank.pending > 0) yield this.commandOut;
      yield* this.untilRefreshed();
      let at = kernel.now;
      if (this.openRowOf(bank) !== row) {
        yield* this.close(bank);
        yield* this.untilMayOpen(bank);
        bank.row = row;
        bank.openedAt = kernel.now;
        this.openings.push({ at: kernel.now, group: bank.group });
        at = kernel.now + ticksOf(config.rcdNs);
      }
      bank.pending += 1;
      this.ready.push({ request, bank, at });
      this.becameReady.fire();
    }
  }

  /** Closes the bank's row, or lets a refresh do it. */
  private *close(bank: Bank): Process {
    const { kernel, config } = this;
    if (this.openRowOf(bank) < 0) return;
    const refreshAt = this.nextRefresh();
    if (bank.mayCloseAt >= refreshAt) {
      yield refreshAt + ticksOf(config.rfcNs);
      return;
    }
    if (bank.mayCloseAt > kernel.now) yield bank.mayCloseAt;
    yield kernel.now + ticksOf(config.rpNs);
  }

  private *untilMayOpen(bank: Bank): Process {
    const { kernel, config, openings } = this;
    const waits = [bank.openedAt + ticksOf(config.rasNs) + ticksOf(config.rpNs)];
    const previous = openings.at(-1);
    if (previous !== undefined) {
      const isSame = previous.group === bank.group;
      waits.push(previous.at + ticksOf(isSame ? config.rrdLongNs : config.rrdShortNs));
    }
    const fourth = openings.at(-4);
    if (fourth !== undefined) waits.push(fourth.at + ticksOf(config.fawNs));
    for (const until of waits) if (until > kernel.now) yield until;
    yield* this.untilRefreshed();
  }

  private *columns(): Process {
    const { kernel, config } = this;
    for (;;) {
      while (this.ready.length === 0) yield this.becameReady;
      const { request, bank, at } = this.ready.shift() as Ready;
      if (at > kernel.now) yield at;
      const isSame = this.last.group === bank.group;
      const apart = this.last.at + ticksOf(isSame ? config.ccdLongNs : config.ccdShortNs);
      if (apart > kernel.now) yield apart;
      const turned = this.writtenAt + ticksOf(config.wtrNs);
      if (!request.isWrite && turned > kernel.now) yield turned;
      this.command(request, bank);
    }
  }

  private command(request: DeviceRequest, bank: Bank): void {
    const { kernel, config } = this;
    const { now } = kernel;
    this.last = { at: now, group: bank.group };
    const toData = ticksOf(request.isWrite ? config.cwlNs : config.clNs);
    const dataEnd = now + toData + ticksOf(config.burstNs);
    const after = request.isWrite ? dataEnd + ticksOf(config.wrNs) : now + ticksOf(config.rtpNs);
    bank.mayCloseAt = Math.max(bank.openedAt + ticksOf(config.rasNs), after);
    if (request.isWrite) this.writtenAt = dataEnd;
    bank.pending -= 1;
    request.admitted();
    kernel.at(dataEnd, Phase.Stage, 0, request.answered);
    this.commandOut.fire();
  }

  /** The bank's open row, −1 if a refresh closed it or none was opened. */
  private openRowOf(bank: Bank): number {
    const refreshed = this.nextRefresh() - ticksOf(this.config.refiNs);
    return ticksOf(this.config.refiNs) > 0 && bank.openedAt < refreshed ? -1 : bank.row;
  }

  /** When the next refresh begins; Infinity without any. */
  private nextRefresh(): number {
    const every = ticksOf(this.config.refiNs);
    return every === 0 ? Infinity : (Math.floor(this.kernel.now / every) + 1) * every;
  }

  private *untilRefreshed(): Process {
    const { kernel } = this;
    const every = ticksOf(this.config.refiNs);
    if (every === 0 || kernel.now < every) return;
    const since = kernel.now % every;
    if (since < ticksOf(this.config.rfcNs)) yield kernel.now - since + ticksOf(this.config.rfcNs);
  }
}
