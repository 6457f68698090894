/** Who may do what, as Linux answers it; and files without a name. */
import { describe, expect, test } from '@jest/globals';
import { Errno, OpenFlag, RwFlag } from '../../src/index.js';
import { Driver } from '../driver.js';

const TASK = 0;
const ALICE = 1000;
const BOB = 2000;
const ANONYMOUS = OpenFlag.TemporaryFile | OpenFlag.Directory | OpenFlag.ReadWrite;

class People {
  readonly driver = new Driver();

  as(user: number, group = user): this {
    this.driver.system.world.credentials.set(TASK, user, group);
    return this;
  }

  at(recipe: string, path: string, args: Parameters<Driver['run']>[1] = {}): number {
    return this.driver.at(recipe, path, args).errno;
  }

  /** The mode of a path, without its type. */
  mode(path: string): number {
    const { volume } = this.driver.system.world;
    let inode = volume.inodes.root;
    for (const name of path.split('/').slice(1)) {
      inode = volume.directories.lookup(inode, volume.names.idOf(name));
    }
    return volume.inodes.mode(inode) & 0o7777;
  }

  create(path: string, mode: number): number {
    const flags = OpenFlag.ReadWrite | OpenFlag.Create | OpenFlag.Exclusive;
    const handle = 100 + this.handles;
    this.handles += 1;
    return this.at('open', path, { flags, mode, handle });
  }

  private handles = 0;
}

/** /pub (0777), /tmp (1777), /own (0700 of Alice), /f (0640 of Alice, group Bob). */
function people(): People {
  const found = new People();
  found.at('mkdir', '/pub', { mode: 0o777 });
  found.at('mkdir', '/tmp', { mode: 0o1777 });
  found.at('mkdir', '/own', { mode: 0o700 });
  found.at('chown', '/own', { offset: ALICE, offset2: ALICE });
  found.create('/f', 0o640);
  found.at('chown', '/f', { offset: ALICE, offset2: BOB });
  return found;
}

