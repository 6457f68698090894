/** Quarter 2 of the long differential run. */
import { testQuarter } from './long-part.js';

testQuarter(1, Number(process.env['DAXSIM_SEED'] ?? '1'));
