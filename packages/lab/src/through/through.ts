/**
 * `replay MEMTRACE --through FILE`: prepares the replay of a memory trace through a mapped file.
 *
 *     first pass ─▶ what it maps, flushes and reaches ─▶ settings ─▶ a reader for each later pass
 *     recording  ─▶ its mappings, found again in the trace ─▶ merge of its calls
 *
 * Which file is meant: the only one that the trace maps, whatever it was called there; or the one
 * that was called FILE; or, of a trace of addresses, a file that all of them lie in.
 */
import { ConfigError, TraceError, nearestName } from '@daxsim/sim';
import { OpKind, isMemoryKind, openTrace, traceInfo } from '@daxsim/trace';
import type { TraceInfo, TraceOptions, TraceReader, TraceRecord } from '@daxsim/trace';
import { CallMerge, rangeKey, type LogSurvey } from './call-merge.js';
import { readDaxRecording, type DaxRecording, type RecordedMapping } from './dax-recording.js';
import { ThroughReader, chunkOf, type ThroughSettings } from './through-reader.js';

export interface ThroughOptions {
  /** Name of the file on the simulated file system. */
  readonly file: string;
  /** Recording on a DAX mount whose msync and munmap calls and faulting loads are merged. */
  readonly msyncFrom?: string | undefined;
  /** MAP_SYNC for mappings whose flags the trace does not tell; default true. */
  readonly mapsSync?: boolean | undefined;
}

/** A memory trace, ready to be replayed. */
export interface Through {
  readonly options: ThroughOptions;
  readonly info: TraceInfo;
  readonly recording: DaxRecording | undefined;
  /** Inode in the recording of the file that each mapping of the trace is of. */
  readonly recordedInodes: ReadonlySet<number>;
  /** What recorded the trace. */
  readonly origin: string;
  /** The merge of the reader that was opened last. */
  merge: CallMerge | undefined;
  /** What the trace is taken for; for the user. */
  readonly notes: readonly string[];
  /** Flushes that look like an msync: of more than a line, from the beginning of a page on. */
  readonly rangeFlushes: number;
  /** msync calls of the trace itself. */
  readonly ownSyncs: number;
  open(): Promise<TraceReader>;
}

interface Survey extends LogSurvey {
  readonly flushes: Map<string, number>;
  readonly lastAccess: Map<number, number>;
  readonly mappings: { readonly id: number; readonly length: number; readonly offset: number }[];
  readonly files: Set<string>;
  readonly chunks: Map<number, number>;
  accesses: number;
  rangeFlushes: number;
  ownSyncs: number;
  origin: string;
}

const PAGE_BYTES = 4096;
const LINE_BYTES = 64;

/** Looks at the trace and the recording. Throws UserError when they cannot be used. */
export async function prepareThrough(
  trace: string,
  traceOptions: TraceOptions,
  options: ThroughOptions,
): Promise<Through> {
  let readOptions = traceOptions;
  let info = await traceInfo(trace, readOptions);
  if (!hasAccess(info)) {
    readOptions = { ...traceOptions, memory: 'all' };
    info = await traceInfo(trace, readOptions);
    if (!hasAccess(info)) {
      const found = `a trace without loads, stores or flushes (${info.format})`;
      throw new TraceError({ where: trace, found, allowed: 'a memory trace' });
    }
  }
  const survey = await look(trace, readOptions);
  const base: ThroughSettings = {
    file: options.file.startsWith('/') ? options.file : `/${options.file}`,
    recordedName: nameIn(survey, options.file),
    places: survey.files.size === 0 ? survey.chunks : undefined,
    mapsSync: options.mapsSync ?? true,
    merge: undefined,
    recorded: new Map(),
  };
  const recording =
    options.msyncFrom === undefined ? undefined : await readDaxRecording(options.msyncFrom);
  const paired = pair(options, survey, recording);
  const acts = actsFor(recording, paired);
  const through: Through = {
    ...{ options, info, recording, merge: undefined, origin: survey.origin },
    recordedInodes: new Set([...paired.values()].map(({ inode }) => inode)),
    notes: notesOf(survey, base, recording),
    rangeFlushes: survey.rangeFlushes,
    ownSyncs: survey.ownSyncs,
    open: async () => {
      const inner = await openTrace(trace, readOptions);
      const isMerged = recording !== undefined && survey.ownSyncs === 0;
      const merge = isMerged ? new CallMerge(acts, survey) : undefined;
      through.merge = merge;
      return new ThroughReader(inner, { ...base, merge, recorded: paired });
    },
  };
  return through;
}

function hasAccess({ operations }: TraceInfo): boolean {
  const kinds = ['load', 'store', 'modify', 'flush_range'];
  return kinds.some((kind) => (operations[kind] ?? 0) > 0);
}

