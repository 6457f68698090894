/** What a name may lead to after power loss: what was durable, or anything later. */
import { beforeEach, expect, test } from '@jest/globals';
import { mkfs, mount, type Volume } from '@daxsim/daxfs';
import { createUntimedMemory } from '@daxsim/pmem';
import { StateSpace } from '@daxsim/sim';
import { NONE, OpKind, OpenFlag, TraceRecord } from '@daxsim/trace';
import { NameWatch, bindingOf, nameKey } from './name-watch.js';

const capacityBytes = 4_194_304;
const names: string[] = [];
let volume: Volume;
let watch: NameWatch;

beforeEach(() => {
  const memory = createUntimedMemory(new StateSpace(), capacityBytes, 'adr');
  const shape = { logBytes: 262_144, inodes: 64, stripeBlocks: 0, seed: 1, label: 'test' };
  mkfs(memory, { capacityBytes, ...shape });
  volume = mount(memory, new StateSpace())!;
  create('old');
  force();
  watch = watching();
});

function watching(): NameWatch {
  return new NameWatch(volume, {
    placeOf: (_task, path) => (path === NONE ? undefined : names[path]),
  });
}

function force(): void {
  const upTo = volume.journal.committedSequence;
  if (volume.journal.planForce(upTo) > 0) volume.journal.forceDone(upTo);
}

function change(act: () => void): void {
  volume.begin(1);
  act();
  volume.commit();
}

function create(name: string): number {
  change(() => volume.createInode(1, volume.names.idOf(name), 0o100644, 0, 0));
  return volume.created;
}

/** An operation of task 0 on `/name` with what it does to the volume. */
function operation(kind: OpKind, name: string, act: () => void, name2?: string): void {
  watch.began(0, recordOf(kind, name, name2));
  change(act);
  watch.ended(0);
}

function recordOf(kind: OpKind, name: string, name2?: string): TraceRecord {
  const record = new TraceRecord();
  record.kind = kind;
  record.flags = kind === OpKind.Open ? OpenFlag.Create : 0;
  record.path = names.push(`/${name}`) - 1;
  if (name2 !== undefined) record.path2 = names.push(`/${name2}`) - 1;
  return record;
}

function make(name: string): number {
  operation(OpKind.Open, name, () => {
    volume.createInode(1, volume.names.idOf(name), 0o100644, 0, 0);
  });
  return volume.created;
}

const root = (): number => volume.inodes.generation(1);

/** An image whose root directory holds these. */
function image(...entries: readonly (readonly [name: string, inode: number])[]): string[] {
  const found = new Map<string, string>();
  for (const [name, inode] of entries) {
    found.set(nameKey(1, root(), name), bindingOf(inode, volume.inodes.generation(inode)));
  }
  return watch.judge(found);
}

test('a name that was there before the run must be there after power loss', () => {
  expect(image(['old', 2])).toEqual([]);
  expect(image()).toHaveLength(1);
});

test('a new name may be missing until its transaction is durable, and then not', () => {
  const made = make('new');
  expect(image(['old', 2])).toEqual([]);
  expect(image(['old', 2], ['new', made])).toEqual([]);
  force();
  expect(image(['old', 2])).toHaveLength(1);
  expect(image(['old', 2], ['new', made])).toEqual([]);
});

test('a name that was taken away may stay until that is durable, and then not', () => {
  operation(OpKind.Unlink, 'old', () => volume.unlink(1, volume.names.idOf('old')));
  expect(image(['old', 2])).toEqual([]);
  force();
  expect(image()).toEqual([]);
  expect(image(['old', 2])).toHaveLength(1);
});

test('after a rename both names are old or new, and the target never anything else', () => {
  const made = make('new');
  force();
  operation(
    OpKind.Rename,
    'new',
    () => volume.rename(1, volume.names.idOf('new'), 1, volume.names.idOf('old')),
    'old',
  );
  expect(image(['old', 2], ['new', made])).toEqual([]);
  expect(image(['old', made])).toEqual([]);
  force();
  expect(image(['old', 2], ['new', made])).toHaveLength(2);
  expect(image(['old', made])).toEqual([]);
});

test('while an operation on a name runs, nothing is demanded of it', () => {
  watch.began(0, recordOf(OpKind.Unlink, 'old'));
  expect(image()).toEqual([]);
  watch.ended(0);
  expect(image()).toHaveLength(1);
});

test('a name that nobody made is wrong, and one of a file without name is not', () => {
  expect(image(['old', 2], ['ghost', 2])).toHaveLength(1);
  expect(image(['old', 2], ['#unnamed-4', 2])).toEqual([]);
});

test('a path through a link is a name in the directory that the link leads to', () => {
  change(() => volume.createInode(1, volume.names.idOf('dir'), 0o040755, 0, 0));
  const dir = volume.created;
  change(() => volume.symlink(1, volume.names.idOf('way'), new TextEncoder().encode('dir'), 0, 0));
  const link = volume.created;
  force();
  watch = watching();
  operation(OpKind.Open, 'way/file', () =>
    volume.createInode(dir, volume.names.idOf('file'), 0o100644, 0, 0),
  );
  force();
  const { inodes } = volume;
  const found = new Map([
    [nameKey(1, root(), 'old'), bindingOf(2, inodes.generation(2))],
    [nameKey(1, root(), 'dir'), bindingOf(dir, inodes.generation(dir))],
    [nameKey(1, root(), 'way'), bindingOf(link, inodes.generation(link))],
  ]);
  expect(watch.judge(found)).toHaveLength(1);
  const file = volume.created;
  const key = nameKey(dir, inodes.generation(dir), 'file');
  found.set(key, bindingOf(file, inodes.generation(file)));
  expect(watch.judge(found)).toEqual([]);
});
