/** Parts of calls, and which files keep their names while threads run. */
import { OpenFlag } from '@daxsim/daxfs';
import type { CorpusCall, OpenCall, PlannedOperation } from './calls.js';
import type { CorpusOperation, CorpusScenario } from './config.js';

const FILE_MODE = 0o644;

export function openCall(
  file: string,
  flags: number,
  handle: number,
  operation: PlannedOperation,
): OpenCall {
  const registers = { handle, flags: OpenFlag.ReadWrite | flags, mode: FILE_MODE };
  return {
    program: 'open',
    registers,
    path: file,
    role: 'open',
    operation,
    text: `open ${file}`,
  };
}

export function withRest(calls: readonly OpenCall[]): CorpusCall[] {
  return calls.map((call, index) => {
    let rest = 0;
    while (calls[index + rest + 1]?.operation === call.operation) rest += 1;
    return { ...call, rest };
  });
}

export function codeOf(fill: string | undefined): number {
  return fill === undefined ? 0 : fill.charCodeAt(0);
}

/** Files that the set-up makes and whose names, and those above, no thread touches. */
export function stableFiles(scenario: CorpusScenario): Set<string> {
  const names = new Set<string>();
  for (const op of scenario.setup) {
    if (op.op === 'creat') names.add(op.f);
    else if (op.op === 'rename' || op.op === 'link') names.add(op.to);
  }
  const touched: string[] = [];
  for (const op of [...scenario.threads.flat(), ...scenario.setup.filter(movesNames)]) {
    if (op.op === 'unlink' || op.op === 'creat') touched.push(op.f);
    else if (op.op === 'rename') touched.push(op.from, op.to);
    else if (op.op === 'link') touched.push(op.to);
    else if (op.op === 'rmdir') touched.push(op.d);
  }
  const isTouched = (name: string): boolean =>
    touched.some((one) => name === one || name.startsWith(`${one}/`));
  return new Set([...names].filter((name) => !isTouched(name)));
}

function movesNames({ op }: CorpusOperation): boolean {
  return op === 'rename' || op === 'unlink' || op === 'rmdir';
}
