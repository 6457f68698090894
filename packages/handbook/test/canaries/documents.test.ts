/** Rules about documents and manifests: broken links, missing commands, loose versions. */
import { describe, expect, test } from '@jest/globals';
import { commandsOf, documents } from '../../src/rules/documents.js';
import { foreignPhrases } from '../../src/rules/phrases.js';
import { pins } from '../../src/rules/pins.js';
import { breaches, breachesIn, tree } from './canary.js';

describe('documents', () => {
  const base = {
    'package.json': '{ "scripts": { "test": "jest", "lint": "eslint" } }',
    'packages/sim/package.json': '{}',
    'packages/sim/DESIGN.md': '# Design\n\n## Why ticks, not `Date`?\n',
    'packages/cli/src/commands/replay.ts': '',
    'packages/cli/src/main.ts': "program.command('explain <operation>');",
  };
  const readme = (text: string) => breaches(documents, { ...base, 'README.md': text });

  test('links to a file, a folder, a heading, the outside and inside of code hold', () => {
    const text = [
      '[a](packages/sim/DESIGN.md) [b](packages/sim)',
      '[c](packages/sim/DESIGN.md#why-ticks-not-date)',
      '[d](https://example.org/x) [e](#top) `[f](nowhere.md)`',
      '# Top',
      '```\n[g](nowhere.md)\n```',
    ];
    expect(readme(text.join('\n'))).toEqual([]);
  });
  test('a link that leads nowhere and a heading that is not there are found', () => {
    expect(readme('x\n[a](packages/sim/DESIN.md)')[0]).toMatch(/^README\.md:2 the link/);
    expect(readme('[a](packages/sim/DESIGN.md#because)')[0]).toContain('no heading');
    expect(readme('[a](../outside.md)')).toHaveLength(1);
  });
  test('scripts and commands that do not exist are found, also in code blocks', () => {
    expect(
      readme('```\nnpm run lint\nnpm test\nnpx daxsim replay x\nnpx daxsim explain y\n```'),
    ).toEqual([]);
    expect(readme('```\nnpm run typecheck\n```')).toHaveLength(1);
    expect(readme('Run `npm start`.')).toHaveLength(1);
    expect(readme('Run `npx daxsim relay x`.')).toHaveLength(1);
  });
  test('a package without a design is found', () => {
    const found = breaches(documents, { ...base, 'packages/pmem/package.json': '{}' });
    expect(found).toEqual(['packages/pmem/DESIGN.md:0 DESIGN.md is missing.']);
  });
  test('commands are read from names, calls and files', () => {
    expect([...commandsOf(tree(base))].sort()).toEqual(['explain', 'help', 'replay']);
  });
});

describe('pins', () => {
  test.each(['^1.2.3', '~1.2.3', '1.x', '*', 'latest', '>=1.0.0', 'file:../a'])(
    'the range %s is found',
    (version) => {
      const text = JSON.stringify({ dependencies: { a: version } });
      expect(breachesIn(pins, text, 'packages/sim/package.json')).toBe(1);
    },
  );
  test('one version holds, a pre-release too', () => {
    const text = JSON.stringify({ devDependencies: { a: '1.2.3', b: '1.5.6-r.1' } });
    expect(breachesIn(pins, text, 'package.json')).toBe(0);
  });
});

describe('phrases', () => {
  const home = ['', 'home', 'ann', 'src'].join('/');

  test('a path of one machine is found in code and documents, not in a recorded trace', () => {
    expect(breachesIn(foreignPhrases, `see ${home}/x.ts`, 'README.md')).toBe(1);
    expect(breachesIn(foreignPhrases, `const a = '${home}';`)).toBe(1);
    expect(breachesIn(foreignPhrases, `open("${home}")`, 'traces/git.txt')).toBe(0);
  });
  test('a test may make up a home folder', () => {
    expect(breachesIn(foreignPhrases, `open("${home}")`, 'packages/trace/test/a.test.ts')).toBe(0);
  });
  test('a pointer to a paper outside of the repository is found', () => {
    const paper = ['shared', 'design', 'x.md'].join('/');
    expect(breachesIn(foreignPhrases, `see ${paper}`, 'README.md')).toBe(1);
  });
  test('paths inside of simulated file systems hold', () => {
    expect(breachesIn(foreignPhrases, "open('/mnt/pmem/a'); open('/dev/pmem0');")).toBe(0);
  });
});
