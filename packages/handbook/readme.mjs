/**
 * `npm run readme`: are the outputs in the README what its commands print today?
 *
 *   npm run readme               names the blocks that differ, with the first line that does
 *   npm run readme -- --write    puts today's outputs there
 *
 * A block is a fence of ```text that begins with `$ COMMAND`; a line `…` stands for whatever the
 * command prints before the line that follows it in the block. The block behind "`npm start`
 * prints:" is that of `npm start`. Commands run in a folder of their own, where they may write.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const file = path.join(root, 'README.md');
const program = path.join(root, 'packages/cli/bin/daxsim.mjs');
const START = '`npm start` prints:\n\n```text\n';
const ELLIPSIS = '…';

/** What a command line of the README prints; its exit status is the reader's to see. */
function outputOf(words, cwd) {
  const { stdout, status, stderr } = spawnSync(process.execPath, [program, ...words], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status === null || status > 1) throw new Error(`${words.join(' ')}: ${stderr}`);
  return stdout.trimEnd().split('\n');
}

function wordsOf(command) {
  const [npx, name, ...words] = command.split(/\s+/);
  if (npx !== 'npx' || name !== 'daxsim') throw new Error(`not a command of daxsim: ${command}`);
  return words;
}

/** The block as it should be: its command, and the whole output or the end of it. */
function refreshed(block, cwd) {
  const [command, ...shown] = block.split('\n');
  const output = outputOf(wordsOf(command.slice(2)), cwd);
  if (shown[0] !== ELLIPSIS) return [command, ...output].join('\n');
  const label = /^\S+(?: \S+)?/.exec(shown[1] ?? '')?.[0] ?? '';
  const from = output.findIndex((line) => line.startsWith(label));
  if (from < 0) throw new Error(`${command}: no line begins with "${label}"`);
  const end = from + shown.length - 1;
  return [command, ELLIPSIS, ...output.slice(from, end)].join('\n');
}

const before = readFileSync(file, 'utf8');
const cwd = mkdtempSync(path.join(tmpdir(), 'readme-'));
let after = before.replaceAll(/```text\n(\$ [^`]*?)\n```/g, (_fence, block) => {
  return `\`\`\`text\n${refreshed(block, cwd)}\n\`\`\``;
});
const at = after.indexOf(START) + START.length;
if (at >= START.length) {
  const end = after.indexOf('\n```', at);
  const start = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).scripts.start;
  const words = start
    .slice(start.indexOf('daxsim.mjs') + 'daxsim.mjs'.length)
    .trim()
    .split(' ');
  after = after.slice(0, at) + outputOf(words, root).join('\n') + after.slice(end);
}
rmSync(cwd, { recursive: true });

if (process.argv.includes('--write')) {
  writeFileSync(file, after);
} else if (after !== before) {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const line = now.findIndex((text, i) => text !== old[i]);
  console.error(
    `README.md:${line + 1} shows\n  ${old[line]}\nand the command prints\n  ${now[line]}`,
  );
  console.error("`npm run readme -- --write` puts today's outputs there.");
  process.exit(1);
}
