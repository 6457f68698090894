export * from './errors.js';
export * from './units.js';
export { StateSpace } from './state/space.js';
export type { Arena, Mark, TouchWatch } from './state/space.js';
export { IntColumn, NumberColumn } from './state/column.js';
