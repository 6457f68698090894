/**
 * Cache lines that several CPUs change: who has each one, and what it costs to get it.
 *
 *      want ─▶ [ others first ] ─▶ transfer from the owner ─▶ mine        one transfer at a time
 *
 * A line is a queue in order of arrival: a request begins when the one before it has the line, and
 * takes the distance to whoever has it. A load leaves copies behind, which the next store must take
 * away; a load keeps the line from others for a part of its transfer only. Requests arrive in order
 * of time, because whoever asks is always the task whose clock is least, so the queue is one number
 * per line: when it is free.
 *
 * Whom a home agent serves next is not forced, and on several sockets it matters: from a neighbour
 * the line comes sooner. So a request that had to wait gets it from any of the last sixteen that
 * had it, drawn. Were it always the one before, tasks would go round in one order for ever, and
 * their rate hang on how that order happened to lie on the sockets.
 *
 * Left out: capacity (a line that nobody else wants stays), false sharing but by naming the same
 * line twice; and that who is drawn first is also done first: requests end in order of arrival.
 */
import { socketOf } from './costs.js';
import type { ContentionCosts, Topology } from './costs.js';

const CPU_WORDS = 4;
/** CPUs that a directory can name. */
export const CPUS_MOST = CPU_WORDS * 32;
/** Those that had a line last and may be who a request that waited gets it from. */
const LAST = 16;

/** Answers a number below `count` where nothing forces one. */
export type Draw = (count: number) => number;

export class Coherence {
  /** Requests of each line that had to be brought, from the same and from another socket. */
  near = new Float64Array(64);
  far = new Float64Array(64);
  /** Requests in all. */
  uses = new Float64Array(64);
  /** Time for which the line was on its way to somebody. */
  busyTicks = new Float64Array(64);
  /** Time that requests waited for others to have it first. */
  queuedTicks = new Float64Array(64);
  readonly names: string[] = [];
  /** A line that costs nothing, to see what it is worth; −1: none. */
  freeLine = -1;
  private owner = new Int32Array(64).fill(-1);
  private freeAt = new Float64Array(64);
  private sharers = new Int32Array(64 * CPU_WORDS);
  private readonly socket: Int32Array;
  private readonly hasFar: boolean;
  /** Sockets of the last that had each line, and how many ever had it. */
  private lastSockets = new Int8Array(64 * LAST);
  private had = new Float64Array(64);

  constructor(
    private readonly costs: ContentionCosts,
    topology: Topology,
    private readonly draw: Draw,
  ) {
    this.hasFar = topology.sockets > 1;
    this.socket = Int32Array.from({ length: topology.cpus }, (_, cpu) => socketOf(topology, cpu));
  }

  /** A new line that nobody has. */
  add(name: string): number {
    const line = this.names.length;
    this.names.push(name);
    if (line === this.owner.length) this.grow();
    this.owner[line] = -1;
    return line;
  }

  /** Forgets what was counted, not who has what. */
  clearCounts(): void {
    for (const counts of [this.near, this.far, this.uses, this.busyTicks, this.queuedTicks]) {
      counts.fill(0);
    }
  }

  /** Time at which `cpu`, asking at `at`, has done a locked read-modify-write. */
  rmw(line: number, cpu: number, at: number): number {
    return this.take(line, cpu, at, this.costs.atomicTicks);
  }

  /** The same for a plain store. */
  store(line: number, cpu: number, at: number): number {
    return this.take(line, cpu, at, this.costs.hitTicks);
  }

  /** The same for a load. */
  load(line: number, cpu: number, at: number): number {
    this.uses[line] += 1;
    const word = line * CPU_WORDS + (cpu >> 5);
    const bit = 1 << (cpu & 31);
    const owner = this.owner[line];
    if (owner === cpu || (this.sharers[word] & bit) !== 0 || line === this.freeLine) {
      return at + this.costs.hitTicks;
    }
    if (owner < 0 && !this.isShared(line)) {
      this.sharers[word] |= bit;
      return at + this.costs.hitTicks;
    }
    const start = this.begin(line, at);
    const ticks = this.transfer(line, cpu, owner, start > at);
    this.freeAt[line] = start + ticks * this.costs.loadOccupancy;
    this.busyTicks[line] += ticks * this.costs.loadOccupancy;
    if (owner >= 0) {
      this.sharers[line * CPU_WORDS + (owner >> 5)] |= 1 << (owner & 31);
      this.owner[line] = -1;
    }
    this.sharers[word] |= bit;
    return start + ticks;
  }

