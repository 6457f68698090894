/** Figures of address translation: TLBs of a core, tables of pages, and a host's second level. */
import { ConfigError } from '@daxsim/sim';
import { z } from 'zod';
import { count, cycles, figure, span } from '../figure.js';

const pageKib = (about: string) => z.literal([4, 2048, 1_048_576]).describe(about);

const sizeConfig = z.strictObject({
  kib: pageKib('Size of a page, KiB: 4, 2048 or 1048576.'),
  firstEntries: count(4096, 'Pages that the first TLB of a core holds.'),
  firstWays: count(4096, 'Pages of a set of it.'),
  secondEntries: count(65_536, 'Pages that the second TLB holds.'),
  secondWays: count(65_536, 'Pages of a set of it.'),
});

const walkFigures = {
  upperEntries: count(
    4096,
    'Entries above the last level that a core keeps; each spans 512 pages.',
  ),
  tableLines: count(65_536, 'Lines of last-level tables, 8 entries each, that its caches keep.'),
  tableWays: count(65_536, 'Such lines of a set.'),
  nearCycles: cycles('Reference to an entry that the caches keep.'),
  farNs: span('Reference to an entry that they do not.'),
};

export const translationConfig = z.strictObject({
  pageKib: figure(
    z.literal([0, 4, 2048, 1_048_576]),
    'Size of the pages that map the device, one of `sizes`; 0: translation takes no time.',
  ),
  sizes: z.array(sizeConfig).min(1).max(3).describe('What a core keeps, by size of pages.'),
  secondCycles: cycles('What a page takes that only the second TLB holds.'),
  ...walkFigures,
});
export type TranslationConfig = z.output<typeof translationConfig>;
export type PageSize = TranslationConfig['sizes'][number];

export const windowConfig = z.strictObject({
  pageKib: figure(pageKib('KiB.'), "Size of the host's pages behind the window, KiB."),
  entries: count(65_536, 'Places of such pages that a core keeps.'),
  ways: count(65_536, 'Places of a set.'),
  ...walkFigures,
  referenceCycles: cycles("Finding where the host has a table of the guest's, each time."),
  mapNs: span('What the host takes to put a page behind the window when it is first used.'),
});
export type WindowConfig = z.output<typeof windowConfig>;
export type WalkConfig = Pick<WindowConfig, keyof typeof walkFigures>;

/** Refuses sizes that do not fit together; `where` names the machine's file. */
export function checkTranslation(
  translation: TranslationConfig | undefined,
  window: WindowConfig | undefined,
  where: string,
): void {
  const page = translation?.pageKib.value ?? 0;
  if (window !== undefined && page === 0) {
    const found = 'pages that take no time, behind a window';
    throw new ConfigError({ where: `${where}: cpu.translation.pageKib`, found, allowed: 'a size' });
  }
  if (translation === undefined) return;
  const size = translation.sizes.find(({ kib }) => kib === page);
  if (page !== 0 && size === undefined) {
    const found = `${page}, which sizes does not have`;
    const allowed = translation.sizes.map(({ kib }) => kib).join(', ');
    throw new ConfigError({ where: `${where}: cpu.translation.pageKib`, found, allowed });
  }
  const sets: [string, number, number][] = translation.sizes.flatMap((one) => [
    [`sizes of ${one.kib} KiB, first`, one.firstEntries.value, one.firstWays.value],
    [`sizes of ${one.kib} KiB, second`, one.secondEntries.value, one.secondWays.value],
  ]);
  sets.push(['tableWays', translation.tableLines.value, translation.tableWays.value]);
  if (window !== undefined) {
    sets.push(['window.ways', window.entries.value, window.ways.value]);
    sets.push(['window.tableWays', window.tableLines.value, window.tableWays.value]);
  }
  for (const [name, entries, ways] of sets) {
    if (entries % ways === 0) continue;
    const found = `${entries} places in sets of ${ways}`;
    throw new ConfigError({ where: `${where}: ${name}`, found, allowed: 'a divisor' });
  }
}
