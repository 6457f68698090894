/** A worker thread of `corpus --matrix`: searches the cells that it is sent. */
import { loadMatrix, runCell } from '@daxsim/lab';
import { serveParts } from './shards.js';
import { VERSION } from './version.js';

serveParts((run) => {
  const { cells } = loadMatrix(String(run));
  return (part) => {
    const cell = cells[part];
    if (cell === undefined) throw new Error(`no cell ${String(part)}`);
    return runCell(cell, VERSION);
  };
});
