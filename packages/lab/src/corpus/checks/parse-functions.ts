/** The functions of a check, each with its arguments; see parse.ts for the levels around them. */
import { nearestName } from '@daxsim/sim';
import type { Token } from './tokens.js';
import type { Expression, FileFunction } from './syntax.js';

/** What the functions use of the parser around them. */
export interface FunctionReader {
  readonly scope: string;
  readonly names: { readonly files: ReadonlySet<string>; readonly maps: ReadonlySet<string> };
  /** Labels that are guarded by `done`. */
  readonly guarded: Set<string>;
  take(): Token;
  eat(text: string): void;
  eatIf(text: string): boolean;
  refuse(found: string, allowed: string, nearest?: string): never;
  sum(): Expression;
  label(): string;
}

/** What a scope cannot ask: after power loss nothing is mapped, and inner steps read no bytes. */
const BARRED: { readonly [scope: string]: readonly string[] } = {
  crash: ['load', 'pte_block'],
  always: ['pread', 'load'],
  end: [],
};

/** Numbers behind the file or mapping. */
const NUMBERS: { readonly [name: string]: number } = {
  size: 0,
  blocks: 0,
  exists: 0,
  extent_state: 1,
  block_of: 1,
  pread: 2,
  load: 2,
  pte_block: 1,
};

/** Reads what follows the name of a function. */
export function parseFunction(parser: FunctionReader, name: string): Expression {
  if (BARRED[parser.scope]?.includes(name) === true) {
    parser.refuse(`${name}() in scope ${parser.scope}`, 'a function that this scope has');
  }
  parser.eat('(');
  const parsed = argumentsOf(parser, name);
  parser.eat(')');
  return parsed;
}

function argumentsOf(parser: FunctionReader, name: string): Expression {
  switch (name) {
    case 'free_blocks':
    case 'free_blocks_at_start':
      return { kind: 'free', atStart: name === 'free_blocks_at_start' };
    case 'after': {
      const later = parser.label();
      parser.eat(',');
      return { kind: 'after', later, earlier: parser.label() };
    }
    case 'done':
    case 'started': {
      const label = parser.label();
      if (name === 'done') parser.guarded.add(label);
      return { kind: name, label };
    }
    case 'fill':
      return { kind: 'pattern', bytes: [letterOf(parser, false)] };
    case 'mix': {
      const bytes = [letterOf(parser, true)];
      while (parser.eatIf(',')) bytes.push(letterOf(parser, true));
      return { kind: 'pattern', bytes };
    }
    case 'load':
    case 'pte_block': {
      const map = mapOf(parser);
      return { kind: 'mapping', function: name, map, arguments: numbersOf(parser, name) };
    }
    default: {
      const file = fileOf(parser);
      const called = name as FileFunction;
      return { kind: 'file', function: called, file, arguments: numbersOf(parser, name) };
    }
  }
}

function numbersOf(parser: FunctionReader, name: string): Expression[] {
  const numbers: Expression[] = [];
  for (let i = 0; i < (NUMBERS[name] ?? 0); i += 1) {
    parser.eat(',');
    numbers.push(parser.sum());
  }
  return numbers;
}

function fileOf(parser: FunctionReader): string {
  const { text } = parser.take();
  if (parser.names.files.has(text)) return text;
  const nearest = nearestName(text, parser.names.files);
  return parser.refuse(`unknown file "${text}"`, 'a file that an operation makes', nearest);
}

function mapOf(parser: FunctionReader): string {
  const { text } = parser.take();
  if (parser.names.maps.has(text)) return text;
  const nearest = nearestName(text, parser.names.maps);
  return parser.refuse(`unknown mapping "${text}"`, 'a mapping that an mmap makes', nearest);
}

function letterOf(parser: FunctionReader, zerosToo: boolean): number {
  const { text } = parser.take();
  if (zerosToo && text === 'zeros') return 0;
  if (!/^[A-Za-z0-9]$/.test(text)) parser.refuse(`"${text}"`, 'one letter or digit');
  return text.charCodeAt(0);
}