/** A pass over the trace as the replay will see it, without merging. */
async function look(trace: string, options: TraceOptions): Promise<Survey> {
  const plain = { file: '', recordedName: undefined, places: undefined, mapsSync: true };
  const settings = { ...plain, merge: undefined, recorded: new Map() };
  const reader = new ThroughReader(await openTrace(trace, options), settings);
  const survey: Survey = {
    ...{ flushes: new Map(), lastAccess: new Map(), mappings: [], files: new Set() },
    ...{ chunks: new Map(), accesses: 0, rangeFlushes: 0, ownSyncs: 0, origin: reader.origin },
  };
  try {
    do {
      while (reader.next()) lookAt(survey, reader.record, reader);
    } while (await reader.fill());
  } finally {
    await reader.close();
  }
  return survey;
}

function lookAt(survey: Survey, record: TraceRecord, reader: TraceReader): void {
  const { kind, mapping, offset, length, address } = record;
  if (kind === OpKind.Mmap && record.errno === 0 && record.inScope) {
    survey.mappings.push({ id: mapping, length, offset });
    survey.files.add(reader.names.text(record.path));
  } else if (kind === OpKind.Msync && record.inScope) survey.ownSyncs += 1;
  if (!isMemoryKind(kind) || kind === OpKind.Fence) return;
  survey.accesses += 1;
  if (mapping >= 0) survey.lastAccess.set(mapping, record.line);
  else if (!survey.chunks.has(chunkOf(address))) {
    survey.chunks.set(chunkOf(address), survey.chunks.size);
  }
  if (kind !== OpKind.FlushRange || mapping < 0) return;
  const key = rangeKey(mapping, offset, length);
  survey.flushes.set(key, (survey.flushes.get(key) ?? 0) + 1);
  if (offset % PAGE_BYTES === 0 && length > LINE_BYTES) survey.rangeFlushes += 1;
}

/** The recorded name of the file that is meant; undefined if every file keeps its own. */
function nameIn({ files }: Survey, file: string): string | undefined {
  const [only] = files;
  if (files.size <= 1) return only;
  const named = [...files].find((name) => name === file || name.endsWith(`/${file}`));
  if (named !== undefined) return named;
  const known = [...files];
  throw new ConfigError({
    where: '--through',
    found: `${file}, which is none of the ${files.size} files that the trace maps`,
    allowed: known.slice(0, 10).join(', '),
    nearest: nearestName(file, known),
  });
}

/** By mapping of the log: the recording's mapping of the same range, in order. */
function pair(
  { msyncFrom }: ThroughOptions,
  survey: Survey,
  recording: DaxRecording | undefined,
): Map<number, RecordedMapping> {
  const paired = new Map<number, RecordedMapping>();
  if (recording === undefined) return paired;
  const free = new Set(recording.mappings);
  for (const { id, length, offset } of survey.mappings) {
    const pages = Math.ceil(length / PAGE_BYTES);
    const match = [...free].find(
      (one) => one.fileOffset === offset && one.length === pages * PAGE_BYTES,
    );
    if (match === undefined) continue;
    free.delete(match);
    paired.set(id, match);
  }
  if (paired.size > 0) return paired;
  throw new TraceError({
    where: msyncFrom ?? '',
    found: 'a recording that maps no file as the trace does',
    allowed: 'a recording of the same program with sys_enter_mmap and sys_exit_mmap events',
  });
}

/** What the recording's program did, by mappings of the log. */
function actsFor(
  recording: DaxRecording | undefined,
  paired: ReadonlyMap<number, RecordedMapping>,
): CallMerge['acts'] {
  if (recording === undefined) return [];
  const idOf = new Map([...paired].map(([id, mapping]) => [mapping, id]));
  return recording.acts.flatMap((act) => {
    const id = idOf.get(recording.mappings[act.mapping] as RecordedMapping);
    return id === undefined ? [] : [{ ...act, mapping: id }];
  });
}

function notesOf(
  survey: Survey,
  { places, file, recordedName, mapsSync }: ThroughSettings,
  recording: DaxRecording | undefined,
): string[] {
  const notes: string[] = [];
  if (places !== undefined) notes.push(`all addresses lie in ${file}, 2 MiB of them at a time`);
  else if (recordedName !== undefined && recordedName !== file) {
    notes.push(`${recordedName} of the trace is ${file}`);
  }
  if (survey.ownSyncs === 0 && places === undefined) {
    const how = mapsSync ? 'with MAP_SYNC' : 'without MAP_SYNC';
    notes.push(`the trace shows no calls: files are fallocated and mapped ${how}, as by libpmem`);
  }
  if (recording !== undefined && survey.ownSyncs > 0) {
    notes.push('the trace has its own msync calls: none was merged');
  }
  return notes;
}
