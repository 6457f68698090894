/**
 * The worked example of adding a lock plan, done as it is written: its file and its line go into a
 * copy of the compiled package, where the plan is then found, compiled and explained, and what is
 * said to be refused is refused in those words.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const text = readFileSync(join(root, 'packages/handbook/adding-a-lock-plan.md'), 'utf8');
let folder = '';

/** The blocks of the document that are marked so. */
function blocks(mark: string): string[] {
  const found = text.matchAll(/```(?:ts|text) (\S+)\n([\s\S]*?)```/g);
  return [...found].filter(([, own]) => own === mark).map(([, , body]) => body ?? '');
}

function block(mark: string): string {
  const [first, ...others] = blocks(mark);
  if (first === undefined || others.length > 0) throw new Error(`not one block ${mark}`);
  return first;
}

function javascript(source: string): string {
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  return ts.transpileModule(source, { compilerOptions: options }).outputText;
}

/** Runs lines in the copied package; answers what they print. */
function run(lines: string): string {
  const script = join(folder, 'lock-plans', 'run.mjs');
  writeFileSync(script, lines);
  const { stdout, stderr, status } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

beforeAll(() => {
  const top = mkdtempSync(join(tmpdir(), 'daxsim-plan-'));
  folder = join(top, 'daxfs');
  cpSync(join(root, 'packages/daxfs/dist/src'), folder, { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(top, 'node_modules'));
  writeFileSync(join(top, 'package.json'), '{"type": "module"}');
  writeFileSync(join(folder, 'lock-plans/writers-only.js'), javascript(block('file=writers-only')));
  const catalog = join(folder, 'lock-plans/catalog.js');
  const before = readFileSync(catalog, 'utf8');
  const list = 'export const LOCK_PLANS = [';
  expect(before).toContain(list);
  const entry = block('file=entry').trimEnd();
  writeFileSync(catalog, block('file=catalog') + before.replace(list, `${list}\n${entry}`));
});
afterAll(() => {
  rmSync(join(folder, '..'), { recursive: true, force: true });
});

const IMPORTS = `
import { lockPlan } from './catalog.js';
import { compileSystem } from '../file-system.js';
import { explain } from '../render-explanation.js';
`;

test('one file and one line make a plan that is found, compiles and takes knobs', () => {
  const found = run(`${IMPORTS}
    const plan = lockPlan('writers-only');
    const set = compileSystem(plan, null);
    const taken = set.holds.filter(({ lock }) => set.lockNames[lock] === 'entry').length;
    const usual = compileSystem(lockPlan('S3b'), null);
    const before = usual.holds.filter(({ lock }) => usual.lockNames[lock] === 'entry').length;
    console.log(plan.name, taken < before, lockPlan('writers-only+Wp=no').knobs.fsyncProtects);
  `);
  expect(found).toBe('writers-only true none');
});

test('the example names two refusals, each with its answer', () => {
  expect([blocks('refused').length, blocks('answer').length]).toEqual([2, 2]);
});

test.each(blocks('refused').map((rows, i) => [rows.trim(), blocks('answer')[i]?.trim()]))(
  'rows that cannot be are refused with the places named (%#)',
  (rows, answer) => {
    const told = run(`${IMPORTS}
      const plan = lockPlan('writers-only');
      try {
        compileSystem({ ...plan, holds: { ...plan.holds, ${rows} } }, null);
      } catch (error) {
        console.log(error.message);
      }
    `);
    expect(told).toBe(answer);
  },
);
