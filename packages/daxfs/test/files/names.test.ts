/** Names: what each call answers, as Linux does. */
import { describe, expect, test } from '@jest/globals';
import { AtFlag, Errno, FileType, OpenFlag, RenameFlag } from '../../src/index.js';
import { Driver } from '../driver.js';

/**
 * /d (directory) with /d/f, /e (empty directory), /f (file), /l → f, /loop → loop, /slash → slash/.
 */
function tree(): Driver {
  const driver = new Driver();
  driver.at('mkdir', '/d');
  driver.at('mkdir', '/e');
  driver.run('close', { handle: driver.open('/f') });
  driver.run('close', { handle: driver.open('/d/f') });
  driver.atBoth('symlink', '/l', 'f');
  driver.atBoth('symlink', '/loop', 'loop');
  driver.atBoth('symlink', '/slash', 'slash/');
  return driver;
}

const LONG = 'x'.repeat(256);

describe('walking', () => {
  test.each([
    ['/', 0],
    ['/f', 0],
    ['/d/../f', 0],
    ['/d/./f', 0],
    ['/l', 0],
    ['/x', Errno.NotFound],
    ['/x/y', Errno.NotFound],
    ['/f/x', Errno.NotDirectory],
    ['/f/', Errno.NotDirectory],
    ['/d/', 0],
    ['/loop', Errno.Loop],
    ['/loop/x', Errno.Loop],
    ['', Errno.NotFound],
    [`/${LONG}`, Errno.NameTooLong],
    [`/${'a/'.repeat(2100)}`, Errno.NameTooLong],
  ])('stat of %p answers %i', (path, errno) => {
    const driver = tree();
    expect(driver.run('stat', { path: driver.path(path), handle: -1 }).errno).toBe(
      path === '' ? Errno.BadHandle : errno,
    );
  });

  test('lstat sees the link, stat what it names', () => {
    const driver = tree();
    expect(driver.at('stat', '/l').fileType).toBe(FileType.Regular);
    expect(driver.at('stat', '/l', { flags: AtFlag.NoFollow }).fileType).toBe(FileType.Symlink);
    expect(driver.at('readlink', '/l').result).toBe(1);
    expect(driver.at('readlink', '/f').errno).toBe(Errno.Invalid);
  });
});

describe('open', () => {
  test.each([
    ['/x', OpenFlag.ReadOnly, Errno.NotFound],
    ['/f', OpenFlag.Create | OpenFlag.Exclusive, Errno.Exists],
    ['/l', OpenFlag.Create | OpenFlag.Exclusive, Errno.Exists],
    ['/l', OpenFlag.NoFollow, Errno.Loop],
    ['/d', OpenFlag.ReadWrite, Errno.IsDirectory],
    ['/d', OpenFlag.Create, Errno.IsDirectory],
    ['/slash', OpenFlag.Create, Errno.IsDirectory],
    ['/slash', OpenFlag.ReadOnly, Errno.Loop],
    ['/f/slash', OpenFlag.Create, Errno.NotDirectory],
    ['/f', OpenFlag.Directory, Errno.NotDirectory],
    ['/f/', OpenFlag.ReadOnly, Errno.NotDirectory],
    ['/x/', OpenFlag.Create, Errno.IsDirectory],
    ['/x', OpenFlag.Create | OpenFlag.Directory, Errno.Invalid],
    ['/loop', OpenFlag.Create, Errno.Loop],
    ['/x/y', OpenFlag.Create, Errno.NotFound],
  ])('%p with flags %i answers %i', (path, flags, errno) => {
    expect(tree().tryOpen(path, flags)).toBe(-errno);
  });

  test('O_CREAT through a dangling symlink makes its target', () => {
    const driver = tree();
    driver.atBoth('symlink', '/to', 'd/new');
    driver.open('/to');
    expect(driver.at('stat', '/d/new').errno).toBe(0);
  });

  test('O_TRUNC empties a file', () => {
    const driver = tree();
    driver.write(driver.open('/f'), 0, 9000, 1);
    driver.open('/f', OpenFlag.WriteOnly | OpenFlag.Truncate);
    expect(driver.size('/f')).toBe(0);
  });
});

