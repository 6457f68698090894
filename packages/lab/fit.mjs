/**
 * `npm run fit -- --machine NAME`: looks for better values of a machine's fitted figures.
 *
 *   npm run fit -- --machine optane-100-6dimm [--figure stages.0.windowLines]… [--rounds 4]
 *                  [--scale 0.1] [--seed 1]
 *
 * Coordinate descent within the bounds that the machine file gives. The error is the mean over the
 * points that the figures name as fitted, whichever machine they are of; a figure that several
 * machines share is moved in all of them. Nothing is written: a value that is taken over goes into
 * the file by hand, with its source.
 */
import {
  descend,
  fittedNumbers,
  loadMachine,
  measurePoint,
  readPoints,
  withChanges,
} from './dist/src/index.js';

function readOptions(words) {
  const options = { machine: '', figures: [], rounds: 4, scale: 0.1, seed: 1 };
  for (let at = 0; at < words.length; at += 2) {
    const [name, value] = [words[at], words[at + 1]];
    if (name === '--machine') options.machine = value ?? '';
    else if (name === '--figure') options.figures.push(value);
    else if (name === '--rounds') options.rounds = Number(value);
    else if (name === '--scale') options.scale = Number(value);
    else if (name === '--seed') options.seed = Number(value);
    else refuse(`found '${name}'; allowed are --machine, --figure, --rounds, --scale, --seed.`);
  }
  if (options.machine === '') refuse('--machine NAME is missing.');
  for (const name of ['rounds', 'scale', 'seed']) {
    if (!(options[name] > 0)) refuse(`--${name}: a number above 0.`);
  }
  return options;
}

function refuse(message) {
  console.error(`fit: ${message}`);
  process.exit(2);
}

const { machine, figures, rounds, scale, seed } = readOptions(process.argv.slice(2));
const all = fittedNumbers(loadMachine(machine).config);
const numbers = figures.length === 0 ? all : all.filter(({ path }) => figures.includes(path));
if (numbers.length === 0) {
  refuse(`no such fitted figure; ${machine} has ${all.map(({ path }) => path).join(', ')}.`);
}
const ids = new Set(numbers.flatMap(({ points }) => points));
const points = readPoints().filter(({ id }) => ids.has(id));

function errorOf(changes) {
  const machines = (name) => withChanges(loadMachine(name).config, changes);
  let sum = 0;
  for (const point of points) {
    const answer = measurePoint(point, { seeds: [seed], scale, machines });
    if ('error_percent' in answer) sum += Math.abs(answer.error_percent);
  }
  return sum / points.length;
}

console.log(`${numbers.length} figures, ${points.length} points: ${points.map(({ id }) => id)}`);
console.log(`as shipped: ${errorOf({}).toFixed(2)} %`);
const { changes, error } = descend(numbers, rounds, errorOf, (path, value, least) => {
  console.log(`  ${path} = ${value}: ${least.toFixed(2)} %`);
});
console.log(`found: ${error.toFixed(2)} %`);
for (const { path, value } of numbers) console.log(`  ${path}: ${value} -> ${changes[path]}`);
