/** The runners of long tests and golden files, in a throw-away workspace with a stand-in Jest. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ScratchWorkspace } from './scratch-workspace.js';

/** Writes the report that Jest would; a test file whose text says `fails` fails. */
const standIn = `
const fs = require('node:fs');
const after = (name) => process.argv[process.argv.indexOf(name) + 1];
const file = after('--runTestsByPath');
fs.appendFileSync('calls', file.split('/').pop() + ' seed ' + process.env.DAXSIM_SEED + '\\n');
const failed = fs.readFileSync(file, 'utf8').includes('fails') ? 1 : 0;
const counts = { numPassedTests: 1 - failed, numFailedTests: failed };
fs.writeFileSync(after("--outputFile"), JSON.stringify(counts));
process.exitCode = failed;
`;

// Every test starts several processes, on a machine that may be busy.
jest.setTimeout(60_000);

let scratch: ScratchWorkspace;
beforeEach(() => {
  scratch = new ScratchWorkspace();
  scratch.write('jest.cjs', standIn);
  scratch.run('setup.mjs');
});
afterEach(() => {
  scratch.dispose();
});

describe('long tests', () => {
  const plant = (name: string, text: string): void => {
    scratch.write(`packages/toy/dist/test/${name}.long.test.js`, text);
  };
  beforeEach(() => {
    for (const name of ['a', 'b', 'c']) plant(name, '');
  });
  const ran = (...words: string[]): string[] => {
    scratch.run('long.mjs', ...words);
    return scratch.calls().map((line) => line.slice(0, 1));
  };

  test('each file runs once, a failed one again, all of them after --fresh', () => {
    plant('b', 'fails');
    expect(scratch.run('long.mjs').status).toBe(1);
    expect(ran()).toEqual(['b']);
    plant('b', '');
    const { status, stdout } = scratch.run('long.mjs');
    expect(status).toBe(0);
    expect(stdout).toContain('Long suites: 0 failed, 3 passed, 3 total');
    expect(ran()).toEqual([]);
    expect(ran('--fresh')).toEqual(['a', 'b', 'c']);
  });

  test('a record cut off by a kill does not count as done', () => {
    scratch.run('long.mjs', 'a.long');
    const record = scratch.read('out/long/results.jsonl');
    scratch.write('out/long/results.jsonl', record.slice(0, -20));
    expect(ran('a.long')).toEqual(['a']);
  });

  test('shards share the files without overlap, and a wrong shard is refused', () => {
    expect([...ran('--shard', '1/2'), ...ran('--shard=2/2')].sort()).toEqual(['a', 'b', 'c']);
    expect(scratch.run('long.mjs', '--shard', '3/2').status).toBe(2);
  });

  test('without a seed given the seed is 1', () => {
    scratch.run('long.mjs', 'a.long');
    expect(scratch.calls()).toEqual([`a.long.test.js seed ${process.env['DAXSIM_SEED'] ?? '1'}`]);
  });
});

describe('golden files', () => {
  const golden = 'packages/toy/test/golden/toy.golden.json';
  const generates = (text: string): void => {
    scratch.write('packages/toy/test/golden/toy.golden.ts', '');
    scratch.write(
      'packages/toy/dist/test/golden/toy.golden.js',
      `export const generate = () => (${text});`,
    );
  };

  test('what moved is printed by its path, written once, and holds from then on', () => {
    generates('{ digest: 1, steps: [1, 2] }');
    scratch.run('golden.mjs', 'toy');
    expect(JSON.parse(scratch.read(golden))).toEqual({ digest: 1, steps: [1, 2] });
    generates('{ digest: 1, steps: [1, 3] }');
    expect(scratch.run('golden.mjs').status).toBe(1);
    expect(scratch.run('golden.mjs', 'toy').stdout).toContain('$.steps.1: 2 → 3');
    expect(scratch.run('golden.mjs').stdout).toContain('toy (toy): holds');
  });

  test('--check writes nothing and fails when something moved', () => {
    generates('{ digest: 1 }');
    expect(scratch.run('golden.mjs', 'toy', '--check').status).toBe(1);
    expect(scratch.has(golden)).toBe(false);
  });

  test('an unknown name is told which names exist', () => {
    generates('1');
    const { status, stderr } = scratch.run('golden.mjs', 'tyo');
    expect([status, stderr]).toEqual([2, "golden: found 'tyo'; allowed: toy.\n"]);
  });
});

describe('wrapping comments', () => {
  const wrapped = (text: string): string => {
    scratch.write('a.ts', text);
    scratch.run('wrap.mjs', 'a.ts');
    return scratch.read('a.ts');
  };
  const words = (count: number): string => Array.from({ length: count }, () => 'word').join(' ');

  test('a wide paragraph is filled anew to 100 columns, its neighbours stay', () => {
    const text = wrapped(`/**\n * ${words(25)}\n * end.\n *\n *   ─▶ picture\n */\n`);
    const lines = text.split('\n');
    expect(lines.slice(0, 3)).toEqual(['/**', ` * ${words(19)}`, ` * ${words(6)} end.`]);
    expect(lines.slice(3)).toEqual([' *', ' *   ─▶ picture', ' */', '']);
  });

  test('code, pictures, lists and narrow comments are left alone', () => {
    const wide = words(30);
    const text = `const a = '${wide}';\n/**\n *   ${wide}\n * - ${wide}\n * short\n * lines\n */\n`;
    expect(wrapped(text)).toBe(text);
  });

  test('a wide comment of one line becomes a block', () => {
    const text = wrapped(`  /** ${words(20)} */\n`);
    expect(text).toBe(`  /**\n   * ${words(19)}\n   * word\n   */\n`);
  });
});
