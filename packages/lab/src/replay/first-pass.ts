/**
 * The first reading of a trace: what it holds, which tasks it has, what it presumes. Streams; the
 * trace is read a second time for the replay itself.
 */
import { TraceSummary, familyOf, openTrace } from '@daxsim/trace';
import type { TraceInfo, TraceOptions } from '@daxsim/trace';
import { FileType } from '@daxsim/trace';
import { PathNames, commonDirectory } from './path-names.js';
import { Presumption } from './presumption.js';
import type { SetUpItem } from './set-up.js';
import type { Through } from '../through/through.js';

/** A presumed file with its name in the trace. */
export interface PresumedItem extends Omit<SetUpItem, 'path'> {
  readonly name: string;
}

export interface FirstPass {
  readonly path: string;
  readonly info: TraceInfo;
  readonly family: ReturnType<typeof familyOf>;
  readonly taskCount: number;
  readonly items: readonly PresumedItem[];
  /** Names that appear without a call of the trace. */
  readonly unmade: ReadonlySet<string>;
  /** The directory that all names share. */
  readonly root: string;
}

/** Reads a trace once. */
export async function firstPass(
  path: string,
  options: TraceOptions,
  through?: Through,
): Promise<FirstPass> {
  const reader = through === undefined ? await openTrace(path, options) : await through.open();
  try {
    const summary = new TraceSummary(reader);
    const names = new PathNames();
    const known: number[] = [];
    const nameOf = (id: number): number => (known[id] ??= names.idOf(reader.names.text(id)));
    const family = familyOf(reader.format);
    // A memory trace that goes through a file has every call that makes it.
    const isCallTrace = family === 'strace' || through !== undefined;
    const presumption = new Presumption(names, nameOf, isCallTrace);
    const used = new Set<number>();
    let taskCount = 1;
    do {
      while (reader.next()) {
        const { record } = reader;
        summary.add(record);
        if (!record.inScope && !record.isImplied) continue;
        taskCount = Math.max(taskCount, record.task + 1, record.child + 1);
        presumption.add(record);
        if (record.path >= 0) used.add(nameOf(record.path));
      }
    } while (await reader.fill());
    return {
      path,
      info: through?.info ?? summary.finish(),
      family,
      taskCount,
      items: itemsOf(presumption, names, family, isCallTrace),
      unmade: new Set([...presumption.unmade].map((name) => names.textOf(name))),
      root: commonDirectory([...used].map((name) => names.textOf(name))),
    };
  } finally {
    await reader.close();
  }
}

function itemsOf(
  presumption: Presumption,
  names: PathNames,
  family: FirstPass['family'],
  isCallTrace: boolean,
): PresumedItem[] {
  return presumption.presumed().map((file) => {
    const isWhole = isCallTrace || file.type === FileType.Directory;
    const size = isWhole ? file.size : Math.max(file.size, file.reached);
    const wasWritten = isCallTrace || file.isRead;
    return {
      name: names.textOf(file.name),
      type: file.type,
      size,
      bytes: family === 'blkparse' ? 'device' : wasWritten ? 'written' : 'preallocated',
    };
  });
}

/** The traces' presumptions together, below one root, directories first. */
export function mergedItems(passes: readonly FirstPass[], root: string): SetUpItem[] {
  const byPath = new Map<string, SetUpItem>();
  const base = root === '/' ? '' : root;
  for (const pass of passes) {
    for (const { name, ...item } of pass.items) {
      if (!name.startsWith(`${base}/`)) continue;
      const path = name.slice(base.length);
      const known = byPath.get(path);
      const size = Math.max(item.size, known?.size ?? 0);
      const bytes = known?.bytes === 'written' ? 'written' : item.bytes;
      byPath.set(path, { ...item, path, size, bytes });
    }
  }
  const depth = (item: SetUpItem): number => item.path.split('/').length;
  return [...byPath.values()].sort((a, b) => depth(a) - depth(b));
}
