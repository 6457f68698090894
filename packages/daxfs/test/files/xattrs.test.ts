/** Calls on extended attributes: values, lists, and every error number of Linux. */
import { describe, expect, test } from '@jest/globals';
import { AtFlag, Errno, OpenFlag, XattrFlag, personality } from '../../src/index.js';
import { byteOf, Driver } from '../driver.js';
import type { Arguments } from '../driver.js';

class Xattrs {
  constructor(readonly driver: Driver) {}

  private name(text: string): number {
    return this.driver.system.world.volume.names.idOf(text);
  }

  private answer(recipe: string, path: string, args: Arguments): number {
    const { errno, result } = this.driver.at(recipe, path, args);
    return errno === 0 ? result : -errno;
  }

  set(path: string, name: string, length: number, source = 1, flags = 0): number {
    return this.answer('setxattr', path, { xattr: this.name(name), length, source, flags });
  }

  get(path: string, name: string, length = 65536, flags = 0): number {
    return this.answer('getxattr', path, { xattr: this.name(name), length, flags });
  }

  removeXattr(path: string, name: string, flags = 0): number {
    return this.answer('removexattr', path, { xattr: this.name(name), flags });
  }

  list(path: string, length = 65536, flags = 0): string[] | number {
    this.driver.xattrSeen = [];
    const answer = this.answer('listxattr', path, { length, flags });
    if (answer < 0 || length === 0) return answer;
    return new TextDecoder()
      .decode(Uint8Array.from(this.driver.xattrSeen))
      .split('\0')
      .slice(0, -1)
      .sort();
  }
}

function withFile(options: ConstructorParameters<typeof Driver>[0] = {}): Xattrs {
  const driver = new Driver(options);
  driver.run('close', { handle: driver.open('/f') });
  driver.at('mkdir', '/d');
  driver.atBoth('symlink', '/s', '/f');
  return new Xattrs(driver);
}

