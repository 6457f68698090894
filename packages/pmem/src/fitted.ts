/** The fitted figures of a machine, wherever in its file they stand. */
import type { MachineConfig } from './config.js';
import type { Basis, Figure } from './figure.js';

/** A figure and where it stands, as in `controller.lineBusNs` or `stages.0.readNs`. */
export interface NamedFigure {
  readonly path: string;
  readonly figure: Figure<unknown>;
}

/** All figures of a machine, in the order of its file. */
export function figuresOf(config: MachineConfig): NamedFigure[] {
  const found: NamedFigure[] = [];
  collect(config, '', found);
  return found;
}

/** Ids of the published points that some figure of the machine was fitted to. */
export function fittedPoints(config: MachineConfig): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { figure } of figuresOf(config)) for (const id of figure.points ?? []) ids.add(id);
  return ids;
}

function collect(value: unknown, path: string, found: NamedFigure[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (isFigure(value)) {
    found.push({ path, figure: value });
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    collect(inner, path === '' ? key : `${path}.${key}`, found);
  }
}

function isFigure(value: object): value is { value: unknown; source: string; basis: Basis } {
  return 'value' in value && 'source' in value && 'basis' in value;
}
