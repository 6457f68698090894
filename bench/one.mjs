/** One benchmark in this process: `node one.mjs FILE SCALE SEED`; prints measurements as JSON. */
import '../packages/cli/bin/host-flags.mjs';

const [file, scale, seed] = process.argv.slice(2);
const { measure } = await import(new URL(file, import.meta.url).href);
const measurements = await measure({ scale: Number(scale), seed: Number(seed) });
process.stdout.write(JSON.stringify(measurements));
