/** What lists of calls presume of the file system before the first of them. */
import { expect, test } from '@jest/globals';
import { FileType, OpKind, OpenFlag, TraceRecord, Whence, errnoByName } from '@daxsim/trace';
import { PathNames } from './path-names.js';
import { Presumption } from './presumption.js';

type Fields = Partial<TraceRecord>;

/** What a list of records presumes: `path type size` of each. */
function presumed(
  records: readonly (readonly [path: string, fields: Fields])[],
  names = new PathNames(),
): string[] {
  const presumption = new Presumption(names, (path) => path, true);
  for (const [path, fields] of records) {
    const record = Object.assign(new TraceRecord(), { hasResult: 1 }, fields);
    record.path = path === '' ? -1 : names.idOf(path);
    presumption.add(record);
  }
  return presumption
    .presumed()
    .filter(({ name }) => names.textOf(name) !== '/')
    .map(({ name, type, size }) => `${names.textOf(name)} ${type} ${size}`);
}

const open = (flags: number): Fields => ({ kind: OpKind.Open, flags, handle: 1 });
const { Regular, Directory } = FileType;
const file = (path: string, size: number): string => `${path} ${Regular} ${size}`;
const directory = (path: string): string => `${path} ${Directory} 0`;

test('a file that is read was there, as long as the read reached', () => {
  const read = { kind: OpKind.Read, handle: 1, length: 100, result: 80, fileOffset: 4000 };
  const found = presumed([
    ['/d/a', open(OpenFlag.Read)],
    ['', read],
  ]);
  expect(found).toEqual([directory('/d'), `/d/a ${FileType.Unknown} 4080`]);
});

test('a file that is made is not presumed, nor one that was looked for in vain', () => {
  const missing = { kind: OpKind.Stat, errno: errnoByName('ENOENT') };
  const makes = open(OpenFlag.Create | OpenFlag.Write);
  expect(
    presumed([
      ['/a', missing],
      ['/a', makes],
    ]),
  ).toEqual([]);
  expect(presumed([['/a', open(OpenFlag.Create | OpenFlag.Exclusive)]])).toEqual([]);
});

test('O_CREAT alone presumes nothing until a size shows', () => {
  const makes = open(OpenFlag.Create | OpenFlag.Write);
  expect(presumed([['/a', makes]])).toEqual([]);
  const stat = { kind: OpKind.Stat, handle: 1, statSize: 700, fileType: Regular };
  expect(
    presumed([
      ['/a', makes],
      ['', stat],
    ]),
  ).toEqual([file('/a', 700)]);
});

test('a size that the trace itself wrote says nothing of the beginning', () => {
  const makes = open(OpenFlag.Create | OpenFlag.Write);
  const write = { kind: OpKind.Write, handle: 1, length: 700, result: 700, fileOffset: 0 };
  const stat = { kind: OpKind.Stat, handle: 1, statSize: 700, fileType: Regular };
  expect(
    presumed([
      ['/a', makes],
      ['', write],
      ['', stat],
    ]),
  ).toEqual([]);
});

test('after a truncation sizes no longer tell of the beginning', () => {
  const cut = { kind: OpKind.Ftruncate, handle: 1, length: 10 };
  const stat = { kind: OpKind.Stat, handle: 1, statSize: 900, fileType: Regular };
  const found = presumed([
    ['/a', open(OpenFlag.Write)],
    ['', cut],
    ['', stat],
  ]);
  expect(found).toEqual([file('/a', 0)]);
});

test('a seek to the end shows the size', () => {
  const seek = { kind: OpKind.Seek, handle: 1, whence: Whence.End, length: -5, result: 95 };
  expect(
    presumed([
      ['/a', open(OpenFlag.Read)],
      ['', seek],
    ]),
  ).toEqual([`/a ${FileType.Unknown} 100`]);
});

test('mkdir that finds a directory presumes it', () => {
  expect(presumed([['/d', { kind: OpKind.Mkdir, errno: errnoByName('EEXIST') }]])).toEqual([
    directory('/d'),
  ]);
});

test('a renamed directory takes its files along', () => {
  const names = new PathNames();
  const presumption = new Presumption(names, (path) => path, true);
  const add = (path: string, fields: Fields): void => {
    const record = Object.assign(new TraceRecord(), { hasResult: 1 }, fields);
    record.path = names.idOf(path);
    presumption.add(record);
  };
  add('/a', { kind: OpKind.Mkdir });
  add('/a/f', open(OpenFlag.Create | OpenFlag.Exclusive));
  add('/a', { kind: OpKind.Rename, path2: names.idOf('/b') });
  add('/b/f', { kind: OpKind.Unlink });
  add('/a/f', { kind: OpKind.Stat, errno: errnoByName('ENOENT') });
  expect(presumption.presumed().map(({ name }) => names.textOf(name))).toEqual(['/']);
});

test('a directory that would not go had something in it', () => {
  const found = presumed([['/d', { kind: OpKind.Rmdir, errno: errnoByName('ENOTEMPTY') }]]);
  expect(found[0]).toBe(directory('/d'));
  expect(found).toHaveLength(2);
});

test('a listing shows how many names were there that the trace never says', () => {
  const list = (result: number): Fields => ({ kind: OpKind.ListDirectory, handle: 1, result });
  const makes: Fields = { ...open(OpenFlag.Create | OpenFlag.Exclusive), handle: 2 };
  const bytes = 24 + 24 + 32 + 32 + 40;
  const found = presumed([
    ['/d', open(OpenFlag.Directory)],
    ['/d/known', { kind: OpKind.Stat, statSize: 5, fileType: Regular }],
    ['/d/made', makes],
    ['', list(bytes)],
    ['', list(0)],
  ]);
  // Of 152 bytes, two dots take 48, `known` 32 and `made` 24; one name of 24 bytes takes the rest.
  expect(found.slice(0, 2)).toEqual([directory('/d'), file('/d/known', 5)]);
  expect(found.slice(2).map((line) => line.split(' ')[0]?.length)).toEqual(['/d/'.length + 24]);
});

test('a file that O_CREAT made is found afterwards, which shows nothing of before', () => {
  const makes = open(OpenFlag.Create | OpenFlag.Truncate | OpenFlag.Write);
  const stat = { kind: OpKind.Stat, statSize: 300, fileType: Regular };
  expect(
    presumed([
      ['/a', makes],
      ['/a', stat],
      ['/a', open(OpenFlag.Read)],
    ]),
  ).toEqual([]);
});

test('what is found below a directory that was renamed was there under its first name', () => {
  const names = new PathNames();
  const renames = { kind: OpKind.Rename, path2: names.idOf('/new') };
  const stat = { kind: OpKind.Stat, statSize: 70, fileType: Regular };
  const found = presumed(
    [
      ['/old', renames],
      ['/new/in', { kind: OpKind.Stat, fileType: Directory }],
      ['/new/in/a', stat],
    ],
    names,
  );
  expect(found).toEqual([directory('/old'), directory('/old/in'), file('/old/in/a', 70)]);
});

test('what is found below a directory that the trace made is not presumed', () => {
  const stat = { kind: OpKind.Stat, fileType: FileType.Other };
  expect(
    presumed([
      ['/d', { kind: OpKind.Mkdir }],
      ['/d/socket', stat],
    ]),
  ).toEqual([]);
});
