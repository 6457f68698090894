/** Faults of a replay as a user writes them. */
import { expect, test } from '@jest/globals';
import { parseFaults } from './parse-faults.js';

const DEVICE = 1 << 24;

test('a short form says when, where and for how long', () => {
  const text = 'truncated-backing@time=2ms,address=0x1000-0x3000,regrown=5us,policy=hang';
  const [order] = parseFaults([text], DEVICE);
  expect(order).toMatchObject({
    text,
    time: 2e9,
    lines: [64, 192],
    liftedTicks: 5e6,
    isRegrown: true,
    entry: { policy: 'hang', fault: 'truncated-backing' },
  });
});

test('bytes of a file and a chance are read', () => {
  const [order] = parseFaults(['poisoned-line@file=a/b,offset=8KiB,length=64,chance=1%'], DEVICE);
  expect(order).toMatchObject({
    file: { path: 'a/b', from: 8192, to: 8256 },
    chance: { parts: 1, whole: 100 },
    liftedTicks: Infinity,
  });
});

test.each([
  ['poisened-line', /did you mean "poisoned-line"/],
  ['poisoned-line@off=load', /did you mean "of"/],
  ['torn-line', /shows at power loss/],
  ['slow-line@regrown=1us', /regrown/],
  ['slow-line@address=0x100-0x80', /FROM below TO/],
  ['slow-line@address=0x1000000', /size of the device/],
  ['slow-line@chance=3/2', /not a fraction/],
  ['slow-line@nth=0', /nth/],
  ['slow-line@of=loads', /of/],
  ['no-such-file.yaml', /no such file/],
  ['poisoned-line@of=fence', /of=load, of=store, of=any, of=flush/],
  ['poisoned-line@delay=3us', /delay of slow-line, thermal-throttling/],
  ['dead-link@known=yes', /known of poisoned-line/],
  ['slow-line@policy=eio', /policy of truncated-backing/],
  ['truncated-backing@lifted=1us,regrown=1us', /one of them/],
  ['dead-link@file=a', /strikes no line/],
  ['poisoned-line@file=a,address=0', /one of them/],
  ['poisoned-line@offset=4KiB', /file=PATH/],
])('%s is refused', (text, message) => {
  expect(() => parseFaults([text], DEVICE)).toThrow(message);
});
