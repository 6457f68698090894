/**
 * Lock order as it was really taken: while a run goes on, every lock taken under another one is an
 * edge *held → wanted* between their classes. A cycle of edges is a deadlock waiting for its
 * timing, even if this run never met it.
 *
 *      unlink:  inode ─▶ journal            A and B each alone never wait for each other;
 *      force:   journal ─▶ inode            together they can: cycle inode → journal → inode
 *
 * Two instances of one class are in order if the higher key is taken under the lower; the other way
 * round is an edge from the class to itself.
 *
 * Gates. If some lock instance is held exclusively at every edge of a cycle, its sides never run at
 * the same time and the cycle is none. A class counts as gate only if all its witnesses held the
 * same instance of it: two inodes' locks exclude nothing.
 */
import { assert } from './errors.js';
import { LockMode } from './locks/lock-table.js';

/** A lock that a task holds or wants. */
export interface LockRef {
  readonly cls: number;
  readonly key: number;
  readonly mode: number;
}

/** Who showed an edge first. */
export interface OrderWitness {
  readonly task: number;
  /** Name of the recipe or program. */
  readonly program: string;
  readonly held: LockRef;
  readonly wanted: LockRef;
}

export interface OrderEdge {
  readonly from: number;
  readonly to: number;
  readonly witness: OrderWitness;
  /** How often it was seen. */
  readonly count: number;
  /** Instances held exclusively each time, by class. */
  readonly gates: ReadonlyMap<number, number>;
}

interface MutableEdge extends OrderEdge {
  count: number;
  readonly gates: Map<number, number>;
}

export class LockOrder {
  private readonly edges = new Map<number, MutableEdge>();

  /** `names` are those of the lock classes, by number; 65536 classes at most. */
  constructor(private readonly names: readonly string[]) {}

  /** Notes that `task`, in `program`, wants a lock while it holds `held`. */
  note(task: number, program: string, held: readonly LockRef[], wanted: LockRef): void {
    for (const one of held) {
      if (one.cls === wanted.cls && wanted.key >= one.key) continue;
      const edge = this.edgeOf(one, wanted, { task, program, held: one, wanted }, held);
      edge.count += 1;
      narrow(edge.gates, held);
    }
  }

  /** Every edge, by class held and then class wanted. */
  all(): OrderEdge[] {
    return [...this.edges.values()].sort((a, b) => a.from - b.from || a.to - b.to);
  }

  /**
   * The shortest cycle, as its edges, starting with the least class; null when there is none. With
   * `gated` also cycles whose sides exclude each other count.
   */
  cycle(gated = false): OrderEdge[] | null {
    const edges = this.all();
    for (let length = 1; length <= this.names.length; length += 1) {
      for (const edge of edges) {
        const gates = gated ? new Map<number, number>() : edge.gates;
        const found = closePath(edges, [edge], gates, length);
        if (found !== null) return found;
      }
    }
    return null;
  }

  /** The cycle in words, one line per edge with who showed it. */
  report(cycle: readonly OrderEdge[]): string {
    assert(cycle.length > 0, 'LockOrder: an empty cycle');
    const classes = [...cycle.map(({ from }) => from), cycle[0].from];
    const lines = cycle.map(({ witness, count }) => {
      const times = count === 1 ? 'once' : `${count} times, first`;
      const [held, wanted] = [this.text(witness.held), this.text(witness.wanted)];
      return `  ${witness.program} (task ${witness.task}) takes ${wanted} under ${held}, ${times}`;
    });
    return [classes.map((cls) => this.names[cls]).join(' -> '), ...lines].join('\n');
  }

  private text({ cls, key, mode }: LockRef): string {
    return `${this.names[cls]}[${key}] ${mode === LockMode.Exclusive ? 'exclusive' : 'shared'}`;
  }

  private edgeOf(
    from: LockRef,
    to: LockRef,
    witness: OrderWitness,
    held: readonly LockRef[],
  ): MutableEdge {
    const name = from.cls * 65536 + to.cls;
    const known = this.edges.get(name);
    if (known !== undefined) return known;
    const gates = new Map<number, number>();
    for (const { cls, key, mode } of held) {
      // The two locks of the edge themselves guard nothing: they are what is waited for.
      if (mode === LockMode.Exclusive && cls !== from.cls && cls !== to.cls) gates.set(cls, key);
    }
    const edge = { from: from.cls, to: to.cls, witness, count: 0, gates };
    this.edges.set(name, edge);
    return edge;
  }
}

/** Keeps only the gates that this witness held too. */
function narrow(gates: Map<number, number>, held: readonly LockRef[]): void {
  for (const [cls, key] of gates) {
    const same = held.some(
      (one) => one.cls === cls && one.key === key && one.mode === LockMode.Exclusive,
    );
    if (!same) gates.delete(cls);
  }
}

/**
 * Extends `path` to a cycle of exactly `length` edges through distinct classes, or answers
 * null.
 */
function closePath(
  edges: readonly OrderEdge[],
  path: readonly OrderEdge[],
  gates: ReadonlyMap<number, number>,
  length: number,
): OrderEdge[] | null {
  const first = path[0];
  const last = path[path.length - 1];
  if (path.length === length) return last.to === first.from && gates.size === 0 ? [...path] : null;
  for (const edge of edges) {
    // Starting with the least class, each cycle is looked at once.
    if (edge.from !== last.to || edge.to < first.from || edge.from <= first.from) continue;
    if (path.some(({ from }) => from === edge.from)) continue;
    const shared = new Map([...gates].filter(([cls, key]) => edge.gates.get(cls) === key));
    const found = closePath(edges, [...path, edge], shared, length);
    if (found !== null) return found;
  }
  return null;
}
