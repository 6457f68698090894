/**
 * Follows a run and knows at any moment what power loss must not take: which files were synced, with
 * which bytes, under which name.
 *
 *     operation begins ─▶ a sync notes when it began and how large the file was
 *     change ends      ─▶ is since the last sync
 *     operation ends   ─▶ a sync promises; a rename or unlink takes promised names back
 *
 * A file system that logs metadata keeps a prefix of what was committed, so a sync of a file keeps
 * its name too. Names are taken back when an operation on them begins, because it may be committed
 * before it ends.
 */
import type { World } from '@daxsim/daxfs';
import { MsyncFlag, OpKind, OpenFlag, type TraceRecord } from '@daxsim/trace';
import type { Change, FileContent } from '../oracle/file-content.js';
import type { ChangeListener, FileOracle } from '../oracle/file-oracle.js';
import type { OperationListener, ReplaySource } from '../replay/replay-source.js';
import { DurableFile } from './durable-file.js';

interface RunningSync {
  readonly files: readonly { readonly file: DurableFile; readonly size: number }[];
  readonly stamp: number;
  /** Of msync: the bytes of the file that it covers. */
  readonly range: readonly [from: number, to: number] | undefined;
}

export class DurabilityWatch implements OperationListener, ChangeListener {
  /** All files that may be on media; those that are gone are dropped when a cut shows it. */
  readonly files = new Map<FileContent, DurableFile>();
  private readonly syncing: (RunningSync | undefined)[] = [];
  private readonly nameOf = new Map<number, string>();

  constructor(
    private readonly world: World,
    private readonly oracle: FileOracle,
    private readonly source: ReplaySource,
  ) {
    for (const content of oracle.existing()) {
      const size = world.volume.inodes.sizeBytes(content.inode);
      content.live.find(0);
      this.files.set(content, new DurableFile(content, { value: content.live.value, size }));
    }
  }

  changed(content: FileContent, change: Change): void {
    this.fileOf(content).changed(change);
  }

  began(task: number, record: TraceRecord): void {
    const { kind } = record;
    if (kind === OpKind.Rename || kind === OpKind.Unlink || kind === OpKind.Link) {
      this.takeBack(this.source.placeOf(task, record.path));
      this.takeBack(this.source.placeOf(task, record.path2));
      return;
    }
    const inode = this.source.inodeOf(task, record);
    if (inode <= 0) return;
    this.oracle.stamp += 1;
    const { stamp } = this.oracle;
    if (kind === OpKind.Msync) {
      if ((record.flags & MsyncFlag.Sync) === 0) return;
      const range = this.source.rangeOf(task, record);
      this.syncing[task] = { files: [this.sized(inode)], stamp, range };
    } else if (this.syncs(record)) {
      this.syncing[task] = { files: [this.sized(inode)], stamp, range: undefined };
    }
  }

  ended(task: number, record: TraceRecord, errno: number): void {
    const sync = this.syncing[task];
    this.syncing[task] = undefined;
    if (errno !== 0) return;
    if (sync !== undefined) this.promise(sync);
    else this.follow(task, record);
  }

  private promise({ files, stamp, range }: RunningSync): void {
    for (const { file, size } of files) {
      if (range !== undefined && (range[0] > 0 || range[1] < size)) {
        file.rangeSyncEnded(stamp, range[0], range[1]);
        continue;
      }
      file.syncEnded(stamp, size);
      file.promisedName = this.nameOf.get(file.content.inode);
    }
  }

  /** Names, as opens and renames tell them. */
  private follow(task: number, record: TraceRecord): void {
    const { kind } = record;
    const place = this.source.placeOf(task, record.path);
    if (kind === OpKind.Open && place !== undefined) {
      const inode = this.source.inodeOf(task, record);
      const isAnonymous = (record.flags & OpenFlag.TemporaryFile) !== 0;
      if (inode > 0 && !isAnonymous) this.nameOf.set(inode, place);
    } else if (kind === OpKind.Rename && place !== undefined) {
      const place2 = this.source.placeOf(task, record.path2);
      for (const [inode, name] of this.nameOf) {
        if (name !== place && !name.startsWith(`${place}/`)) continue;
        if (place2 === undefined) this.nameOf.delete(inode);
        else this.nameOf.set(inode, place2 + name.slice(place.length));
      }
    }
  }

  private syncs({ kind }: TraceRecord): boolean {
    return kind === OpKind.Fsync || kind === OpKind.Fdatasync || kind === OpKind.Flush;
  }

  private takeBack(place: string | undefined): void {
    if (place === undefined) return;
    for (const file of this.files.values()) {
      const name = file.promisedName;
      if (name !== undefined && (name === place || name.startsWith(`${place}/`))) {
        file.promisedName = undefined;
      }
    }
  }

  private sized(inode: number): { readonly file: DurableFile; readonly size: number } {
    const file = this.fileOf(this.oracle.contentOf(inode));
    return { file, size: this.world.volume.inodes.sizeBytes(inode) };
  }

  private fileOf(content: FileContent): DurableFile {
    let file = this.files.get(content);
    if (file === undefined) {
      file = new DurableFile(content, undefined);
      this.files.set(content, file);
    }
    return file;
  }
}
