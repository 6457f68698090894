/**
 * `npm run golden -- NAME`: makes a golden file anew and prints what moved, for the commit body.
 *
 *   npm run golden                     lists all of them, and whether each still holds
 *   npm run golden -- NAME [--check]   writes NAME.golden.json; with --check only compares
 *
 * A golden file is packages/P/test/golden/NAME.golden.json; beside it NAME.golden.ts exports
 * `generate()`, which returns plain JSON (or a promise of it). The package's tests compare the two.
 * Nothing else may write a golden file: a digest that moves must move with a reason.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const differencesShown = 50;

function goldens() {
  const found = [];
  for (const owner of readdirSync(path.join(root, 'packages')).sort()) {
    const folder = path.join(root, 'packages', owner, 'test/golden');
    if (!existsSync(folder)) continue;
    for (const file of readdirSync(folder).sort()) {
      const name = /^(.*)\.golden\.ts$/.exec(file)?.[1];
      if (name === undefined) continue;
      const program = path.join(root, 'packages', owner, `dist/test/golden/${name}.golden.js`);
      found.push({ name, owner, program, file: path.join(folder, `${name}.golden.json`) });
    }
  }
  return found;
}

/** Depth first, in key order, as `path: before → after`. */
function differences(before, after, at = '$') {
  if (Object.is(before, after)) return [];
  const isTree = (value) => typeof value === 'object' && value !== null;
  if (!isTree(before) || !isTree(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [`${at}: ${brief(before)} → ${brief(after)}`];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => differences(before[key], after[key], `${at}.${key}`));
}

function brief(value) {
  if (value === undefined) return '(absent)';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

async function compare({ program, file }) {
  const { generate } = await import(pathToFileURL(program).href);
  const text = `${JSON.stringify(await generate(), null, 2)}\n`;
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  return { text, moved: differences(before, JSON.parse(text)) };
}

async function listAll(all) {
  for (const golden of all) {
    const { moved } = await compare(golden);
    console.log(`${golden.name} (${golden.owner}): ${moved.length === 0 ? 'holds' : 'moved'}`);
    if (moved.length > 0) process.exitCode = 1;
  }
  console.log(`${all.length} golden files`);
}

async function main() {
  const words = process.argv.slice(2);
  const name = words.find((word) => !word.startsWith('--'));
  const all = goldens();
  if (name === undefined) return listAll(all);
  const golden = all.find((candidate) => candidate.name === name);
  if (golden === undefined) {
    const names = all.map((candidate) => candidate.name).join(', ');
    console.error(`golden: found '${name}'; allowed: ${names === '' ? '(none exist)' : names}.`);
    process.exitCode = 2;
    return undefined;
  }
  const { text, moved } = await compare(golden);
  console.log(moved.length === 0 ? `${name}: nothing moved` : `${name}: ${moved.length} moved`);
  for (const line of moved.slice(0, differencesShown)) console.log(`  ${line}`);
  if (moved.length > differencesShown) console.log(`  … ${moved.length - differencesShown} more`);
  if (words.includes('--check')) process.exitCode = moved.length === 0 ? 0 : 1;
  else if (moved.length > 0) writeFileSync(golden.file, text);
  return undefined;
}

await main();
