/** A worker thread of `ace --defect all`: tries the defects that it is sent. */
import { findDefect } from '@daxsim/lab';
import { serveParts } from './shards.js';

serveParts((run) => {
  const names = run as readonly string[];
  return (part) => findDefect(names[part] ?? '');
});