describe('extended attributes', () => {
  test('hold what was set last, empty values too', () => {
    const xattrs = withFile();
    for (const [length, source] of [
      [5, 1],
      [0, 2],
      [60000, 3],
      [100, 4],
    ] as const) {
      expect(xattrs.set('/f', 'user.a', length, source)).toBe(0);
      expect(xattrs.get('/f', 'user.a')).toBe(length);
      expect(xattrs.driver.xattrSeen).toEqual(new Array<number>(length).fill(byteOf(source)));
    }
    expect(xattrs.removeXattr('/f', 'user.a')).toBe(0);
    expect(xattrs.get('/f', 'user.a')).toBe(-Errno.NoData);
    expect(xattrs.removeXattr('/f', 'user.a')).toBe(-Errno.NoData);
  });

  test('are listed by their whole names', () => {
    const xattrs = withFile();
    const names = ['security.x', 'trusted.x', `user.${'n'.repeat(250)}`, 'user.x'];
    for (const name of names) expect(xattrs.set('/d', name, 10)).toBe(0);
    expect(xattrs.list('/d')).toEqual(names);
    const bytes = names.reduce((sum, name) => sum + name.length + 1, 0);
    expect(xattrs.list('/d', 0)).toBe(bytes);
    expect(xattrs.list('/d', bytes - 1)).toBe(-Errno.Range);
    expect(xattrs.list('/f')).toEqual([]);
  });

  test('are made or replaced only as the flags allow', () => {
    const xattrs = withFile();
    expect(xattrs.set('/f', 'user.a', 1, 1, XattrFlag.Replace)).toBe(-Errno.NoData);
    expect(xattrs.set('/f', 'user.a', 1, 1, XattrFlag.Create)).toBe(0);
    expect(xattrs.set('/f', 'user.a', 1, 1, XattrFlag.Create)).toBe(-Errno.Exists);
    expect(xattrs.set('/f', 'user.a', 1, 1, XattrFlag.Replace)).toBe(0);
    expect(xattrs.set('/f', 'user.a', 1, 1, 4)).toBe(-Errno.Invalid);
  });

  test('need a name of a known space, and a value of at most 64 KiB', () => {
    const xattrs = withFile();
    expect(xattrs.set('/f', '', 1)).toBe(-Errno.Range);
    expect(xattrs.set('/f', `user.${'n'.repeat(251)}`, 1)).toBe(-Errno.Range);
    expect(xattrs.set('/f', 'user.', 1)).toBe(-Errno.Invalid);
    expect(xattrs.set('/f', 'other.a', 1)).toBe(-Errno.NotSupported);
    expect(xattrs.set('/f', 'user.a', 65537)).toBe(-Errno.TooLong);
    expect(xattrs.set('/f', 'user.a', 65536)).toBe(0);
    expect(xattrs.get('/f', 'user.a', 100)).toBe(-Errno.Range);
    expect(xattrs.get('/f', 'user.a', 0)).toBe(65536);
  });

  test('of users belong to files and directories, not to symlinks', () => {
    const xattrs = withFile();
    const { NoFollow } = AtFlag;
    expect(xattrs.set('/s', 'user.a', 1, 1, NoFollow)).toBe(-Errno.NotPermitted);
    expect(xattrs.get('/s', 'user.a', 10, NoFollow)).toBe(-Errno.NoData);
    expect(xattrs.set('/s', 'trusted.a', 1, 1, NoFollow)).toBe(0);
    expect(xattrs.list('/s', 100, NoFollow)).toEqual(['trusted.a']);
    expect(xattrs.set('/s', 'user.b', 1)).toBe(0);
    expect(xattrs.list('/f')).toEqual(['user.b']);
  });

  test('are reached by handles that are more than a place', () => {
    const xattrs = withFile();
    const { driver } = xattrs;
    const xattr = driver.system.world.volume.names.idOf('user.a');
    const handle = driver.open('/f', OpenFlag.ReadOnly);
    expect(driver.run('setxattr', { handle, xattr, length: 3 }).errno).toBe(0);
    expect(driver.run('getxattr', { handle, xattr, length: 9 }).result).toBe(3);
    const place = driver.open('/f', OpenFlag.PathOnly);
    expect(driver.run('getxattr', { handle: place, xattr }).errno).toBe(Errno.BadHandle);
    expect(driver.run('setxattr', { handle: 77, xattr }).errno).toBe(Errno.BadHandle);
  });

  test('on ext4 have one block beside the inode', () => {
    const xattrs = withFile({ personality: personality('ext4-dax') });
    expect(xattrs.set('/f', 'user.a', 4065)).toBe(-Errno.NoSpace);
    expect(xattrs.set('/f', 'user.a', 4040)).toBe(0);
    expect(xattrs.set('/f', 'user.b', 64)).toBe(0);
    expect(xattrs.set('/f', 'user.c', 64)).toBe(-Errno.NoSpace);
    expect(xattrs.set('/f', 'user.b', 69)).toBe(-Errno.NoSpace);
    expect(xattrs.get('/f', 'user.b')).toBe(64);
  });

  test('survive power loss once the file was synced, with their values', () => {
    const xattrs = withFile();
    xattrs.set('/f', 'user.long', 9000, 7);
    xattrs.set('/f', 'user.short', 3, 8);
    const { driver } = xattrs;
    const handle = driver.open('/f', OpenFlag.ReadOnly);
    driver.run('fdatasync', { handle });
    xattrs.set('/f', 'user.lost', 3, 9);
    const after = driver.afterPowerLoss().system.world.volume;
    const inode = after.directories.lookup(1, after.names.idOf('f'));
    expect(after.xattrs.find(inode, 0, after.names.idOf('long'))).toBe(true);
    const value = new Uint8Array(9000);
    after.xattrs.readValue(value);
    expect(new Set(value)).toEqual(new Set([byteOf(7)]));
    expect(after.xattrs.find(inode, 0, after.names.idOf('short'))).toBe(true);
    expect(after.xattrs.find(inode, 0, after.names.idOf('lost'))).toBe(false);
  });
});
