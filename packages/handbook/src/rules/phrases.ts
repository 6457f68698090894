/**
 * Text that must not be in the repository: paths of one person's machine, and pointers to papers
 * that a reader of this repository does not have. Patterns are written so that they do not match
 * themselves. Recorded traces and fixtures keep the paths that were recorded.
 */
import { isTest } from '../source-file.js';
import type { Rule, SourceFile, Violation } from '../source-file.js';

interface Phrase {
  readonly pattern: RegExp;
  readonly why: string;
}

const phrases: readonly Phrase[] = [
  { pattern: /(?:^|[\s"'`(=:])[/](?:work|root)[/][\w.-]+/, why: 'a path of one machine' },
  { pattern: /\b[A-Z]:\\(?:Users|work)\\/, why: 'a path of one machine' },
  { pattern: /\bshared[/](?:design|reference|traces|seeds)\b/, why: 'a paper that is not in here' },
  { pattern: /[.][.][/]shared[/]/, why: 'a folder outside of the repository' },
  { pattern: /[/]tmp[/](?:brief|house|trace-check)/, why: 'a scratch folder of one machine' },
];

/** Tests of trace readers make up such paths, and must. */
const home: Phrase = {
  pattern: /(?:^|[\s"'`(=:])[/](?:home|Users)[/][\w.-]+/,
  why: 'a home folder of one machine',
};

const recorded = /(?:^|\/)(?:traces|fixtures)\//;
const textual = /\.(?:ts|mjs|js|json|md|yaml|yml|sh|txt)$|(?:^|\/)(?:run|LICENSE)$/;

function check(files: readonly SourceFile[]): Violation[] {
  const found: Violation[] = [];
  for (const { path, text } of files) {
    if (!textual.test(path) || path === 'package-lock.json') continue;
    if (recorded.test(path) && !path.endsWith('.md')) continue;
    text.split('\n').forEach((line, index) => {
      const here = isTest(path) ? phrases : [...phrases, home];
      for (const { pattern, why } of here) {
        const match = pattern.exec(line);
        if (match === null) continue;
        found.push({ path, line: index + 1, message: `'${match[0].trim()}' is ${why}.` });
      }
    });
  }
  return found;
}

export const foreignPhrases: Rule = {
  name: 'phrases',
  reason: 'What is in the repository must mean something to everyone who cloned it.',
  check,
};
