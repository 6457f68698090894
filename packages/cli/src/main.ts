/**
 * The command line. Every failure ends in one of four statuses (see `ExitStatus`), user errors
 * without a stack trace.
 */
import { Command, CommanderError } from 'commander';
import pc from 'picocolors';
import { InvariantError, UserError } from '@daxsim/sim';
import { commandCatalog } from './commands/catalog.js';
import { ExitStatus } from './commands/command.js';
import { VERSION } from './version.js';

function createProgram(): Command {
  const program = new Command('daxsim');
  program.exitOverride();
  program.configureOutput({
    outputError: (text, write) => {
      write(text.replace(/^error: /, `${pc.red('error')}: `));
    },
  });
  program
    .description('Simulates persistent memory and the DAX file systems on it, deterministically.')
    .version(VERSION)
    .showSuggestionAfterError()
    .helpCommand(true);
  for (const add of commandCatalog) add(program);
  inherit(program);
  return program;
}

/** Sub-commands do not take over the exit and output settings of their parent by themselves. */
function inherit(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inherit(child);
  }
}

/** Runs the tool on the given arguments; answers the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? ExitStatus.Fine);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : ExitStatus.BadInput;
    if (error instanceof UserError) {
      process.stderr.write(`${pc.red('error')}: ${error.message}\n`);
      return ExitStatus.BadInput;
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const kind = error instanceof InvariantError ? 'invariant broken' : 'unexpected failure';
    process.stderr.write(`${pc.red('bug')}: ${kind} in daxsim ${VERSION}, please report it\n`);
    process.stderr.write(`${text}\n`);
    return ExitStatus.OurBug;
  }
}
