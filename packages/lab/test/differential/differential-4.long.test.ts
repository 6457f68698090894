/** Quarter 4 of the long differential run. */
import { testQuarter } from './long-part.js';

testQuarter(3, Number(process.env['DAXSIM_SEED'] ?? '1'));
