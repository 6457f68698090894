/**
 * What x86 allows power loss to leave, by rule and not by machine (after Px86, Raad et al.,
 * POPL'20; ntstores after Raad, Maranget, Vafeiadis, POPL'22). Shares nothing with the package.
 *
 *   order    one total order of effects that contains the table below for each core
 *   value    a load reads the last write of its word that is before it in the order, or before it
 *            in its own program; a locked operation reads and writes at one place of the order
 *   cut      power fails behind some place of the order
 *   lines    of each line a prefix of its writes in the order is durable, at least
 *              adr   those before a clflush of the line; those before a clflushopt, clwb or up to
 *                    an ntstore that a sfence, mfence or locked operation of the same core follows
 *              eadr  these, and all up to the last write that went through the caches
 *
 * A movdir64b is an ntstore of all words of a line that is one write (Intel SDM vol. 2, MOVDIR64B).
 *
 * Left out: memory types other than write-back, unaligned words, lfence (it orders nothing here).
 * With eADR an ntstore may be seen by another core before it is safe; the rules of the fixture do
 * not allow that. It makes a difference only to a core that reads another's unfenced ntstore.
 */
import {
  holds,
  overlap,
  wordsOf,
  type Instruction,
  type Op,
  type Outcomes,
  type Program,
} from './program.js';

const KIND = {
  load: 0,
  store: 1,
  ntstore: 2,
  movdir64b: 2,
  clflush: 3,
  clflushopt: 4,
  clwb: 4,
  sfence: 5,
  mfence: 6,
  xchg: 7,
  cas: 7,
} as const satisfies Record<Op, number>;

/**
 * Row: earlier in the program; column: later, both as in KIND. Y: takes effect earlier; l: if of
 * one line; w: if of one word; n: may change places. Intel SDM vol. 3, 8.2.2; POPL'20, figure 3.
 */
const ORDER = [
  'YYYYYYYY', // load
  'nYwYlYYY', // store
  'nwwllYYY', // ntstore
  'nYYYlYYY', // clflush
  'nnnlnYYY', // clflushopt, clwb
  'nYYYYYYY', // sfence
  'YYYYYYYY', // mfence
  'YYYYYYYY', // locked
];

/** One effect in the order. */
interface Effect {
  readonly core: number;
  readonly at: Instruction;
  readonly writes: boolean;
}

function mustPrecede(a: Instruction, b: Instruction, lineOf: readonly number[]): boolean {
  if (a.step === b.step) return false;
  const rule = ORDER[KIND[a.op]][KIND[b.op]];
  if (rule === 'l') return lineOf[a.word] === lineOf[b.word];
  return rule === 'Y' || (rule === 'w' && overlap(a, b, lineOf));
}

function isSync({ op }: Instruction): boolean {
  return KIND[op] >= KIND.sfence;
}

function writesOfLine(order: readonly Effect[], line: number, program: Program): Effect[] {
  return order.filter((effect) => effect.writes && program.lineOf[effect.at.word] === line);
}

/** How many of the line's writes are durable at least, if power fails behind `order`. */
function durableAtLeast(
  order: readonly Effect[],
  line: number,
  program: Program,
  eadr: boolean,
): number {
  let least = 0;
  order.forEach((effect, place) => {
    const { op, word } = effect.at;
    if (word < 0 || program.lineOf[word] !== line || op === 'load') return;
    const isFenced = order
      .slice(place + 1)
      .some((later) => later.core === effect.core && isSync(later.at));
    const isLocked = KIND[op] === KIND.xchg;
    const isCertain =
      op === 'clflush' || (isLocked || op === 'store' ? eadr && effect.writes : isFenced);
    if (isCertain) {
      least = Math.max(least, writesOfLine(order.slice(0, place + 1), line, program).length);
    }
  });
  return least;
}

/** All durable states if power fails behind `order`. */
function addStates(order: readonly Effect[], program: Program, eadr: boolean, all: boolean) {
  let states = [program.lineOf.map(() => 0)];
  for (const line of new Set(program.lineOf)) {
    const writes = writesOfLine(order, line, program);
    const least = all ? writes.length : durableAtLeast(order, line, program, eadr);
    states = states.flatMap((state) => {
      const next: number[][] = [];
      for (let count = least; count <= writes.length; count += 1) {
        const words = state.slice();
        for (const { at } of writes.slice(0, count)) {
          for (const word of wordsOf(at, program.lineOf)) words[word] = at.value;
        }
        next.push(words);
      }
      return next;
    });
  }
  return states.map((state) => state.join());
}

/** What a read at this place finds: own writes still to come in the order hide the memory. */
function valueFound(
  read: Instruction,
  order: readonly Effect[],
  unplaced: readonly Instruction[],
  lineOf: readonly number[],
): number {
  const own = unplaced.filter(
    (at) =>
      (at.op === 'store' || KIND[at.op] === KIND.ntstore) &&
      at.step < read.step &&
      overlap(at, read, lineOf),
  );
  if (own.length > 0) return own[own.length - 1].value;
  const placed = order.filter((effect) => effect.writes && overlap(effect.at, read, lineOf));
  return placed.length > 0 ? placed[placed.length - 1].at.value : 0;
}

export function allowedOutcomes(program: Program, domain: 'adr' | 'eadr'): Outcomes {
  const eadr = domain === 'eadr';
  const anyTime = new Set<string>();
  const afterDrain = new Set<string>();
  const extend = (
    order: readonly Effect[],
    left: readonly (readonly Instruction[])[],
    registers: readonly number[],
  ): void => {
    for (const state of addStates(order, program, eadr, false)) anyTime.add(state);
    let isComplete = true;
    left.forEach((instructions, core) => {
      // A load precedes all behind it, so conditions are known for all that no load holds back.
      const load = instructions.findIndex((at) => at.register >= 0 && holds(at, registers));
      const present = instructions.filter((_at, i) => load < 0 || i <= load);
      const unplaced = present.filter((at) => holds(at, registers));
      for (const at of unplaced) {
        isComplete = false;
        const isHeld = unplaced.some((a) => a.step < at.step && mustPrecede(a, at, program.lineOf));
        if (isHeld) continue;
        const found = at.word >= 0 ? valueFound(at, order, unplaced, program.lineOf) : 0;
        const isWrite = at.op === 'store' || KIND[at.op] === KIND.ntstore || at.op === 'xchg';
        const writes = isWrite || (at.op === 'cas' && found === at.expected);
        const rest = left.map((list, i) => (i === core ? list.filter((a) => a !== at) : list));
        const filled = registers.slice();
        if (at.register >= 0) filled[at.register] = found;
        extend([...order, { core, at, writes }], rest, filled);
      }
    });
    if (!isComplete) return;
    for (const state of addStates(order, program, eadr, eadr)) afterDrain.add(state);
  };
  extend([], program.cores, []);
  return { anyTime, afterDrain };
}
