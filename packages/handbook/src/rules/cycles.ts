/**
 * No file may import itself through others, type imports included: a cycle means that two files are
 * one concept, and for values that the order of loading decides what is defined.
 *
 * Breadth-first from every file not yet part of a shown cycle; the shortest way back is shown.
 */
import { importsOf, isRelative } from '../imports.js';
import { folderOf, isTypeScript, resolvePath } from '../source-file.js';
import type { Rule, SourceFile, Violation } from '../source-file.js';

type Graph = ReadonlyMap<string, readonly string[]>;

function graphOf(files: readonly SourceFile[]): Graph {
  const known = new Set(files.map((file) => file.path));
  const graph = new Map<string, string[]>();
  for (const file of files) {
    if (!isTypeScript(file.path)) continue;
    const targets: string[] = [];
    for (const { target } of importsOf(file)) {
      if (!isRelative(target)) continue;
      const reached = resolvePath(folderOf(file.path), target)?.replace(/\.js$/, '.ts');
      if (reached !== undefined && known.has(reached)) targets.push(reached);
    }
    graph.set(file.path, targets);
  }
  return graph;
}

/** Shortest way from `start` back to itself, without the repeated end, if there is one. */
function shortestCycle(graph: Graph, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  let frontier = [start];
  while (frontier.length > 0) {
    const next: string[] = [];
    for (const from of frontier) {
      for (const to of graph.get(from) ?? []) {
        if (to === start) return wayTo(cameFrom, start, from);
        if (cameFrom.has(to)) continue;
        cameFrom.set(to, from);
        next.push(to);
      }
    }
    frontier = next;
  }
  return undefined;
}

function wayTo(cameFrom: ReadonlyMap<string, string>, start: string, end: string): string[] {
  const way = [end];
  for (let at = end; at !== start;) {
    at = cameFrom.get(at) ?? start;
    way.push(at);
  }
  return way.reverse();
}

function check(files: readonly SourceFile[]): Violation[] {
  const graph = graphOf(files);
  const shown = new Set<string>();
  const found: Violation[] = [];
  for (const start of [...graph.keys()].sort()) {
    if (shown.has(start)) continue;
    const cycle = shortestCycle(graph, start);
    if (cycle === undefined) continue;
    for (const path of cycle) shown.add(path);
    found.push({ path: start, line: 0, message: `cycle: ${[...cycle, start].join(' → ')}` });
  }
  return found;
}

export const cycles: Rule = {
  name: 'cycles',
  reason: 'Files in a cycle can only be understood, and loaded, all at once.',
  check,
};
