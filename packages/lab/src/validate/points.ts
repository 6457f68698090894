/** Reads files of published figures. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkText } from '../config/document.js';
import { readText } from '../config/catalog-files.js';
import { pointsConfig, type Point } from './config.js';
import { checkIds } from './validate.js';

const folder = fileURLToPath(new URL('../../../../../configs/validation', import.meta.url));

/** The figures that come with the simulator. */
export const SHIPPED_POINTS = join(folder, 'points.json');

/** Points of a file. Throws ConfigError: unreadable, wrong form, an id twice. */
export function readPoints(path: string = SHIPPED_POINTS): readonly Point[] {
  const { points } = checkText(readText(path), path, pointsConfig);
  checkIds(points, path);
  return points;
}
