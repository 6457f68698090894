/** Errors in configuration texts: where they point, and what they suggest. */
import { expect, test } from '@jest/globals';
import { UserError } from '@daxsim/sim';
import { z } from 'zod';
import { checkText } from './document.js';

const schema = z.strictObject({
  device: z.strictObject({ dimms: z.int().max(12), model: z.enum(['optane100', 'optane200']) }),
  plan: z.string().optional(),
});

function messageOf(text: string): string {
  try {
    checkText(text, 'm.yaml', schema);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return '';
}

test('a right text comes out as its value', () => {
  const value = checkText('device: {dimms: 2, model: optane100}', 'm.yaml', schema);
  expect(value.device.dimms).toBe(2);
});

test('of a long line, as packed JSON is one, only what is around the place is shown', () => {
  const text = JSON.stringify({
    plan: 'p'.repeat(5000),
    device: { dimms: 13, model: 'optane100' },
  });
  const lines = messageOf(text).split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(130);
  const [shown = '', caret = ''] = lines.slice(-2);
  expect(shown.slice(caret.indexOf('^'))).toMatch(/^13,/);
});

test('an unknown key is pointed at, with the nearest known one', () => {
  const message = messageOf('device:\n  dimms: 2\n  modle: optane100\n');
  expect(message).toContain('m.yaml:3:3');
  expect(message).toContain('did you mean "model"?');
  expect(message.split('\n').at(-1)).toBe('    ^');
});

test('a wrong choice is pointed at, with the nearest right one', () => {
  const message = messageOf('device:\n  dimms: 2\n  model: optane10\n');
  expect(message).toContain('m.yaml:3:10');
  expect(message).toContain('did you mean "optane100"?');
});

test('a syntax error has a line and a column', () => {
  expect(messageOf('device: {dimms: 2\nplan: [')).toMatch(/^m\.yaml:\d+:\d+: /);
});

test('a value out of range is pointed at', () => {
  expect(messageOf('device:\n  dimms: 20\n  model: optane100\n')).toContain('m.yaml:2:10');
});

test('an alias bomb is refused', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
  for (const [to, from] of ['ba', 'cb', 'dc', 'ed', 'fe']) {
    bomb.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(',')}]`);
  }
  expect(messageOf(bomb.join('\n'))).toContain('alias');
});
