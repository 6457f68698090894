export * from './errors.js';
export * from './units.js';
export { StateSpace } from './state/space.js';
export type { Arena, Mark, TouchWatch } from './state/space.js';
export { IntColumn, NumberColumn } from './state/column.js';
export { IntTable } from './state/int-table.js';
export { IntMap } from './state/int-map.js';
export { IntLists, NO_ID } from './state/int-list.js';
export { Bitmap, NO_BIT } from './state/bitmap.js';