describe('permissions', () => {
  test('of owner, group and others decide who opens a file', () => {
    const found = people();
    const open = (flags: number): number => found.at('open', '/f', { flags, handle: 1 });
    expect(found.as(ALICE).at('access', '/f', { mode: 6 })).toBe(0);
    expect(open(OpenFlag.ReadWrite)).toBe(0);
    found.as(BOB);
    expect(open(OpenFlag.ReadOnly)).toBe(0);
    expect(open(OpenFlag.WriteOnly)).toBe(Errno.Access);
    expect(open(OpenFlag.ReadOnly | OpenFlag.Truncate)).toBe(Errno.Access);
    expect(found.as(3000).at('access', '/f', { mode: 4 })).toBe(Errno.Access);
    expect(open(OpenFlag.PathOnly)).toBe(0);
    expect(found.as(0).at('access', '/f', { mode: 6 })).toBe(0);
    expect(found.at('access', '/f', { mode: 1 })).toBe(Errno.Access);
  });

  test('of a directory are needed to go through it, and to change its names', () => {
    const found = people().as(BOB);
    expect(found.at('stat', '/own/x')).toBe(Errno.Access);
    expect(found.create('/x', 0o644)).toBe(Errno.Access);
    expect(found.at('mkdir', '/x', { mode: 0o755 })).toBe(Errno.Access);
    expect(found.at('unlink', '/f')).toBe(Errno.Access);
    expect(found.driver.atBoth('rename', '/f', '/pub/f').errno).toBe(Errno.Access);
    expect(found.create('/pub/x', 0o644)).toBe(0);
    expect(found.as(ALICE).create('/own/x', 0o644)).toBe(0);
  });

  test('in a sticky directory names belong to who owns the file', () => {
    const found = people();
    expect(found.as(ALICE).create('/tmp/a', 0o666)).toBe(0);
    found.as(BOB);
    expect(found.at('unlink', '/tmp/a')).toBe(Errno.NotPermitted);
    expect(found.driver.atBoth('rename', '/tmp/a', '/tmp/b').errno).toBe(Errno.NotPermitted);
    expect(found.as(ALICE).at('unlink', '/tmp/a')).toBe(0);
  });

  test('a program of another group loses set-group-ID before the mask is applied', () => {
    const found = people();
    found.at('mkdir', '/group', { mode: 0o777 });
    found.at('chmod', '/group', { mode: 0o2777 });
    found.as(ALICE).driver.system.world.credentials.setUmask(TASK, 0o077);
    expect(found.create('/group/tool', 0o2755)).toBe(Errno.None);
    expect(found.mode('/group/tool')).toBe(0o700);
  });

  test('truncate to the size that a file has takes set-user-ID away, but for an empty one', () => {
    const found = people();
    found.create('/pub/tool', 0o777);
    found.create('/pub/empty', 0o777);
    found.at('truncate', '/pub/tool', { length: 10000 });
    found.at('chmod', '/pub/tool', { mode: 0o6777 });
    found.at('chmod', '/pub/empty', { mode: 0o6777 });
    found.as(ALICE);
    expect(found.at('truncate', '/pub/tool', { length: 10000 })).toBe(Errno.None);
    expect(found.at('truncate', '/pub/empty', { length: 0 })).toBe(Errno.None);
    expect(found.mode('/pub/tool')).toBe(0o777);
    expect(found.mode('/pub/empty')).toBe(0o6777);
  });

  test('a directory that may not be written cannot move, and not over a file either', () => {
    const found = people().as(ALICE);
    found.at('mkdir', '/own/closed', { mode: 0o555 });
    found.create('/pub/file', 0o644);
    const { driver } = found;
    expect(driver.atBoth('rename', '/own/closed', '/own/other').errno).toBe(Errno.None);
    expect(driver.atBoth('rename', '/own/other', '/pub/other').errno).toBe(Errno.Access);
    expect(driver.atBoth('rename', '/own/other', '/pub/file').errno).toBe(Errno.NotDirectory);
  });

  test('are changed by owners only, and given away by nobody', () => {
    const found = people();
    expect(found.as(BOB).at('chmod', '/f', { mode: 0o777 })).toBe(Errno.NotPermitted);
    expect(found.at('utimens', '/f', { offset: 5, offset2: 5 })).toBe(Errno.NotPermitted);
    expect(found.at('utimens', '/f', { offset: -1, offset2: -1 })).toBe(Errno.Access);
    found.as(ALICE);
    expect(found.at('chmod', '/f', { mode: 0o2755 })).toBe(0);
    // Alice is not of the file's group.
    expect(found.mode('/f')).toBe(0o755);
    const give = { offset: BOB, offset2: -1 };
    expect(found.at('chown', '/f', give)).toBe(Errno.NotPermitted);
    expect(found.at('chown', '/f', { offset: -1, offset2: ALICE })).toBe(0);
    expect(found.as(0).at('chown', '/f', give)).toBe(0);
  });

  test('that run a program as somebody else go with a change of owner, and with a write', () => {
    const found = people();
    found.at('chmod', '/f', { mode: 0o6777 });
    found.as(BOB).at('open', '/f', { flags: OpenFlag.WriteOnly, handle: 7 });
    found.as(0).driver.run('write', { handle: 7, offset: 0, length: 1, source: 1 });
    expect(found.mode('/f')).toBe(0o6777);
    found.as(BOB).driver.run('write', { handle: 7, offset: 0, length: 1, source: 1 });
    expect(found.mode('/f')).toBe(0o777);
    found.as(0).at('chmod', '/f', { mode: 0o6755 });
    found.at('chown', '/f', { offset: BOB, offset2: BOB });
    expect(found.mode('/f')).toBe(0o755);
  });

  test('of new files are cut by the mask, and groups come from set-group directories', () => {
    const found = people();
    found.driver.system.world.credentials.setUmask(TASK, 0o027);
    found.create('/a', 0o666);
    expect(found.mode('/a')).toBe(0o640);
    found.at('chmod', '/pub', { mode: 0o2777 });
    found.at('chown', '/pub', { offset: -1, offset2: BOB });
    found.at('chmod', '/pub', { mode: 0o2777 });
    found.as(ALICE).at('mkdir', '/pub/d', { mode: 0o777 });
    expect(found.mode('/pub/d')).toBe(0o2750);
  });

  test('a hard link to what is not yours needs that you may read and write it', () => {
    const found = people();
    expect(found.as(3000).driver.atBoth('link', '/f', '/pub/f').errno).toBe(Errno.NotPermitted);
    expect(found.as(ALICE).driver.atBoth('link', '/f', '/pub/f').errno).toBe(0);
  });

  test('extended attributes of users follow them, trusted ones are the superuser’s', () => {
    const found = people();
    const xattr = (text: string): number => found.driver.system.world.volume.names.idOf(text);
    const set = (name: string): number => found.at('setxattr', '/f', { xattr: xattr(name) });
    expect(found.as(BOB).at('getxattr', '/f', { xattr: xattr('user.a') })).toBe(Errno.NoData);
    expect(set('user.a')).toBe(Errno.Access);
    expect(found.as(ALICE).at('setxattr', '/f', { xattr: xattr('user.a') })).toBe(0);
    expect(set('trusted.a')).toBe(Errno.NotPermitted);
    expect(set('security.a')).toBe(Errno.NotPermitted);
  });
});

