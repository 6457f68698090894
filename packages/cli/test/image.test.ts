/** Images as a user handles them: made, replayed onto, checked, damaged. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';

const program = fileURLToPath(new URL('../../bin/daxsim.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'daxsim-image-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function daxsim(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const options = { encoding: 'utf8', cwd: folder, timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], options);
  return { status, stdout, stderr };
}

/** Byte of the image at which block `number` of the device is stored. */
function placeOf(image: Buffer, number: number): number {
  for (let at = 64; at < image.length; at += 4104) {
    if (image.readUInt32LE(at) === number) return at + 8;
  }
  throw new Error(`block ${number} is not stored`);
}

describe('an image', () => {
  test('aged by a profile is a start for a replay, whose end is an image again', () => {
    const profile = ['--device-bytes', '64MiB', '--ageing', '0.5:8=1,512=1'];
    const made = daxsim('image', 'save', 'aged.img', ...profile, '--json', '-', '--quiet');
    expect(made.status).toBe(0);
    const { contents, image } = JSON.parse(made.stdout);
    expect(contents.free_blocks / contents.blocks).toBeCloseTo(0.5, 1);
    expect(image).toMatchObject({ capacity_bytes: 64 * 2 ** 20, format_version: 1 });
    const lines = ['fio version 3 iolog', '0 /f add', '1 /f open', '2 /f write 0 65536'];
    writeFileSync(join(folder, 'log'), `${lines.join('\n')}\n3 /f close\n`);
    const through = ['--image', 'aged.img', '--save-image', 'after.img'];
    expect(daxsim('replay', 'log', ...through).status).toBe(0);
    const after = daxsim('fsck', 'after.img', '--json', '-', '--quiet');
    expect(after.status).toBe(0);
    expect(JSON.parse(after.stdout)).toMatchObject({ errors: 0, contents: { files: 2 } });
    expect(daxsim('image', 'open', 'after.img').stdout).toContain('2 files');
  });

  test('with a damaged file system ends fsck with status 1', () => {
    expect(daxsim('image', 'save', 'sound.img', '--device-bytes', '16MiB').status).toBe(0);
    const bytes = readFileSync(join(folder, 'sound.img'));
    // The file's own checksum is made right again, as if the device had been so when saved.
    const at = placeOf(bytes, 0);
    bytes[at + 12] = (bytes[at + 12] ?? 0) ^ 1;
    bytes.writeUInt32LE(sumOf(bytes.subarray(at, at + 4096), 0), at - 4);
    writeFileSync(join(folder, 'damaged.img'), bytes);
    const checked = daxsim('fsck', 'damaged.img');
    expect(checked.status).toBe(1);
    expect(checked.stdout).toContain('superblock');
  });

  test('that was damaged as a file ends with status 2 and the place', () => {
    const bytes = readFileSync(join(folder, 'sound.img'));
    bytes[5000] = (bytes[5000] ?? 0) ^ 1;
    writeFileSync(join(folder, 'torn.img'), bytes);
    const { status, stderr } = daxsim('fsck', 'torn.img');
    expect(status).toBe(2);
    expect(stderr).toMatch(/torn\.img, byte \d+: block \d+ with a wrong checksum/);
    expect(daxsim('image', 'save', 'x.img', '--ageing', 'half').status).toBe(2);
  });
});

/** The checksum of the format, by its description. */
function sumOf(block: Uint8Array, number: number): number {
  const bytes = [...block, 0, 1, 2, 3].map((byte, i) =>
    i < 4096 ? byte : (number >>> (byte * 8)) & 255,
  );
  return bytes.reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
}
