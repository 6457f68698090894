/** Kernel events as text: three layouts, one meaning. */
import { describe, expect, test } from '@jest/globals';
import { callResult, hexField, parseKernelEvent } from './kernel-event.js';
import type { KernelEvent } from './kernel-event.js';

function parsed(text: string): KernelEvent {
  const event = parseKernelEvent(text);
  if (event === undefined) throw new Error(`no event: ${text}`);
  return event;
}

const fault = 'dev 259:0 ino 0x84 shared 0xa55 address 0x7fe06ea02000 pgoff 0x2 0x2004';

describe('one event in three layouts', () => {
  test.each([
    ['trace-cmd', `          pm_log-193   [001]    25.480826: dax_pte_fault_done:   ${fault}`],
    ['perf script', `   my prog   193 [001]    25.480826:   fs_dax:dax_pte_fault_done: ${fault}`],
    ['tracefs', `          pm-log-193     [001] ...1.    25.480826: dax_pte_fault_done: ${fault}`],
  ])('%s', (_layout, text) => {
    const event = parsed(text);
    expect(event).toMatchObject({ task: 193, seconds: 25.480826, name: 'dax_pte_fault_done' });
    expect(hexField(event, 'ino')).toBe(0x84);
    expect(hexField(event, 'address')).toBe(0x7fe06ea02000);
    expect(hexField(event, 'pgoff')).toBe(2);
    expect(hexField(event, 'pglen')).toBe(-1);
  });
});

test('system calls of tracefs get the names and the numbers that the others print', () => {
  const enter = parsed(
    '  xfs_io-230  [001] ...1.  92.741434: sys_mmap(addr: 0, len: 2000, off: 1f000)',
  );
  expect(enter.name).toBe('sys_enter_mmap');
  expect(hexField(enter, 'len')).toBe(0x2000);
  expect(hexField(enter, 'off')).toBe(0x1f000);
  const leave = parsed('  xfs_io-230  [001] ...1.  92.762143: sys_mmap -> 0x7fd7dc720000');
  expect([leave.name, callResult(leave)]).toEqual(['sys_exit_mmap', 0x7fd7dc720000]);
  const cmd = parsed('  pm_log-193  [001]  25.326: sys_exit_openat:  0xfffffffffffffffe');
  expect(callResult(cmd)).toBe(-1);
});

test('heads, remarks and callchains are no events', () => {
  for (const text of ['cpus=2', '# tracer: nop', '', '\tffffffff81 vfs_read+0x1 ([k])']) {
    expect(parseKernelEvent(text)).toBeUndefined();
  }
});
