/**
 * Follows a run and knows at any moment which bytes of which files power loss must not take.
 *
 *     operation begins ─▶ a sync notes when it began and how large the file was
 *     change ends      ─▶ is since the last sync
 *     operation ends   ─▶ a sync that succeeded promises
 *
 * Syncs are fsync, fdatasync, a block trace's flush, msync of a shared mapping with MS_SYNC, and
 * writes that sync themselves: through O_SYNC or O_DSYNC descriptors, RWF_SYNC, RWF_DSYNC, FUA. A
 * file is an inode number with its generation, so a new file inherits no promises; what was removed
 * stays known until its removal is durable.
 */
import { OpenFlag, type World } from '@daxsim/daxfs';
import { IoFlag, MsyncFlag, NONE, OpKind, OpenFlag as TraceOpenFlag } from '@daxsim/trace';
import type { TraceRecord } from '@daxsim/trace';
import { FileContent, type Change } from '../oracle/file-content.js';
import { ZERO } from '../oracle/payload-words.js';
import type { ChangeListener, FileOracle } from '../oracle/file-oracle.js';
import type { OperationListener, ReplaySource } from '../replay/replay-source.js';
import { DurableFile } from './durable-file.js';

/** A sync under way. */
interface RunningSync {
  readonly file: DurableFile;
  readonly size: number;
  readonly stamp: number;
  readonly from: number;
  readonly to: number;
  /** A write that syncs itself: the bytes are known when it has ended. */
  readonly isWrite: boolean;
}

/** What of the run's source it asks. */
export type SyncSource = Pick<ReplaySource, 'inodeOf' | 'rangeOf' | 'openFlagsOf'>;

const WHOLE: readonly [from: number, to: number] = [0, Infinity];
const syncFlags = IoFlag.ForceUnitAccess | IoFlag.DataSync | IoFlag.Sync;

export class DurabilityWatch implements OperationListener, ChangeListener {
  /** Opens in flight that empty a file: which one is not known before they end. */
  emptying = 0;
  private readonly filesOf = new Map<number, DurableFile[]>();
  private readonly syncing: (RunningSync | undefined)[] = [];

  constructor(
    private readonly world: World,
    private readonly oracle: FileOracle,
    private readonly source: SyncSource,
  ) {
    for (const content of oracle.existing()) {
      const size = world.volume.inodes.sizeBytes(content.inode);
      this.keep(new DurableFile(content, size));
    }
  }

  /** All files that may be on media. */
  *files(): Iterable<DurableFile> {
    for (const files of this.filesOf.values()) yield* files;
  }

  changed(content: FileContent, change: Change): void {
    this.fileOf(content).changed(change);
  }

  began(task: number, record: TraceRecord): void {
    const { kind } = record;
    if (kind === OpKind.Open) {
      if ((record.flags & TraceOpenFlag.Truncate) !== 0) this.emptying += 1;
      return;
    }
    const isWrite = kind === OpKind.Write && this.isSyncedWrite(task, record);
    if (!isWrite && !isSync(record)) return;
    const inode = this.source.inodeOf(task, record);
    const range = kind === OpKind.Msync ? this.source.rangeOf(task, record) : WHOLE;
    if (inode <= 0 || range === undefined) return;
    this.oracle.stamp += 1;
    this.syncing[task] = {
      file: this.fileOf(this.oracle.contentOf(inode)),
      size: this.world.volume.inodes.sizeBytes(inode),
      stamp: this.oracle.stamp,
      from: range[0],
      to: range[1],
      isWrite,
    };
  }

  ended(task: number, record: TraceRecord, errno: number, result: number): void {
    if (record.kind === OpKind.Open && (record.flags & TraceOpenFlag.Truncate) !== 0) {
      this.emptying -= 1;
    }
    const sync = this.syncing[task];
    this.syncing[task] = undefined;
    if (sync === undefined || errno !== 0) return;
    const { file, size, stamp, from, to, isWrite } = sync;
    if (!isWrite) file.syncEnded(stamp, size, from, to);
    else if (record.offset !== NONE) {
      const own = file.onlyChange(stamp, record.offset, result);
      if (own !== undefined) file.writeSynced(own.end + 0.5, own.from, own.to);
    }
  }

  /** The file behind an inode found on media; one that nobody wrote holds zeros. */
  found(inode: number, generation: number): DurableFile {
    const known = this.filesOf.get(inode)?.find(({ content }) => content.generation === generation);
    if (known !== undefined) return known;
    const content = this.oracle.contentOf(inode);
    if (content.generation === generation) return this.fileOf(content);
    return new DurableFile(new FileContent(inode, generation, ZERO, 0), undefined);
  }

  /** Whether the file is there now and has a name. */
  isLinked({ content: { inode, generation } }: DurableFile): boolean {
    const { inodes } = this.world.volume;
    return this.exists(inode, generation) && inodes.links(inode) > 0;
  }

  /**
   * A moment is over, looked at or passed by: what changes from here on has to be looked at again.
   * Files whose removal is durable are forgotten: no later power loss brings them back.
   */
  momentPassed(): void {
    for (const file of this.files()) file.regions.clear();
    this.forgetRemoved();
  }

  private forgetRemoved(): void {
    const { committedSequence, durableSequence } = this.world.volume.journal;
    for (const [inode, files] of this.filesOf) {
      const kept = files.filter((file) => {
        if (this.exists(inode, file.content.generation)) return true;
        if (file.goneBy === 0) file.goneBy = committedSequence;
        return file.goneBy > durableSequence;
      });
      if (kept.length === 0) this.filesOf.delete(inode);
      else if (kept.length < files.length) this.filesOf.set(inode, kept);
    }
  }

  private isSyncedWrite(task: number, record: TraceRecord): boolean {
    if ((record.flags & syncFlags) !== 0) return true;
    return (this.source.openFlagsOf(task, record) & OpenFlag.DataSync) !== 0;
  }

  private exists(inode: number, generation: number): boolean {
    const { inodes } = this.world.volume;
    // The oracle counts the uses of an inode number from 1.
    return inodes.isUsed(inode) && inodes.generation(inode) + 1 === generation;
  }

  private fileOf(content: FileContent): DurableFile {
    const known = this.filesOf.get(content.inode)?.find((file) => file.content === content);
    return known ?? this.keep(new DurableFile(content, undefined));
  }

  private keep(file: DurableFile): DurableFile {
    const files = this.filesOf.get(file.content.inode);
    if (files === undefined) this.filesOf.set(file.content.inode, [file]);
    else files.push(file);
    return file;
  }
}

function isSync({ kind, flags }: TraceRecord): boolean {
  if (kind === OpKind.Msync) return (flags & MsyncFlag.Sync) !== 0;
  return kind === OpKind.Fsync || kind === OpKind.Fdatasync || kind === OpKind.Flush;
}
