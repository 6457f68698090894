/** `explain`: what an operation does under a lock plan, step by step. */
import { explain, explainUnder, lockPlan } from '@daxsim/daxfs';
import { loadFileSystem } from '@daxsim/lab';
import { withCommonOptions } from './command.js';
import { Output } from '../output.js';
import type { Command } from 'commander';
import type { CommonOptions } from '../output.js';

interface ExplainCommandOptions extends CommonOptions {
  readonly fs: string;
  readonly locks?: string;
  readonly against?: string;
  readonly costs?: boolean;
}

export function addExplain(program: Command): void {
  const command = program
    .command('explain')
    .description('show the steps of an operation with the locks held over each')
    .argument('<operation>', 'a recipe, such as read, writeFault or fallocate')
    .option('--fs <name>', 'file system and kernel', 'xfs-dax')
    .option('--locks <plan>', "lock plan; the file system's own when absent")
    .option('--against <plan>', 'a second plan, side by side')
    .option('--costs', 'show the price of each step');
  withCommonOptions(command).action(run);
}

function run(operation: string, options: ExplainCommandOptions): void {
  const output = new Output(options);
  const { personality, plan, prices } = loadFileSystem(options.fs, options.locks);
  const second = options.against === undefined ? null : lockPlan(options.against);
  const text = explain(operation, {
    personality,
    plan,
    ...(second === null ? {} : { against: { personality, plan: second } }),
    ...(options.costs === true ? { prices } : {}),
  });
  output.lines(text.trimEnd().split('\n'));
  const plans = second === null ? [plan] : [plan, second];
  output.json({
    ...output.head('explain'),
    partial: false,
    config: { file_system: personality.name, operation },
    plans: plans.map((one) => explainUnder(operation, one, prices, personality)),
  });
}
