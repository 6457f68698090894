/** What the streamer makes of the lines that it sees. */
import { expect, test } from '@jest/globals';
import { StreamTable } from './stream-table.js';

/** Lines that are brought behind each of the lines asked for, two at most. */
function brought(table: StreamTable, lines: readonly number[], most = 2): number[][] {
  return lines.map((line) => {
    const found: number[] = [];
    table.observe(line);
    for (let next = table.next(); next >= 0 && found.length < most; next = table.next()) {
      found.push(next);
      table.advance();
    }
    return found;
  });
}

test('two steps one way make a stream, upwards as downwards', () => {
  expect(brought(new StreamTable(4, 2, 20), [64, 65, 66, 67])).toEqual([
    [],
    [],
    [67, 68],
    [69, 70],
  ]);
  expect(brought(new StreamTable(4, 2, 20), [90, 89, 88])).toEqual([[], [], [87, 86]]);
});

test('steps to and fro make none', () => {
  expect(brought(new StreamTable(4, 2, 20), [8, 9, 8, 9, 8]).flat()).toEqual([]);
});

test('it goes no farther ahead than it may, and not beyond the page', () => {
  expect(brought(new StreamTable(4, 1, 3), [0, 1, 2], 8)).toEqual([[], [2, 3, 4], [5]]);
  expect(brought(new StreamTable(4, 1, 20), [60, 61, 62, 63], 8)).toEqual([[], [62, 63], [], []]);
  expect(brought(new StreamTable(4, 1, 20), [66, 65, 64], 8)).toEqual([[], [64], []]);
});

test('who jumps ahead of what was brought goes on from there', () => {
  expect(brought(new StreamTable(4, 1, 20), [0, 1, 9])).toEqual([[], [2, 3], [10, 11]]);
});

test('the page that was asked for least recently is forgotten first', () => {
  const table = new StreamTable(2, 1, 20);
  const pages = [0, 64, 1, 128, 2, 65];
  expect(brought(table, pages, 1)).toEqual([[], [], [2], [], [3], []]);
});
