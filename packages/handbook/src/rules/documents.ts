/**
 * Documents that can be trusted: every package argues its design, every link leads somewhere, and
 * every command that a document tells the reader to type exists.
 *
 * Scripts are those of the root package.json; commands of `npx daxsim` are read from the command
 * line's sources (see `commandsOf`). External addresses are not followed: tests use no network.
 */
import { folderOf, nameOf, packageOf, resolvePath } from '../source-file.js';
import type { Rule, SourceFile, Violation } from '../source-file.js';

const npmScript = /\bnpm (?:run(?:-script)? (?:-s |--silent )?([a-z][\w:-]*)|(start|test)\b)/g;
const daxsimCommand = /\bnpx daxsim ([a-z][a-z-]*)/g;
const link = /\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)/g;
const external = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i;

/** What cli registers as commands: `.command('x …')`, `name: 'x'`, or a file `commands/x.ts`. */
export function commandsOf(files: readonly SourceFile[]): Set<string> {
  const names = new Set<string>(['help']);
  for (const { path, text } of files) {
    if (!path.startsWith('packages/cli/src/') || path.endsWith('.test.ts')) continue;
    for (const match of text.matchAll(/(?:\.command\(|\bname:|new Command\()\s*'([a-z][a-z-]*)/g)) {
      names.add(match[1] ?? '');
    }
    const file = /^packages\/cli\/src\/commands\/([a-z][a-z-]*)\.ts$/.exec(path)?.[1];
    if (file !== undefined && file !== 'catalog') names.add(file);
  }
  return names;
}

function scriptsOf(files: readonly SourceFile[]): Set<string> {
  const manifest = files.find((file) => file.path === 'package.json');
  const { scripts } = JSON.parse(manifest?.text ?? '{}') as { scripts?: Record<string, string> };
  return new Set(Object.keys(scripts ?? {}));
}

/** As GitHub makes anchors: lower case, punctuation gone, blanks to hyphens. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const match of text.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const heading = (match[1] ?? '').toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '');
    anchors.add(heading.replace(/\s/g, '-'));
  }
  return anchors;
}

function judgeLink(
  file: SourceFile,
  target: string,
  files: readonly SourceFile[],
): string | undefined {
  if (external.test(target)) return undefined;
  const [place = '', anchor] = target.split('#');
  const path = place === '' ? file.path : resolvePath(folderOf(file.path), decodeURI(place));
  const reached = files.find((candidate) => candidate.path === path);
  const isFolder = files.some((candidate) => candidate.path.startsWith(`${path ?? ''}/`));
  if (path === undefined || (reached === undefined && !isFolder)) {
    return `the link '${target}' leads nowhere.`;
  }
  if (anchor === undefined || reached === undefined || !reached.path.endsWith('.md'))
    return undefined;
  return anchorsOf(reached.text).has(anchor) ? undefined : `no heading for '${target}'.`;
}

/** Code blocks keep their lines, so that line numbers stay right, but lose their links. */
function withoutCode(line: string, isInBlock: boolean): string {
  return isInBlock ? '' : line.replace(/`[^`]*`/g, '');
}

function checkDocument(file: SourceFile, files: readonly SourceFile[], found: Violation[]): void {
  const scripts = scriptsOf(files);
  const commands = commandsOf(files);
  let isInBlock = false;
  file.text.split('\n').forEach((text, index) => {
    const say = (message: string): unknown =>
      found.push({ path: file.path, line: index + 1, message });
    if (/^\s*(?:```|~~~)/.test(text)) isInBlock = !isInBlock;
    for (const match of withoutCode(text, isInBlock).matchAll(link)) {
      const message = judgeLink(file, match[1] ?? '', files);
      if (message !== undefined) say(message);
    }
    for (const match of text.matchAll(npmScript)) {
      const name = match[1] ?? match[2] ?? '';
      if (!scripts.has(name)) say(`package.json has no script '${name}'.`);
    }
    for (const match of text.matchAll(daxsimCommand)) {
      if (!commands.has(match[1] ?? '')) say(`daxsim has no command '${match[1] ?? ''}'.`);
    }
  });
}

function check(files: readonly SourceFile[]): Violation[] {
  const found: Violation[] = [];
  const paths = new Set(files.map((file) => file.path));
  for (const file of files) {
    if (file.path.endsWith('.md')) checkDocument(file, files, found);
    const owner = packageOf(file.path);
    if (owner === undefined || file.path !== `packages/${owner}/package.json`) continue;
    const design = `packages/${owner}/DESIGN.md`;
    if (!paths.has(design)) {
      found.push({ path: design, line: 0, message: `${nameOf(design)} is missing.` });
    }
  }
  return found;
}

export const documents: Rule = {
  name: 'documents',
  reason: 'A document that is wrong once is not read again.',
  check,
};
