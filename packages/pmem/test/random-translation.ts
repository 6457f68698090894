/** Draws how the cores of a made-up machine find their pages. */
import { made, within, type Draw } from './draw.js';

function randomWalk(draw: Draw) {
  const ways = within(draw.prng, 1, 4);
  return {
    upperEntries: draw.n(1, 4),
    tableLines: made(ways * within(draw.prng, 1, 4)),
    tableWays: made(ways),
    nearCycles: draw.n(1, 40),
    farNs: draw.ns(200),
  };
}

/** Pages of 4 KiB, 2 MiB or 1 GiB, or of none that matter. */
function randomTranslation(draw: Draw, isWindow: boolean) {
  const kib = draw.pick([4, 4, 2048, 1_048_576]);
  const [first, second] = [within(draw.prng, 1, 3), within(draw.prng, 1, 3)];
  const size = {
    kib,
    firstEntries: made(first * within(draw.prng, 1, 3)),
    firstWays: made(first),
    secondEntries: made(second * within(draw.prng, 1, 6)),
    secondWays: made(second),
  };
  const pageKib = made(!isWindow && draw.prng.below(4) === 0 ? 0 : kib);
  return { pageKib, sizes: [size], secondCycles: draw.n(1, 20), ...randomWalk(draw) };
}

function randomWindow(draw: Draw) {
  const ways = within(draw.prng, 1, 3);
  return {
    pageKib: made(draw.pick([4, 4, 2048])),
    entries: made(ways * within(draw.prng, 1, 3)),
    ways: made(ways),
    ...randomWalk(draw),
    referenceCycles: draw.n(1, 20),
    mapNs: draw.ns(4000),
  };
}

/** The machine with TLBs and tables; half of them look through a window. */
export function withTranslation<M extends { readonly cpu: object }>(machine: M, draw: Draw) {
  const isWindow = draw.prng.below(2) === 0;
  const cpu = { ...machine.cpu, translation: randomTranslation(draw, isWindow) };
  return { ...machine, cpu, ...(isWindow ? { window: randomWindow(draw) } : {}) };
}
