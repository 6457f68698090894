/**
 * A lock of ranges without a lock of its own: a sorted list of the ranges that are held, after
 * Kogan, Dice and Issa, EuroSys 2020.
 *
 *     head ─▶ [0,4) ─▶ [8,12) ─▶ [20,24)      in: walk to the place, compare-and-swap its link
 *                                             out: mark the own node; who walks by unlinks it
 *     readers: walk on behind the own node, whoever is there and overlaps goes first
 *     writers: walk again from the head; if somebody overlaps, leave and start over
 *
 * What it costs is the lines of the nodes on the way, which their owners have just written. Two
 * that insert at the same link meet there. Who finds an overlap looks at that node until it is
 * marked: it spins, and keeps its CPU. Nobody is first: those who come late may be before.
 */
import { LockMode } from '../../locks/lock-kinds.js';
import type { LockPort, TimedLock } from '../timed-lock.js';

const Phase = { Insert: 1, Validate: 2 } as const;

interface Node {
  task: number;
  from: number;
  to: number;
  isShared: boolean;
  /** Tasks that look at this node until it is marked. */
  readonly watchers: number[];
}

export class ListRangeLock implements TimedLock {
  /** Sorted by first part; nodes that are marked are gone at once, as if unlinked by the next. */
  private readonly nodes: Node[] = [];
  conflicts = 0;
  /** Nobody waits but for who holds what it wants. */
  readonly falseConflicts = 0;
  restarts = 0;
  /** Nodes that were walked over. */
  walked = 0;

  constructor(
    private readonly port: LockPort,
    readonly id: number,
    readonly cls: number,
    private readonly head: number,
    /** Line of each task's node. */
    private readonly nodeLines: readonly number[],
    /** `skip-validation`: writers do not walk again, for tests. */
    private readonly defect?: 'skip-validation',
  ) {}

  acquire(task: number, mode: number): void {
    this.port.waitMode[task] = mode;
    this.walkToPlace(task);
  }

  release(task: number): void {
    const { port } = this;
    const line = this.nodeLines[task];
    port.clock[task] = port.lines.rmw(line, port.cpuOf[task], port.clock[task]);
    const at = this.nodes.findIndex((node) => node.task === task);
    const [gone] = this.nodes.splice(at, 1);
    this.tellWatchers(gone, port.clock[task]);
  }

  private tellWatchers(gone: Node, at: number): void {
    const { port } = this;
    for (const watcher of gone.watchers) {
      const seen = port.lines.load(this.nodeLines[gone.task], port.cpuOf[watcher], at);
      port.then(watcher, this.id, Phase.Insert);
      port.goOn(watcher, Math.max(seen, port.clock[watcher]));
    }
  }

  phase(task: number, phase: number): void {
    if (phase === Phase.Insert) this.walkToPlace(task);
    else this.validateNode(task);
  }

  /** Walks over the nodes before the place, then swaps the link there. */
  private walkToPlace(task: number): void {
    const { port } = this;
    const { lines } = port;
    const cpu = port.cpuOf[task];
    const from = port.partFrom[task];
    const to = port.partTo[task];
    const isShared = port.waitMode[task] === LockMode.Shared;
    let at = port.clock[task];
    let link = this.head;
    let place = 0;
    for (; place < this.nodes.length; place += 1) {
      const node = this.nodes[place];
      if (node.from >= to || (isShared && node.isShared && node.from >= from)) break;
      at = lines.load(this.nodeLines[node.task], cpu, at);
      this.walked += 1;
      if (node.to > from && !(isShared && node.isShared)) {
        this.watch(task, node, at);
        return;
      }
      link = this.nodeLines[node.task];
    }
    port.clock[task] = lines.rmw(link, cpu, at);
    this.nodes.splice(place, 0, { task, from, to, isShared, watchers: [] });
    port.then(task, this.id, Phase.Validate);
  }

  /** Looks whether somebody came to overlap while the own node went in. */
  private validateNode(task: number): void {
    const { port } = this;
    const own = this.nodes.find((node) => node.task === task);
    if (own === undefined || this.defect === 'skip-validation') return;
    const rival = this.nodes.find(
      (node) =>
        node !== own &&
        node.to > own.from &&
        node.from < own.to &&
        !(node.isShared && own.isShared),
    );
    if (rival === undefined) return;
    this.restarts += 1;
    this.nodes.splice(this.nodes.indexOf(own), 1);
    this.tellWatchers(own, port.clock[task]);
    this.watch(task, rival, port.clock[task]);
  }

  private watch(task: number, node: Node, at: number): void {
    const { port } = this;
    this.conflicts += 1;
    port.clock[task] = at;
    port.contended(task);
    node.watchers.push(task);
    port.block(task);
  }
}
