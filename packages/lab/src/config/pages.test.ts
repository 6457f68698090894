/** Machines with pages of a size that the user asks for. */
import { expect, test } from '@jest/globals';
import { ConfigError } from '@daxsim/sim';
import { loadMachine } from './systems.js';

test('a machine has the pages that were asked for, and nothing else of it changes', () => {
  const shipped = loadMachine('optane-100-6dimm').config;
  const small = loadMachine('optane-100-6dimm', '4KiB').config;
  expect(shipped.cpu.translation!.pageKib.value).toBe(0);
  expect(small.cpu.translation!.pageKib.value).toBe(4);
  const pageKib = shipped.cpu.translation!.pageKib;
  const translation = { ...small.cpu.translation!, pageKib };
  expect({ ...small, cpu: { ...small.cpu, translation } }).toEqual(shipped);
  expect(loadMachine('optane-100-6dimm', '1GiB').config.cpu.translation!.pageKib.value).toBe(
    1_048_576,
  );
});

test.each([
  ['optane-100-6dimm', '8KiB', /allowed: free, 4KiB/],
  ['cxl-pmem', '4KiB', /no TLBs/],
  ['virtio-window', 'free', /behind a window/],
])('%s with pages of %s is refused', (machine, pages, message) => {
  expect(() => loadMachine(machine, pages)).toThrow(ConfigError);
  expect(() => loadMachine(machine, pages)).toThrow(message);
});
