/**
 * Random programs of calls, made on a file system and on a naive model of it side by side: both
 * must answer the same.
 */
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { FallocMode, OpenFlag } from '../../src/index.js';
import { Driver, byteOf } from '../driver.js';
import type { DriverOptions } from '../driver.js';
import { PosixModel, resize, writeBytes } from './posix-model.js';
import type { ModelFile } from './posix-model.js';

const PATHS = ['/a', '/b', '/d', '/d/a', '/d/e', '/d/e/b'];

export interface Call {
  readonly kind: string;
  readonly path: string;
  readonly path2: string;
  readonly pick: number;
  readonly offset: number;
  readonly length: number;
}

const KINDS = [
  'open',
  'open',
  'open',
  'close',
  'write',
  'write',
  'write',
  'read',
  'truncate',
  'punch',
  'allocate',
  'copy',
  'mkdir',
  'mkdir',
  'unlink',
  'rmdir',
  'rename',
  'link',
  'fsync',
] as const;

const bytesNear = fc.oneof(
  fc.nat(20000),
  fc.nat(5).map((page) => page * 4096),
  fc.nat(5).map((page) => page * 4096 + 4095),
);

export const calls = fc.array(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    path: fc.constantFrom(...PATHS),
    path2: fc.constantFrom(...PATHS),
    pick: fc.nat(100),
    offset: bytesNear,
    length: fc.oneof(fc.integer({ min: 1, max: 9000 }), fc.constant(4096)),
  }),
  { minLength: 1, maxLength: 40 },
);

interface Opened {
  readonly handle: number;
  readonly file: ModelFile;
}

/** The file system and the model, side by side. */
export class Pair {
  readonly driver: Driver;
  readonly model = new PosixModel();
  private readonly opened: Opened[] = [];
  private source = 0;

  constructor(capacityBytes: number, options: DriverOptions = {}) {
    this.driver = new Driver({ capacityBytes, logBytes: 256 * 1024, inodes: 32, ...options });
  }

  /** Makes one call on both; both must answer the same. */
  call(call: Call): void {
    const { driver, model } = this;
    const { kind, path, path2 } = call;
    if (kind === 'open') return this.open(path);
    if (kind === 'mkdir') return same(driver.at('mkdir', path).errno, model.mkdir(path), call);
    if (kind === 'unlink') return same(driver.at('unlink', path).errno, model.unlink(path), call);
    if (kind === 'rmdir') return same(driver.at('rmdir', path).errno, model.rmdir(path), call);
    if (kind === 'rename' || kind === 'link') {
      const expected = kind === 'rename' ? model.rename(path, path2) : model.link(path, path2);
      return same(driver.atBoth(kind, path, path2).errno, expected, call);
    }
    if (this.opened.length === 0) return;
    this.onHandle(call, this.opened[call.pick % this.opened.length]);
  }

  private open(path: string): void {
    const expected = this.model.create(path);
    const handle = this.driver.tryOpen(path, OpenFlag.ReadWrite | OpenFlag.Create);
    if (typeof expected === 'number') same(handle, -expected, path);
    else {
      expect(handle).toBeGreaterThanOrEqual(0);
      this.opened.push({ handle, file: expected });
    }
  }

  private onHandle(call: Call, { handle, file }: Opened): void {
    const { driver } = this;
    const { offset, length } = call;
    this.source += 1;
    switch (call.kind) {
      case 'close':
        this.opened.splice(call.pick % this.opened.length, 1);
        return same(driver.run('close', { handle }).errno, 0, call);
      case 'write':
        same(driver.write(handle, offset, length, this.source), length, call);
        return writeBytes(file, offset, length, byteOf(this.source));
      case 'read':
        return same(
          driver.read(handle, offset, length),
          [...file.bytes.subarray(offset, offset + length)],
          call,
        );
      case 'truncate':
        same(driver.run('ftruncate', { handle, length: offset }).errno, 0, call);
        return resize(file, offset);
      case 'punch': {
        const flags = FallocMode.PunchHole | FallocMode.KeepSize;
        same(driver.run('fallocate', { handle, offset, length, flags }).errno, 0, call);
        file.bytes.fill(0, offset, offset + length);
        return;
      }
      case 'allocate':
        same(driver.run('fallocate', { handle, offset, length, flags: 0 }).errno, 0, call);
        if (offset + length > file.bytes.length) resize(file, offset + length);
        return;
      case 'copy':
        return this.copy(call, handle, file);
      default:
        same(driver.run('fsync', { handle }).errno, 0, call);
    }
  }

  private copy(call: Call, handle: number, file: ModelFile): void {
    const target = this.opened[(call.pick + 1) % this.opened.length];
    if (target.file === file) return;
    const args = { handle, handle2: target.handle, offset: call.offset, offset2: call.length };
    const result = this.driver.run('copyRange', { ...args, length: call.length }).result;
    const bytes = file.bytes.slice(call.offset, call.offset + call.length);
    same(result, bytes.length, call);
    if (bytes.length === 0) return;
    const end = call.length + bytes.length;
    if (end > target.file.bytes.length) resize(target.file, end);
    target.file.bytes.set(bytes, call.length);
  }

  /** Both trees, names and bytes. */
  compareTrees(driver: Driver): void {
    for (const [path, bytes] of this.model.listing()) {
      const found = driver.at('stat', path);
      same(found.errno, 0, path);
      if (bytes === null) continue;
      same(found.size, bytes.length, path);
      const handle = driver.open(path, OpenFlag.ReadOnly);
      same(driver.read(handle, 0, bytes.length + 1), [...bytes], path);
      driver.run('close', { handle });
    }
    const used = driver.system.world.volume.inodes;
    let count = 0;
    for (let inode = 1; inode < used.count; inode += 1) if (used.isUsed(inode)) count += 1;
    const inodes = new Set(this.model.listing().keys());
    expect(count).toBeLessThanOrEqual(inodes.size + 1 + this.opened.length);
  }
}

function same(found: unknown, expected: unknown, about: unknown): void {
  expect([about, found]).toEqual([about, expected]);
}
