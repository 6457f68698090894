/**
 * `node packages/handbook/wrap.mjs FILE…`: breaks prose in block comments anew where a line is
 * wider than 100 columns. Prettier leaves comments alone, and the house rule does not.
 *
 * A paragraph is a run of lines ` * text` with one blank after the star; pictures and lists, which
 * are indented further, and tags stay as they are. A wide comment of one line becomes a block, a
 * wide `//` comment two of them.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const columnsMax = 100;
const prose = /^(\s*\* )([^\s@*|│┌└├+-].*)$/;

const oneLine = /^(\s*)\/\*\* (.*) \*\/$/;
const slashes = /^(\s*\/\/ )(\S.*)$/;

function isWide(line) {
  return Array.from(line).length > columnsMax;
}

function fill(prefix, words) {
  const lines = [];
  let line = prefix;
  for (const word of words) {
    const longer = line === prefix ? line + word : `${line} ${word}`;
    if (isWide(longer) && line !== prefix) {
      lines.push(line);
      line = prefix + word;
    } else line = longer;
  }
  return [...lines, line];
}

/** A wide line that is a comment by itself, in several lines; any other as it is. */
function wrapAlone(line) {
  if (!isWide(line)) return [line];
  const [, indent, text] = oneLine.exec(line) ?? [];
  if (text !== undefined) {
    return [`${indent}/**`, ...fill(`${indent} * `, text.split(' ')), `${indent} */`];
  }
  const [, prefix, words] = slashes.exec(line) ?? [];
  return words === undefined ? [line] : fill(prefix, words.split(' '));
}

function wrap(text) {
  const result = [];
  let paragraph = [];
  const close = () => {
    if (paragraph.some(isWide)) {
      const [, prefix] = prose.exec(paragraph[0]);
      const words = paragraph.flatMap((line) => prose.exec(line)[2].split(' '));
      result.push(...fill(prefix, words));
    } else result.push(...paragraph);
    paragraph = [];
  };
  for (const line of text.split('\n')) {
    if (prose.test(line) && !line.includes('*/')) paragraph.push(line);
    else {
      close();
      result.push(...wrapAlone(line));
    }
  }
  close();
  return result.join('\n');
}

for (const file of process.argv.slice(2)) {
  const before = readFileSync(file, 'utf8');
  const after = wrap(before);
  if (after === before) continue;
  writeFileSync(file, after);
  console.log(`wrapped ${file}`);
}
