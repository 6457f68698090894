/**
 * The shape of a file that one can hold in the head: its length, its lines, its header, its name.
 *
 * Applies to TypeScript everywhere and to the scripts in plain JavaScript. The limits are hard; the
 * aims (60 to 250 lines, a function on one screen) are for the eye. Functions and names inside
 * files are judged by code-shape.ts.
 */
import { folderOf, isTypeScript, nameOf } from '../source-file.js';
import type { Rule, SourceFile, Violation } from '../source-file.js';

export const fileLinesMax = 400;
export const columnsMax = 100;
/** A file longer than this opens with a header comment. */
export const linesWithoutHeaderMax = 40;

const kebabCase = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/;
const emptyWords = /(?:^|[-.])(?:handlers?|managers?|helpers?|utils?|misc|common)(?:[-.]|$)/;
const todo = /\b(?:TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))/;
const hashBang = /^#!.*\n/;

function isScript(path: string): boolean {
  return path.endsWith('.mjs') && path.includes('/');
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function judgeWhole(file: SourceFile, lineCount: number): string[] {
  const messages: string[] = [];
  if (lineCount > fileLinesMax) {
    messages.push(`${String(lineCount)} lines; the limit is ${String(fileLinesMax)}.`);
  }
  if (lineCount > linesWithoutHeaderMax && !file.text.replace(hashBang, '').startsWith('/**')) {
    messages.push('no header: open with /** what it models, its rule, what it leaves out */.');
  }
  if (file.text.includes('\r')) messages.push('carriage returns; lines end in a line feed.');
  return messages;
}

function judgeName(path: string): string[] {
  const messages: string[] = [];
  const folders = folderOf(path).split('/');
  for (const part of [...folders, nameOf(path)]) {
    if (part === '' || part.startsWith('.')) continue;
    if (!kebabCase.test(part)) messages.push(`'${part}' is not in kebab-case.`);
    if (emptyWords.test(part)) messages.push(`'${part}' does not say what is inside.`);
  }
  return messages;
}

function check(files: readonly SourceFile[]): Violation[] {
  const found: Violation[] = [];
  for (const file of files) {
    if (!isTypeScript(file.path) && !isScript(file.path)) continue;
    const lines = linesOf(file.text);
    for (const message of [...judgeWhole(file, lines.length), ...judgeName(file.path)]) {
      found.push({ path: file.path, line: 0, message });
    }
    lines.forEach((text, index) => {
      const width = Array.from(text).length;
      if (width > columnsMax) {
        const message = `${String(width)} columns; the limit is ${String(columnsMax)}.`;
        found.push({ path: file.path, line: index + 1, message });
      }
      if (todo.test(text) && !text.includes('todo =')) {
        const message = 'work left over without an issue number: write it as TODO(#7).';
        found.push({ path: file.path, line: index + 1, message });
      }
    });
  }
  return found;
}

export const fileShape: Rule = {
  name: 'file-shape',
  reason: 'A file is read whole, or it is two files.',
  check,
};
