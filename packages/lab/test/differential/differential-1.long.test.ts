/** Quarter 1 of the long differential run. */
import { testQuarter } from './long-part.js';

testQuarter(0, Number(process.env['DAXSIM_SEED'] ?? '1'));
