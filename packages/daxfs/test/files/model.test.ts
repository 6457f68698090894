/** Random programs of calls answer as the model does, and what was synced survives power loss. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FallocMode, checkInvariants, fsck } from '../../src/index.js';
import { Driver } from '../driver.js';
import { Pair, calls } from './call-pairs.js';

function checkImage(driver: Driver): Driver {
  const after = driver.afterPowerLoss();
  expect(fsck(after.memory)).toEqual([]);
  return after;
}

test('calls answer as the model does, and after sync and power loss the same tree is there', () => {
  fc.assert(
    fc.property(calls, (list) => {
      const pair = new Pair(4 * 1024 * 1024);
      for (const call of list) pair.call(call);
      expect(checkInvariants(pair.driver.system.world)).toBe(null);
      pair.compareTrees(pair.driver);
      pair.driver.run('sync', {});
      pair.compareTrees(checkImage(pair.driver));
    }),
    { numRuns: 50, seed: 7 },
  );
});

test('power loss anywhere between calls leaves a sound image', () => {
  fc.assert(
    fc.property(calls, fc.nat(40), (list, cut) => {
      const pair = new Pair(4 * 1024 * 1024);
      for (const call of list.slice(0, cut)) pair.call(call);
      checkImage(pair.driver);
    }),
    { numRuns: 25, seed: 11 },
  );
});

test('a full device refuses without leaking a block or breaking the image', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(7), { minLength: 5, maxLength: 60 }), (choices) => {
      const capacityBytes = 448 * 1024 + 24 * 4096;
      const driver = new Driver({ capacityBytes, logBytes: 256 * 1024, inodes: 16 });
      const handles = [driver.open('/a'), driver.open('/b')];
      choices.forEach((choice, i) => {
        const handle = handles[i % 2];
        const offset = ((i * 7) % 40) * 4096;
        if (choice < 3) driver.write(handle, offset, 20000, i);
        else if (choice === 3) driver.run('fallocate', { handle, offset, length: 50000 });
        else if (choice === 4) driver.run('ftruncate', { handle, length: offset });
        else if (choice === 5) {
          const flags = FallocMode.PunchHole | FallocMode.KeepSize;
          driver.run('fallocate', { handle, offset, length: 8192, flags });
        } else if (choice === 6) driver.at('mkdir', `/d${String(i)}`);
        else driver.at('rmdir', `/d${String(i - 1)}`);
      });
      expect(driver.system.world.volume.allocator.reserved).toBe(0);
      driver.run('unmount', {});
      expect(fsck(driver.memory)).toEqual([]);
    }),
    { numRuns: 25, seed: 5 },
  );
});
