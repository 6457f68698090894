/** @daxsim/cli: the command line, for those who start it from their own code. */
export { main } from './main.js';
export { ExitStatus } from './commands/command.js';
