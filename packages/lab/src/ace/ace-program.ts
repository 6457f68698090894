/**
 * From a workload to calls that succeed: what each operation needs is put before it, the same way
 * each time.
 *
 *     rename foo bar          open foo · close foo · rename foo bar
 *     write foo overlap       open foo · write foo 0+32768 · write foo 0+5000
 *     rmdir A (has a file)    unlink A/foo · rmdir A
 *
 * A small model of the tree says what is there: directories, files with their tracked sizes, which
 * are open, which have the attribute. The size that operations track is the generator's own notion
 * (fallocate with the size kept moves it not, an overlapping write across the end neither).
 */
import { assert } from '@daxsim/sim';
import { parentOf } from './ace-space.js';
import type { AceBounds, AceSizes } from './ace-bounds.js';
import type { AceCall, AceOperation, AceProgram, AceWorkload } from './ace-operation.js';

/** What collapse and insert take out and put in. */
const SHIFT_BYTES = 4096;

interface TrackedFile {
  size: number;
  isOpen: boolean;
  hasAttribute: boolean;
}

/** The calls of a workload. All files are closed at the end. */
export function programOf(workload: AceWorkload, bounds: AceBounds): AceProgram {
  const writer = new ProgramWriter(bounds);
  workload.operations.forEach((operation, i) => {
    if (i === workload.operations.length - 1) writer.setMark();
    writer.add(operation);
    const point = workload.persist[i];
    if (point === undefined || point.kind === 'none') return;
    if ('path' in point) writer.fsync(point.path);
    else writer.emit({ call: 'sync' });
  });
  return writer.end();
}

class ProgramWriter {
  private readonly calls: AceCall[] = [];
  private readonly dirs = new Set(['.']);
  private readonly files = new Map<string, TrackedFile>();
  private markAt = 0;
  private readonly sizes: AceSizes;

  constructor(bounds: AceBounds) {
    this.sizes = bounds.sizes;
  }

  emit(call: AceCall): void {
    this.calls.push(call);
  }

  /** What comes next belongs to the last operation. */
  setMark(): void {
    this.markAt = this.calls.length;
  }

  end(): AceProgram {
    for (const path of [...this.files.keys()].sort()) this.close(path);
    return { calls: this.calls, mark: this.markAt };
  }

  add(operation: AceOperation): void {
    switch (operation.op) {
      case 'creat':
        if (this.files.has(operation.path)) this.unlink(operation.path);
        this.open(operation.path);
        return;
      case 'mkdir':
        if (this.dirs.has(operation.path)) this.removeDir(operation.path);
        this.makeDir(operation.path);
        return;
      case 'rmdir':
        this.makeDir(operation.path);
        this.removeDir(operation.path);
        return;
      case 'unlink':
      case 'remove':
        this.open(operation.path);
        this.unlink(operation.path);
        return;
      case 'setxattr':
      case 'removexattr':
        this.attribute(operation.op, operation.path);
        return;
      case 'link':
        this.link(operation.path, operation.to);
        return;
      case 'rename':
        this.rename(operation.path, operation.to);
        return;
      case 'truncate':
        this.withContent(operation.path);
        this.resize(operation.path, operation.aligned ? 0 : this.sizes.truncateTo);
        return;
      default:
        this.onRange(operation);
    }
  }

  fsync(path: string): void {
    if (isDirectory(path)) this.makeDir(path);
    else this.open(path);
    this.emit({ call: 'fsync', path });
  }

  private onRange(operation: Extract<AceOperation, { range: unknown }>): void {
    const { path, range } = operation;
    const { sizes } = this;
    const needsContent = range !== 'append' || operation.op === 'falloc';
    const file = needsContent ? this.withContent(path) : this.open(path);
    let offset = file.size;
    let length = sizes.append;
    const isWhole = operation.op !== 'falloc' && operation.op !== 'write';
    if (range === 'overlap-start') {
      offset = 0;
      length = isWhole ? sizes.alignedOverlap : sizes.overlap;
    } else if (range === 'overlap-extend') {
      offset = Math.max(0, file.size - sizes.extendBefore);
      length = sizes.extendLength;
    }
    const end = offset + length;
    if (operation.op !== 'falloc') {
      if (range === 'append') file.size = end;
      this.emit({ call: operation.op, path, offset, length });
      return;
    }
    const { mode } = operation;
    if (mode === 'alloc' || mode === 'zero') file.size = Math.max(file.size, end);
    if (mode === 'collapse' || mode === 'insert') {
      // A whole block, and for a collapse not all that there is: others are refused.
      if (file.size <= SHIFT_BYTES) {
        this.emit({ call: 'write', path, offset: 0, length: sizes.append });
        file.size = sizes.append;
      }
      this.emit({ call: 'falloc', path, mode, offset: 0, length: SHIFT_BYTES });
      file.size += mode === 'insert' ? SHIFT_BYTES : -SHIFT_BYTES;
      return;
    }
    this.emit({ call: 'falloc', path, mode, offset, length });
  }

