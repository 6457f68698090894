/** Quarter 3 of the long differential run. */
import { testQuarter } from './long-part.js';

testQuarter(2, Number(process.env['DAXSIM_SEED'] ?? '1'));
