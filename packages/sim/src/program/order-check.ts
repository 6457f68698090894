/**
 * Static lock-order check of a program set. Every program is walked with the holds that are open at
 * each instruction; taking lock B while A is held is an edge A → B. A cycle of edges can deadlock
 * unless one lock is held on all of its edges and exclusively on one of them (a gate): then its
 * sides never run at the same time. Two instances of one class are no edge: they are taken in
 * ascending order.
 */
import { ConfigError } from '../errors.js';
import { INSTRUCTION_WORDS, Op } from './program.js';
import type { Program, ProgramSet } from './program.js';

interface Edge {
  readonly from: number;
  readonly to: number;
  /** Locks held exclusively at every place where the edge occurs. */
  gates: Set<number>;
  /** Locks held in either mode at every such place. */
  holds: Set<number>;
  /** Recipe in which it was first seen. */
  readonly witness: string;
}

/** A lock held at some point of a walk, or wanted there. */
type HeldLocks = ReadonlyMap<number, boolean>;

/** All edges of a set, for `explain` and for the check. */
export function lockOrderEdges<W>(set: ProgramSet<W>): Edge[] {
  const edges = new Map<number, Edge>();
  const seen = new Set<string>();
  for (const program of set.programs) walkProgram(set, program, new Map(), edges, seen, 0);
  return [...edges.values()];
}

/** Throws when a cycle without a gate exists. */
export function checkLockOrder<W>(set: ProgramSet<W>): void {
  const edges = lockOrderEdges(set);
  for (const first of edges) {
    const path = findPath(edges, first.to, first.from, first, [first]);
    if (path === null) continue;
    const lines = path.map((edge) => {
      const held = set.lockNames[edge.from];
      return `${edge.witness} takes ${set.lockNames[edge.to]} under ${held}`;
    });
    throw new ConfigError({
      where: `lock plan ${set.planName}`,
      found: `lock-order cycle: ${lines.join('; ')}`,
      allowed: 'one order for all recipes, or a lock held exclusively around all of these',
    });
  }
}

function findPath(
  edges: readonly Edge[],
  at: number,
  goal: number,
  /** What the edges so far hold, all of them, and at least one of them exclusively. */
  { holds, gates }: { readonly holds: ReadonlySet<number>; readonly gates: ReadonlySet<number> },
  path: readonly Edge[],
): readonly Edge[] | null {
  if (path.length > edges.length) return null;
  for (const edge of edges) {
    if (edge.from !== at || path.includes(edge)) continue;
    const common = new Set([...holds].filter((lock) => edge.holds.has(lock)));
    const once = new Set([...gates, ...edge.gates].filter((lock) => common.has(lock)));
    const longer = [...path, edge];
    if (edge.to === goal && once.size === 0) return longer;
    if (edge.to === goal) continue;
    const found = findPath(edges, edge.to, goal, { holds: common, gates: once }, longer);
    if (found !== null) return found;
  }
  return null;
}

/** Walks all paths of a program once per set of held locks. */
function walkProgram<W>(
  set: ProgramSet<W>,
  program: Program,
  entry: HeldLocks,
  edges: Map<number, Edge>,
  seen: Set<string>,
  depth: number,
): void {
  if (depth > 8) return;
  const work: { pc: number; held: HeldLocks }[] = [{ pc: 0, held: entry }];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const { pc, held } = item;
    const mark = `${program.index}:${pc}:${[...held].sort((a, b) => a[0] - b[0]).join(' ')}`;
    if (seen.has(mark)) continue;
    seen.add(mark);
    const at = pc * INSTRUCTION_WORDS;
    const op = program.code[at];
    const a = program.code[at + 1];
    let after = held;
    if (op === Op.Acquire || op === Op.Try) after = take(set, program, a, held, edges);
    if (op === Op.Release) after = without(held, set.holds[a].lock, entry);
    if (op === Op.Call) {
      walkProgram(set, set.programs[set.calls[a].program], held, edges, seen, depth + 1);
    }
    for (const next of successors(program, at, pc)) {
      const failed = op === Op.Try && next === program.tables[program.code[at + 2] + 1];
      work.push({ pc: next, held: failed ? held : after });
    }
  }
}

function successors(program: Program, at: number, pc: number): number[] {
  const op = program.code[at];
  if (op === Op.Return) return [];
  if (op === Op.Jump) return [program.code[at + 1]];
  if (op === Op.Wait) return [program.code[at + 2], program.code[at + 3]];
  const table = program.code[at + 2];
  if (hasOutcomes(op)) {
    const next: number[] = [];
    // A table ends where the next one begins; all its entries belong to this instruction.
    for (let i = table; i < tableEnd(program, table); i += 1) next.push(program.tables[i]);
    return next;
  }
  return [pc + 1];
}

function hasOutcomes(op: number): boolean {
  const plain = op === Op.Step || op === Op.Move || op === Op.Call;
  return plain || op === Op.Try || op === Op.Woke || op === Op.Validate;
}

function tableEnd(program: Program, table: number): number {
  let end = program.tables.length;
  for (let at = 0; at < program.code.length; at += INSTRUCTION_WORDS) {
    const op = program.code[at];
    const hasTable = hasOutcomes(op);
    const start = program.code[at + 2];
    if (hasTable && start > table && start < end) end = start;
  }
  return end;
}

function take<W>(
  set: ProgramSet<W>,
  program: Program,
  hold: number,
  held: HeldLocks,
  edges: Map<number, Edge>,
): HeldLocks {
  const wanted = set.holds[hold];
  const gates = new Set([...held].filter(([, exclusive]) => exclusive).map(([lock]) => lock));
  for (const [lock] of held) {
    if (lock === wanted.lock) continue;
    const key = lock * 65536 + wanted.lock;
    const known = edges.get(key);
    if (known === undefined) {
      const isOther = (one: number): boolean => one !== lock && one !== wanted.lock;
      const own = new Set([...gates].filter(isOther));
      const holds = new Set([...held.keys()].filter(isOther));
      edges.set(key, { from: lock, to: wanted.lock, gates: own, holds, witness: program.name });
    } else {
      known.gates = new Set([...known.gates].filter((gate) => gates.has(gate)));
      known.holds = new Set([...known.holds].filter((one) => held.has(one)));
    }
  }
  // A read section of a sequence count waits for writers and keeps nobody waiting.
  if (wanted.shared && set.locks[wanted.lock].kind === 'seqcount') return held;
  const after = new Map(held);
  after.set(wanted.lock, !wanted.shared || (held.get(wanted.lock) ?? false));
  return after;
}

function without(held: HeldLocks, lock: number, entry: HeldLocks): HeldLocks {
  if (entry.has(lock)) return held;
  const after = new Map(held);
  after.delete(lock);
  return after;
}
