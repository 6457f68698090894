/** Images come back byte for byte, take no more room than what was written, and no damage. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ConfigError } from '@daxsim/sim';
import { BLANK_BYTE, newDevice } from './device.js';
import { openImage, saveImage } from './image-file.js';

const MIB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'daxsim-image-'));
const path = join(folder, 'device.img');
const other = join(folder, 'other.img');
afterAll(() => rmSync(folder, { recursive: true }));

const device = newDevice(8 * MIB, null, 1);
device.pokeBytes(3 * MIB + 100, new TextEncoder().encode('some bytes in the middle'), 0, 24);
const facts = saveImage(device, path, BLANK_BYTE);
const bytes = readFileSync(path);

describe('an image', () => {
  test('gives back every byte, and says what it holds', () => {
    const again = openImage(path);
    expect(again.facts).toEqual(facts);
    expect(again.memory.mediaHash()).toBe(device.mediaHash());
    expect(bytes.length).toBe(facts.fileBytes);
  });

  test('is as long as what was written, not as the device', () => {
    const large = newDevice(64 * 1024 * MIB, null, 1);
    const { blocks, fileBytes } = saveImage(large, other, BLANK_BYTE);
    // A block of the bitmap for each 128 MiB, and little else.
    expect(blocks).toBeLessThan(600);
    expect(fileBytes).toBeLessThan(4 * MIB);
    expect(openImage(other).memory.mediaHash()).toBe(large.mediaHash());
  });

  test('leaves out blocks that are as the device was when new', () => {
    const { capacityBytes } = device;
    const block = new Uint8Array(4096).fill(BLANK_BYTE);
    const copy = openImage(path).memory;
    copy.pokeBytes(capacityBytes - 4096, block, 0, 4096);
    expect(saveImage(copy, other, BLANK_BYTE).blocks).toBe(facts.blocks);
  });

  test('is refused after a change of any byte, with the place', () => {
    const anyByte = fc.integer({ min: 0, max: bytes.length - 1 });
    fc.assert(
      fc.property(anyByte, fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        writeFileSync(other, damaged);
        expect(() => openImage(other)).toThrow(ConfigError);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  test('is refused when it ends early or goes on behind its end', () => {
    for (const length of [0, 7, 63, 64, 1000, bytes.length - 1]) {
      writeFileSync(other, bytes.subarray(0, length));
      expect(() => openImage(other)).toThrow(/, byte \d+: /);
    }
    writeFileSync(other, Buffer.concat([bytes, Buffer.from([0])]));
    expect(() => openImage(other)).toThrow('1 bytes more');
  });

  test('of another version says which can be read', () => {
    const newer = Uint8Array.from(bytes);
    newer[8] = 9;
    writeFileSync(other, newer);
    expect(() => openImage(other)).toThrow('an image of version 9; allowed: version 1');
  });

  test('that is not there is an error of the user', () => {
    expect(() => openImage(join(folder, 'none'))).toThrow(ConfigError);
  });
});
