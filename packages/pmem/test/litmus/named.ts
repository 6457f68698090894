/** The named programs of the fixture, with the outcomes written beside them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Condition, Instruction, Op, Outcomes, Program } from './program.js';

interface WrittenInstruction {
  readonly op: Op | 'store16';
  readonly loc?: string;
  readonly locs?: readonly string[];
  readonly val?: number;
  readonly old?: number;
  readonly reg?: string;
  readonly if?: Readonly<Record<string, number>>;
}

type WrittenState = Readonly<Record<string, number>>;

interface WrittenTest {
  readonly id: string;
  readonly text: string;
  readonly cores: readonly (readonly WrittenInstruction[])[];
  readonly lines: Readonly<Record<string, readonly string[]>>;
  readonly initial: WrittenState;
  readonly domain: 'adr' | 'eadr';
  readonly allowed_post_crash: readonly WrittenState[];
  readonly allowed_after_drain: readonly WrittenState[];
}

export interface NamedTest {
  readonly id: string;
  readonly domain: 'adr' | 'eadr';
  readonly program: Program;
  readonly expected: Outcomes;
}

const fixture = new URL('../../../test/fixtures/persistency-litmus.json', import.meta.url);

/** Gives each register name of a program a number. */
class Registers {
  private readonly names: string[] = [];

  number(name: string): number {
    const known = this.names.indexOf(name);
    return known >= 0 ? known : this.names.push(name) - 1;
  }
}

function readInstructions(
  written: WrittenInstruction,
  step: number,
  words: readonly string[],
  registers: Registers,
): Instruction[] {
  const conditions: Condition[] = Object.entries(written.if ?? {}).map(([name, value]) => ({
    register: registers.number(name),
    value,
    isEqual: true,
  }));
  const { op, loc, locs, val = 0, old = 0, reg } = written;
  const places = locs ?? [loc];
  return places.map((place) => ({
    op: op === 'store16' ? 'store' : op,
    word: place === undefined ? -1 : words.indexOf(place),
    value: val,
    expected: old,
    register: reg === undefined ? -1 : registers.number(reg),
    step,
    conditions,
  }));
}

function readTest(written: WrittenTest): NamedTest {
  const words = Object.keys(written.initial);
  if (words.some((word) => written.initial[word] !== 0)) throw new Error(`${written.id}: not 0`);
  const lines = Object.values(written.lines);
  const registers = new Registers();
  const states = (list: readonly WrittenState[]) =>
    new Set(list.map((state) => words.map((word) => state[word]).join()));
  return {
    id: written.id,
    domain: written.domain,
    program: {
      text: written.text,
      lineOf: words.map((word) => lines.findIndex((line) => line.includes(word))),
      cores: written.cores.map((core) =>
        core.flatMap((at, step) => readInstructions(at, step, words, registers)),
      ),
    },
    expected: {
      anyTime: states(written.allowed_post_crash),
      afterDrain: states(written.allowed_after_drain),
    },
  };
}

export function readNamedTests(): readonly NamedTest[] {
  const text = readFileSync(fileURLToPath(fixture), 'utf8');
  const { tests } = JSON.parse(text) as { readonly tests: readonly WrittenTest[] };
  return tests.map(readTest);
}
