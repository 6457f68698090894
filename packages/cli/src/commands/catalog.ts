/** Every command, in the order in which --help lists them. */
import { addTrace } from './trace.js';
import type { AddCommand } from './command.js';

export const commandCatalog: readonly AddCommand[] = [addTrace];