  private attribute(op: 'setxattr' | 'removexattr', path: string): void {
    const file = this.open(path);
    if (op === 'removexattr' && !file.hasAttribute) this.emit({ call: 'setxattr', path });
    this.emit({ call: op, path });
    file.hasAttribute = op === 'setxattr';
  }

  private link(path: string, to: string): void {
    const file = this.open(path);
    this.makeDir(parentOf(to));
    if (this.files.has(to)) this.unlink(to);
    this.emit({ call: 'link', path, to });
    // Two names of one file share what is tracked, except that each is opened by its own name.
    this.files.set(to, { ...file, isOpen: false });
  }

  private rename(path: string, to: string): void {
    if (isDirectory(path)) {
      this.renameDir(path, to);
      return;
    }
    this.open(path);
    this.close(path);
    this.makeDir(parentOf(to));
    if (this.files.has(to)) this.close(to);
    this.emit({ call: 'rename', path, to });
    const file = this.files.get(path);
    assert(file !== undefined, 'ProgramWriter: a renamed file is tracked');
    this.files.delete(path);
    this.files.set(to, file);
  }

  private renameDir(path: string, to: string): void {
    this.makeDir(path);
    this.makeDir(parentOf(to));
    if (this.dirs.has(to) && !isInside(to, path)) this.emptyDir(to);
    this.closeInside(path);
    this.emit({ call: 'rename', path, to });
    // A directory cannot be moved into itself: the call fails and nothing moves.
    if (isInside(to, path)) return;
    this.dirs.add(to);
    for (const dir of [...this.dirs]) if (isInside(dir, path)) this.moveDir(dir, path, to);
    this.dirs.delete(path);
    for (const [name, file] of [...this.files]) {
      if (!isInside(name, path)) continue;
      this.files.delete(name);
      this.files.set(to + name.slice(path.length), file);
    }
  }

  private moveDir(dir: string, from: string, to: string): void {
    this.dirs.delete(dir);
    this.dirs.add(to + dir.slice(from.length));
  }

  private resize(path: string, length: number): void {
    this.emit({ call: 'truncate', path, length });
    this.open(path).size = length;
  }

  /** The file, with something in it. */
  private withContent(path: string): TrackedFile {
    const file = this.open(path);
    if (file.size > 0) return file;
    this.emit({ call: 'write', path, offset: 0, length: this.sizes.append });
    file.size = this.sizes.append;
    return file;
  }

  private open(path: string): TrackedFile {
    this.makeDir(parentOf(path));
    let file = this.files.get(path);
    if (file === undefined) {
      file = { size: 0, isOpen: false, hasAttribute: false };
      this.files.set(path, file);
    }
    if (!file.isOpen) this.emit({ call: 'open', path });
    file.isOpen = true;
    return file;
  }

  private close(path: string): void {
    const file = this.files.get(path);
    if (file?.isOpen !== true) return;
    this.emit({ call: 'close', path });
    file.isOpen = false;
  }

  private unlink(path: string): void {
    this.close(path);
    this.emit({ call: 'unlink', path });
    this.files.delete(path);
  }

  private makeDir(path: string): void {
    if (this.dirs.has(path)) return;
    this.makeDir(parentOf(path));
    this.emit({ call: 'mkdir', path });
    this.dirs.add(path);
  }

  private removeDir(path: string): void {
    this.emptyDir(path);
    this.emit({ call: 'rmdir', path });
    this.dirs.delete(path);
  }

  private emptyDir(path: string): void {
    for (const name of [...this.files.keys()].sort()) if (isInside(name, path)) this.unlink(name);
    const inner = [...this.dirs].filter((dir) => isInside(dir, path));
    for (const dir of inner.sort().reverse()) {
      this.emit({ call: 'rmdir', path: dir });
      this.dirs.delete(dir);
    }
  }

  private closeInside(path: string): void {
    for (const name of [...this.files.keys()].sort()) if (isInside(name, path)) this.close(name);
  }
}

function isInside(path: string, directory: string): boolean {
  return path.startsWith(`${directory}/`);
}

/** Directories of the space end in a capital letter. */
function isDirectory(path: string): boolean {
  return path === '.' || /[A-Z]$/.test(path);
}
