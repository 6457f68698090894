/**
 * Knobs: named, typed values that a lock plan, a planted defect or an experiment changes. The
 * catalogue says what each may be; steps read the resolved record and nothing else.
 */
import { ConfigError, nearestName } from '@daxsim/sim';

/** One entry of the catalogue. The first value is the default. */
export interface KnobDefinition {
  readonly about: string;
  readonly source: string;
  readonly values: readonly string[];
}

export const KNOBS = {
  stamps: {
    about: 'Time that inode stamps get: the clock, a counter, or always the same.',
    source: 'Ours: exploring has no clock, and a counter keeps equal states apart.',
    values: ['clock', 'counter', 'frozen'],
  },
  logForceFlush: {
    about: 'Whether a log force writes its lines back before the fence.',
    source: 'Ours: the classic planted defect of missing flushes.',
    values: ['yes', 'skip'],
  },
  punchOrder: {
    about: 'Whether a punch removes translations before or after it frees blocks.',
    source: 'Linux 6.12 fs/xfs/xfs_file.c; the reversed order is Chinner, 2014-09-16.',
    values: ['unmapThenFree', 'freeThenUnmap'],
  },
  writeInvalidates: {
    about: 'Whether write(2) removes stale translations of blocks it allocated.',
    source: 'Linux commit cd656375f946; absent before 4.12.',
    values: ['yes', 'no'],
  },
  pinnedPages: {
    about: 'Whether truncation and fallocate wait until no page of the file is pinned.',
    source: 'Linux 6.12 fs/dax.c, dax_layout_busy_page; absent before 4.18.',
    values: ['waitFor', 'ignore'],
  },
  commitWritesData: {
    about: 'Whether a log force writes dirty pages back first, as ordered data of a journal.',
    source:
      'Linux fs/jbd2/commit.c, journal_submit_data_buffers; DAX files are not ordered since 4.5.',
    values: ['no', 'yes'],
  },
  faultSizes: {
    about: 'Sizes that a page fault tries, from the largest.',
    source: 'Linux 6.12 mm/memory.c, __handle_mm_fault; pages only without CONFIG_FS_DAX_PMD.',
    values: ['hugeFirst', 'pagesOnly'],
  },
  blockZeroing: {
    about: 'Whether a new block is zeroed before its extent is committed.',
    source: 'Linux 6.12 xfs_iomap_write_direct; missing in the first DAX patches of 2014.',
    values: ['beforeCommit', 'never'],
  },
} as const satisfies { readonly [name: string]: KnobDefinition };

export type KnobName = keyof typeof KNOBS;
export type Knobs = { readonly [K in KnobName]: (typeof KNOBS)[K]['values'][number] };

/** Resolves settings, later ones winning. Throws `ConfigError` for an unknown knob or value. */
export function resolveKnobs(
  where: string,
  ...settings: readonly { readonly [knob: string]: string }[]
): Knobs {
  const names = Object.keys(KNOBS) as KnobName[];
  const resolved: Record<string, string> = {};
  for (const name of names) resolved[name] = KNOBS[name].values[0];
  for (const setting of settings) {
    for (const [name, value] of Object.entries(setting)) {
      if (!Object.hasOwn(KNOBS, name)) throw unknown(where, 'knob', name, names);
      const { values } = KNOBS[name as KnobName] as KnobDefinition;
      if (!values.includes(value)) throw unknown(where, `value of knob ${name}`, value, values);
      resolved[name] = value;
    }
  }
  return Object.freeze(resolved) as unknown as Knobs;
}

function unknown(
  where: string,
  what: string,
  found: string,
  valid: readonly string[],
): ConfigError {
  return new ConfigError({
    where,
    found: `unknown ${what} "${found}"`,
    allowed: `one of ${valid.join(', ')}`,
    nearest: nearestName(found, valid),
  });
}