  /** What bringing a line from one CPU to another costs when nobody else wants it. */
  distance(from: number, to: number): number {
    if (from === to) return this.costs.hitTicks;
    const isNear = this.socket[from] === this.socket[to];
    return isNear ? this.costs.sameSocketTicks : this.costs.crossSocketTicks;
  }

  /** What it costs a CPU to wake who sleeps on another: the sleeper's lines are there. */
  wakeTicks(waker: number, sleeper: number): number {
    return this.costs.wakeIssueTicks + this.costs.wakeLines * this.distance(waker, sleeper);
  }

  /** What it costs to take a waiter off a list that is threaded through the sleepers' own lines. */
  dequeueTicks(waker: number, sleeper: number): number {
    return this.costs.waiterLines * this.distance(waker, sleeper);
  }

  private take(line: number, cpu: number, at: number, ticks: number): number {
    this.uses[line] += 1;
    const owner = this.owner[line];
    if (line === this.freeLine) return at + ticks;
    const isShared = this.isShared(line);
    if ((owner === cpu && !isShared) || (owner < 0 && !isShared)) {
      this.owner[line] = cpu;
      const start = Math.max(at, this.freeAt[line]);
      this.freeAt[line] = start;
      return start + ticks;
    }
    const start = this.begin(line, at);
    const brought = this.transfer(line, cpu, owner, start > at);
    this.freeAt[line] = start + brought + ticks;
    this.busyTicks[line] += brought + ticks;
    this.owner[line] = cpu;
    for (let i = 0; i < CPU_WORDS; i += 1) this.sharers[line * CPU_WORDS + i] = 0;
    return this.freeAt[line];
  }

  private begin(line: number, at: number): number {
    const start = Math.max(at, this.freeAt[line]);
    this.queuedTicks[line] += start - at;
    return start;
  }

  private transfer(line: number, cpu: number, owner: number, isQueued: boolean): number {
    const mine = this.socket[cpu];
    let isNear = owner >= 0 ? this.socket[owner] === mine : this.isNear(line, cpu);
    if (this.hasFar) {
      const had = this.had[line];
      if (isQueued && had > 0) {
        const last = this.draw(Math.min(had, LAST));
        isNear = this.lastSockets[line * LAST + last] === mine;
      }
      this.lastSockets[line * LAST + (had % LAST)] = mine;
      this.had[line] = had + 1;
    }
    if (isNear) {
      this.near[line] += 1;
      return this.costs.sameSocketTicks;
    }
    this.far[line] += 1;
    return isQueued ? this.costs.crossSocketQueuedTicks : this.costs.crossSocketTicks;
  }

  private isShared(line: number): boolean {
    const at = line * CPU_WORDS;
    const { sharers } = this;
    return (sharers[at] | sharers[at + 1] | sharers[at + 2] | sharers[at + 3]) !== 0;
  }

  /** Whether all copies of the line are on the socket of `cpu`. */
  private isNear(line: number, cpu: number): boolean {
    for (let word = 0; word < CPU_WORDS; word += 1) {
      let bits = this.sharers[line * CPU_WORDS + word];
      while (bits !== 0) {
        const other = word * 32 + 31 - Math.clz32(bits & -bits);
        if (this.socket[other] !== this.socket[cpu]) return false;
        bits &= bits - 1;
      }
    }
    return true;
  }

  private grow(): void {
    const length = this.owner.length * 2;
    const longer = (from: Float64Array): Float64Array<ArrayBuffer> => {
      const to = new Float64Array(length);
      to.set(from);
      return to;
    };
    this.near = longer(this.near);
    this.far = longer(this.far);
    this.uses = longer(this.uses);
    this.busyTicks = longer(this.busyTicks);
    this.queuedTicks = longer(this.queuedTicks);
    this.freeAt = longer(this.freeAt);
    const owner = new Int32Array(length).fill(-1);
    owner.set(this.owner);
    this.owner = owner;
    this.had = longer(this.had);
    const lastSockets = new Int8Array(length * LAST);
    lastSockets.set(this.lastSockets);
    this.lastSockets = lastSockets;
    const sharers = new Int32Array(length * CPU_WORDS);
    sharers.set(this.sharers);
    this.sharers = sharers;
  }
}
