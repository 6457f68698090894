/**
 * A litmus program: what a few cores do to a few words, and the outcomes two models give it.
 *
 * Words are aligned and of eight bytes, numbered from 0, all 0 at the start; `lineOf` says which
 * words share a line. A 16-byte store is two instructions of one `step`, which keep no order.
 * Conditions look at registers that earlier loads of the same core filled; an instruction whose
 * conditions do not hold is as if it were not there.
 */

export type Op =
  | 'load'
  | 'store'
  | 'ntstore'
  | 'movdir64b'
  | 'clflush'
  | 'clflushopt'
  | 'clwb'
  | 'sfence'
  | 'mfence'
  | 'xchg'
  | 'cas';

const WRITES: ReadonlySet<Op> = new Set(['store', 'ntstore', 'movdir64b', 'xchg', 'cas']);

export interface Condition {
  readonly register: number;
  readonly value: number;
  /** The register must hold `value`; else it must hold anything but that. */
  readonly isEqual: boolean;
}

export interface Instruction {
  readonly op: Op;
  /** The word accessed, or any word of the line flushed or stored whole; −1 for fences. */
  readonly word: number;
  readonly value: number;
  /** What a cas must find in order to write. */
  readonly expected: number;
  /** Takes what a load, xchg or cas found; −1: nobody looks at it. */
  readonly register: number;
  /** Position in the core's program. */
  readonly step: number;
  readonly conditions: readonly Condition[];
}

export interface Program {
  readonly text: string;
  /** Line of each word. */
  readonly lineOf: readonly number[];
  readonly cores: readonly (readonly Instruction[])[];
}

/** Durable states, each written as the values of words 0, 1, … with commas. */
export interface Outcomes {
  /** Power fails at any moment. */
  readonly anyTime: Set<string>;
  /** Power fails when all cores are done and their buffers empty. */
  readonly afterDrain: Set<string>;
}

export function holds(instruction: Instruction, registers: readonly number[]): boolean {
  return instruction.conditions.every(
    ({ register, value, isEqual }) => (registers[register] === value) === isEqual,
  );
}

/** The words that an access reads or writes: one, or all of the line for a movdir64b. */
export function wordsOf({ op, word }: Instruction, lineOf: readonly number[]): number[] {
  if (op !== 'movdir64b') return [word];
  return lineOf.flatMap((line, other) => (line === lineOf[word] ? [other] : []));
}

/** True if both access some word. */
export function overlap(a: Instruction, b: Instruction, lineOf: readonly number[]): boolean {
  const words = wordsOf(b, lineOf);
  return wordsOf(a, lineOf).some((word) => words.includes(word));
}

/** True if some word has two writers, or one that writes twice. */
export function writesAWordTwice(program: Program): boolean {
  const written = new Set<number>();
  for (const at of program.cores.flat()) {
    if (!WRITES.has(at.op)) continue;
    for (const word of wordsOf(at, program.lineOf)) {
      if (written.has(word)) return true;
      written.add(word);
    }
  }
  return false;
}