describe('names', () => {
  test.each([
    ['mkdir', '/d', Errno.Exists],
    ['mkdir', '/f', Errno.Exists],
    ['mkdir', '/x/y', Errno.NotFound],
    ['mkdir', '/f/y', Errno.NotDirectory],
    ['mkdir', '/x/', 0],
    ['mkdir', '/.', Errno.Exists],
    ['unlink', '/d', Errno.IsDirectory],
    ['unlink', '/x', Errno.NotFound],
    ['unlink', '/f/', Errno.NotDirectory],
    ['rmdir', '/d', Errno.NotEmpty],
    ['rmdir', '/e', 0],
    ['rmdir', '/f', Errno.NotDirectory],
    ['rmdir', '/x', Errno.NotFound],
    ['rmdir', '/e/.', Errno.Invalid],
    ['rmdir', '/e/..', Errno.NotEmpty],
    ['rmdir', '/', Errno.Busy],
    ['truncate', '/d', Errno.IsDirectory],
    ['truncate', '/x', Errno.NotFound],
  ])('%s of %p answers %i', (call, path, errno) => {
    expect(tree().at(call, path).errno).toBe(errno);
  });

  test.each([
    ['/f', '/g', 0, 0],
    ['/f', '/d/f', 0, 0],
    ['/f', '/l', 0, 0],
    // As XFS answers; ENOTEMPTY is as right (rename(2)).
    ['/e', '/d', 0, Errno.Exists],
    ['/d', '/e', 0, 0],
    ['/f', '/e', 0, Errno.IsDirectory],
    ['/e', '/f', 0, Errno.NotDirectory],
    ['/d', '/d/x', 0, Errno.Invalid],
    ['/x', '/y', 0, Errno.NotFound],
    ['/f', '/d/f', RenameFlag.NoReplace, Errno.Exists],
    ['/f', '/x', RenameFlag.Exchange, Errno.NotFound],
    ['/f', '/e', RenameFlag.Exchange, 0],
    ['/d', '/d/f', RenameFlag.Exchange, Errno.Invalid],
    ['/f', '/x/', 0, Errno.NotDirectory],
    ['/f', '/d/.', 0, Errno.Busy],
    ['/d/f', '/d', 0, Errno.NotEmpty],
    ['/f', '/g', RenameFlag.Whiteout, Errno.Invalid],
  ])('rename of %p to %p with flags %i answers %i', (from, to, flags, errno) => {
    expect(tree().atBoth('rename', from, to, flags).errno).toBe(errno);
  });

  test('an exchange swaps a file and a directory', () => {
    const driver = tree();
    driver.atBoth('rename', '/f', '/d', RenameFlag.Exchange);
    expect(driver.at('stat', '/d').fileType).toBe(FileType.Regular);
    expect(driver.at('stat', '/f/f').fileType).toBe(FileType.Regular);
  });

  test.each([true, false])('an exchange stamps what gets another parent: %s', (isStamped) => {
    // XFS does, ext4 does not.
    const driver = new Driver({ personality: { exchangeModifies: isStamped } });
    const { inodes, directories, names } = driver.system.world.volume;
    driver.at('mkdir', '/d');
    driver.at('mkdir', '/d/e');
    driver.at('mkdir', '/g');
    driver.at('utimens', '/d/e', { offset: 77, offset2: 77 });
    driver.atBoth('rename', '/d/e', '/g', RenameFlag.Exchange);
    const moved = directories.lookup(inodes.root, names.idOf('g'));
    expect(inodes.modifyNs(moved) !== 77).toBe(isStamped);
  });

  test('a second name keeps a file whose first is gone', () => {
    const driver = tree();
    expect(driver.atBoth('link', '/f', '/d/g').errno).toBe(0);
    expect(driver.at('unlink', '/f').errno).toBe(0);
    expect(driver.at('stat', '/d/g').errno).toBe(0);
    expect(driver.atBoth('link', '/d', '/g').errno).toBe(Errno.NotPermitted);
    expect(driver.atBoth('link', '/d/g', '/e').errno).toBe(Errno.Exists);
    expect(driver.atBoth('link', '/x', '/g').errno).toBe(Errno.NotFound);
  });

  test('a listing has dot, dot-dot and every name, in buffers of any size', () => {
    const driver = tree();
    const handle = driver.open('/', OpenFlag.ReadOnly | OpenFlag.Directory);
    const whole = driver.run('getdents', { handle, length: 32768 }).result;
    expect(whole).toBe(7 * 24 + 32);
    expect(driver.run('getdents', { handle, length: 32768 }).result).toBe(0);
    driver.run('lseek', { handle, offset: 0, whence: 0 });
    let parts = 0;
    for (let got = -1; got !== 0; parts += got) {
      got = driver.run('getdents', { handle, length: 50 }).result;
    }
    expect(parts).toBe(whole);
    driver.run('lseek', { handle, offset: 0, whence: 0 });
    expect(driver.run('getdents', { handle, length: 10 }).errno).toBe(Errno.Invalid);
    const file = driver.open('/f');
    expect(driver.run('getdents', { handle: file, length: 100 }).errno).toBe(Errno.NotDirectory);
  });

  test('attributes are set by path and by handle', () => {
    const driver = tree();
    driver.at('chmod', '/f', { mode: 0o600 });
    const handle = driver.open('/f');
    const { inodes } = driver.system.world.volume;
    const inode = driver.system.world.handles.inode(handle);
    expect(inodes.mode(inode)).toBe(0o100600);
    driver.run('chown', { handle, offset: 5, offset2: -1 });
    expect([inodes.uid(inode), inodes.gid(inode)]).toEqual([5, 0]);
    driver.run('utimens', { handle, offset: 111, offset2: -2 });
    expect(inodes.accessNs(inode)).toBe(111);
  });

  test('names last over power loss once synced', () => {
    const driver = tree();
    driver.run('sync', {});
    const after = driver.afterPowerLoss();
    expect(after.at('stat', '/d/f').errno).toBe(0);
    expect(after.at('readlink', '/l').result).toBe(1);
  });
});