describe('a file without a name', () => {
  test('goes with its last handle, or gets a name once', () => {
    const { driver } = people();
    const { inodes } = driver.system.world.volume;
    const flags = ANONYMOUS;
    expect(driver.at('open', '/pub', { flags, handle: 1 }).errno).toBe(0);
    const inode = driver.system.world.handles.inode(1);
    expect(inodes.links(inode)).toBe(0);
    driver.run('write', { handle: 1, length: 5000, source: 3 });
    const name = { handle: 1, path2: driver.path('/pub/named') };
    expect(driver.run('link', name).errno).toBe(0);
    expect(driver.size('/pub/named')).toBe(5000);
    driver.at('unlink', '/pub/named');
    expect(driver.run('link', name).errno).toBe(Errno.NotFound);
    driver.run('close', { handle: 1 });
    expect(inodes.isUsed(inode)).toBe(false);
  });

  test('that is exclusive never gets one, and power loss takes it', () => {
    const { driver } = people();
    driver.at('open', '/pub', { flags: ANONYMOUS | OpenFlag.Exclusive, handle: 1 });
    const name = { handle: 1, path2: driver.path('/x') };
    expect(driver.run('link', name).errno).toBe(Errno.NotFound);
    const inode = driver.system.world.handles.inode(1);
    driver.run('fsync', { handle: 1 });
    expect(driver.afterPowerLoss().system.world.volume.inodes.isUsed(inode)).toBe(false);
  });

  test.each([
    ['/f', ANONYMOUS, Errno.NotDirectory],
    ['/none', ANONYMOUS, Errno.NotFound],
    ['/pub', OpenFlag.TemporaryFile | OpenFlag.Directory, Errno.Invalid],
  ])('cannot be made in %s with flags %i: %i', (path, flags, errno) => {
    expect(people().driver.at('open', path, { flags, handle: 1 }).errno).toBe(errno);
  });
});

test('one write may append, or not, whatever its handle says', () => {
  const { driver } = people();
  const plain = driver.open('/pub/a');
  driver.write(plain, 0, 100, 1);
  const write = { length: 10, offset: 0, source: 2 };
  driver.run('write', { ...write, handle: plain, rwFlags: RwFlag.Append });
  expect(driver.size('/pub/a')).toBe(110);
  const appending = driver.open('/pub/a', OpenFlag.ReadWrite | OpenFlag.Append);
  driver.run('write', { ...write, handle: appending, rwFlags: RwFlag.NoAppend });
  expect(driver.size('/pub/a')).toBe(110);
  expect(driver.run('write', { ...write, handle: plain, rwFlags: 64 }).errno).toBe(
    Errno.NotSupported,
  );
});
