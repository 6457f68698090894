/**
 * One benchmark, or one part of it, in this process; prints measurements as JSON.
 *
 *   node one.mjs FILE SCALE SEED PART
 */
import '../packages/cli/bin/host-flags.mjs';

const [file, scale, seed, part] = process.argv.slice(2);
const { measure } = await import(new URL(file, import.meta.url).href);
const measurements = await measure({ scale: Number(scale), seed: Number(seed), part });
process.stdout.write(JSON.stringify(measurements));
