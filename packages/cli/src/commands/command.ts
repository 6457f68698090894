/** What a command is, and the option types that several share. */
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';

/** Exit statuses; part of the contract with scripts. */
export const ExitStatus = {
  Fine: 0,
  /** The run found what it looks for: a violation, a disagreement, a threshold crossed. */
  Found: 1,
  /** The user's input is wrong. */
  BadInput: 2,
  /** Our own bug. */
  OurBug: 70,
} as const;

/** Adds itself to the program; sets `process.exitCode` when it ends with another status than 0. */
export type AddCommand = (program: Command) => void;

/** A whole number from 0. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new InvalidArgumentError('a whole number, 0 or more.');
}

/** Adds the options that every command takes. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--json <file>', 'write the result as JSON to this file, - for stdout')
    .option('--seed <number>', 'where every random draw starts', parseCount, 1)
    .option('--quiet', 'no progress, and no text beside --json -');
}

/** Adds the options that say how a trace is to be read. */
export function withTraceOptions(command: Command): Command {
  return command
    .option('--format <name>', 'trace format; found by content when absent', 'auto')
    .option('--scope <dir>', 'system-call traces: only files under this directory')
    .option('--cwd <dir>', 'where the traced command started, for relative names')
    .option('--strict', 'a line that does not parse ends the command with status 2')
    .option('--allow-truncated', 'a cut-off file is not an error');
}

/** The trace options as parsed. */
export interface TraceCommandOptions {
  readonly format: string;
  readonly scope?: string;
  readonly cwd?: string;
  readonly strict?: boolean;
  readonly allowTruncated?: boolean;
}
