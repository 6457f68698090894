/** `catalog KIND --diff A B`: what two machines, file systems or lock plans differ in. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const program = fileURLToPath(new URL('../../bin/daxsim.mjs', import.meta.url));

function catalog(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [program, 'catalog', ...args], { encoding: 'utf8' });
}

test('a kernel differs from the next in what changed between them', () => {
  const { status, stdout } = catalog('filesystems', '--diff', 'xfs-dax@6.1', 'xfs-dax@6.12');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^faultEntryLock +mm → vma$/m);
  expect(stdout).not.toMatch(/^renameOverFull/m);
});

test('one name, or a kind without values, is refused', () => {
  for (const args of [
    ['filesystems', '--diff', 'xfs-dax'],
    ['traces', '--diff', 'a', 'b'],
  ]) {
    const { status, stderr } = catalog(...args);
    expect(status).toBe(2);
    expect(stderr).toContain('two names of one of machines, filesystems, locks');
  }
});
