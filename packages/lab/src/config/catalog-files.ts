/**
 * Named configurations: files in `configs/` of the project, or files of the user.
 *
 *     optane-100-1dimm   ─▶ configs/machines/optane-100-1dimm.yaml
 *     ./mine.yaml        ─▶ that file: a name with a slash or an ending is a path
 *
 * The folder is found from where this file lies, so that a run does not depend on the directory it
 * was started in.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, nearestName } from '@daxsim/sim';
import { checkText, type Schema } from './document.js';

/** Kinds of configuration, as folders of `configs/`. */
export type ConfigKind =
  | 'machines'
  | 'filesystems'
  | 'experiments'
  | 'injections'
  | 'corpus'
  | 'scenarios'
  | 'matrix'
  | 'pages'
  | 'contention';

const words: { readonly [K in ConfigKind]: string } = {
  machines: 'machine',
  filesystems: 'file system',
  experiments: 'experiment',
  injections: 'experiment of injections',
  corpus: 'corpus',
  scenarios: 'file of scenarios',
  matrix: 'matrix',
  pages: 'file of pages',
  contention: 'cost model',
};

const folder = fileURLToPath(new URL('../../../../../configs', import.meta.url));
const endings = ['.yaml', '.yml', '.json'] as const;

/** Where shipped configurations of a kind lie. */
export function configFolder(kind: ConfigKind): string {
  return join(folder, kind);
}

/** Names of the shipped configurations of a kind, in order. */
export function configNames(kind: ConfigKind): string[] {
  let files: string[] = [];
  try {
    files = readdirSync(configFolder(kind));
  } catch {
    return [];
  }
  return files
    .filter((file) => file.endsWith('.yaml') || file.endsWith('.json'))
    .map((file) => file.slice(0, file.lastIndexOf('.')))
    .sort();
}

/** A configuration as read: its name, and its checked content. */
export interface Loaded<T> {
  readonly name: string;
  readonly config: T;
}

/** Loads by name or path. Throws ConfigError: unknown name, unreadable file, wrong content. */
export function loadConfig<T>(kind: ConfigKind, name: string, schema: Schema<T>): Loaded<T> {
  const { text, shownPath } = configFileText(kind, name);
  return { name, config: checkText(text, shownPath, schema) };
}

/** Text of a configuration and the path to show. Throws ConfigError: unknown name, unreadable. */
export function configFileText(
  kind: ConfigKind,
  name: string,
): { readonly text: string; readonly shownPath: string; readonly folder: string } {
  const isPath = name.includes('/') || endings.some((ending) => name.endsWith(ending));
  if (!isPath && !configNames(kind).includes(name)) throw unknownName(kind, name);
  const ending = existsSync(join(configFolder(kind), `${name}.json`)) ? 'json' : 'yaml';
  const path = isPath ? name : join(configFolder(kind), `${name}.${ending}`);
  const shownPath = isPath ? name : `configs/${kind}/${name}.${ending}`;
  return { text: readText(path), shownPath, folder: dirname(path) };
}

/** Reads a text file; a missing or unreadable one is the user's error. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as { readonly code?: string }).code ?? 'error';
    const found = code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`;
    throw new ConfigError({ where: path, found });
  }
}

function unknownName(kind: ConfigKind, name: string): ConfigError {
  const names = configNames(kind);
  return new ConfigError({
    where: name,
    found: `unknown ${words[kind]} "${name}"`,
    allowed: `${names.join(', ')}, or the path of a file`,
    nearest: nearestName(name, names),
  });
}
