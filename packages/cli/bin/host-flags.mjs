/**
 * How V8 is told to compile the simulator. One memory request passes some fifteen short functions;
 * with V8's own budget the chain is cut in the middle, and with this one it is one piece of machine
 * code, worth about a tenth of the time (`npm run bench -- --only memory-path`). Results do not
 * depend on it.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--max-inlined-bytecode-size=1000');
setFlagsFromString('--max-inlined-bytecode-size-cumulative=4000');
