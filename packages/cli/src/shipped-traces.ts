/**
 * Traces by name. Where a command takes a trace, the name of a shipped one stands for its file,
 * with the scope and working directory it was recorded under.
 */
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TraceError, nearestName } from '@daxsim/sim';

export interface ShippedTrace {
  readonly name: string;
  readonly file: string;
  readonly about: string;
  readonly scope?: string;
  readonly cwd?: string;
}

/** What a command's TRACE argument stands for. */
export interface ChosenTrace {
  readonly path: string;
  readonly scope?: string;
  readonly cwd?: string;
}

const FOLDER = new URL('../../../../traces/', import.meta.url);

export function shippedTraces(): readonly ShippedTrace[] {
  const catalog = JSON.parse(readFileSync(new URL('catalog.json', FOLDER), 'utf8')) as {
    readonly traces: readonly ShippedTrace[];
  };
  return catalog.traces;
}

/** Finds the file of a TRACE argument; explicit scope and cwd win over a shipped trace's own. */
export function chooseTrace(
  argument: string,
  options: { readonly scope?: string; readonly cwd?: string },
): ChosenTrace {
  if (existsSync(argument)) return { ...options, path: argument };
  const traces = shippedTraces();
  const trace = traces.find((candidate) => candidate.name === argument);
  if (trace === undefined) {
    throw new TraceError({
      where: argument,
      found: 'no such file, and no shipped trace of that name',
      allowed: `a path, or one of ${traces.map((candidate) => candidate.name).join(', ')}`,
      nearest: nearestName(
        argument,
        traces.map((candidate) => candidate.name),
      ),
    });
  }
  const own = {
    ...(trace.scope === undefined ? {} : { scope: trace.scope }),
    ...(trace.cwd === undefined ? {} : { cwd: trace.cwd }),
  };
  const path = fileURLToPath(new URL(trace.file, FOLDER));
  const fromHere = relative(process.cwd(), path);
  // The same text wherever the project lies, when it is asked from inside.
  return { ...own, ...options, path: fromHere.startsWith('..') ? path : fromHere };
}
