/** The shipped configurations, and what is refused. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import {
  compileSystem,
  everyStep,
  fileSystemConfig,
  overBase,
  PERSONALITIES,
  personality,
  personalityValues,
  plansFor,
  priceTable,
  recipesFor,
  resolveFileSystem,
  resolveKnobs,
  timeTicks,
} from '../src/index.js';
import type { FileSystemConfig } from '../src/index.js';

const folder = fileURLToPath(new URL('../../../../configs/filesystems/', import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

function load(file: string): unknown {
  return parse(readFileSync(folder + file, 'utf8')) as unknown;
}

/** A file’s configuration with the prices of its bases. */
function whole(file: string): FileSystemConfig {
  const config = fileSystemConfig.parse(load(file));
  if (config.basedOn === undefined) return config;
  return overBase(config, whole(`${config.basedOn}.yaml`));
}

describe.each(files)('%s', (file) => {
  const config = whole(file);
  const choice = resolveFileSystem(file, config);

  test('prices every step of every recipe, under every plan', () => {
    const recipes = recipesFor(choice.personality);
    for (const plan of plansFor(choice.personality)) {
      expect(compileSystem(plan, choice.prices, recipes).programs.length).toBeGreaterThan(40);
    }
  });

  test('prices no step that does not exist, and counts what the step counts', () => {
    const { steps } = compileSystem(choice.plan, choice.prices, recipesFor(choice.personality));
    const cached = everyStep(recipesFor(personality('xfs-pagecache')));
    const own = everyStep(recipesFor(choice.personality));
    const known = [...steps, ...everyStep(), ...cached, ...own];
    const perOf = new Map(known.map((step) => [step.name, step.per]));
    for (const [name, price] of Object.entries(config.prices)) {
      expect([name, perOf.has(name)]).toEqual([name, true]);
      if (price.per !== undefined) expect([name, price.per]).toEqual([name, perOf.get(name)]);
    }
    for (const step of steps) {
      if (step.per === undefined) continue;
      const guests = step.name.replace(/^host\./, '');
      const price = config.prices[step.name] ?? config.prices[guests];
      expect([step.name, price.per]).toEqual([step.name, step.per]);
    }
  });
});

test.each(PERSONALITIES.map((one) => [one.name, one] as const))(
  '%s is documented, whole and frozen',
  (_name, one) => {
    expect(personalityValues.parse(one)).toEqual(one);
    expect(Object.isFrozen(one)).toBe(true);
  },
);

describe('what is refused', () => {
  test('a price without a source, an unknown field, a bare number', () => {
    const price = { fixed: '1ns', source: 'test', basis: 'recalled' };
    const base = load('xfs-dax.yaml') as { prices: Record<string, unknown> };
    const withPrice = (changed: object) => ({
      ...base,
      prices: { ...base.prices, finish: changed },
    });
    expect(fileSystemConfig.safeParse(withPrice(price)).success).toBe(true);
    expect(fileSystemConfig.safeParse(withPrice({ ...price, source: '' })).success).toBe(false);
    expect(fileSystemConfig.safeParse(withPrice({ ...price, extra: 1 })).success).toBe(false);
    expect(fileSystemConfig.safeParse(withPrice({ ...price, fixed: 5 })).success).toBe(false);
  });

  test('a step without a price stops the compiler', () => {
    const choice = resolveFileSystem('test', fileSystemConfig.parse(load('xfs-dax.yaml')));
    const prices = new Map(choice.prices);
    prices.delete('lookupForRead');
    expect(() => compileSystem(choice.plan, prices)).toThrow('no price for step "lookupForRead"');
  });

  test('unknown names say the nearest one', () => {
    expect(() => personality('xfs-dex@6.12')).toThrow('xfs-dax@6.12');
    expect(() => resolveKnobs('test', { stamp: 'clock' })).toThrow('stamps');
    expect(() => resolveKnobs('test', { stamps: 'clok' })).toThrow('clock');
  });

  test('half a price per unit', () => {
    const entry = { fixed: '1ns', each: '2ns', source: 'test', basis: 'recalled' as const };
    expect(() => priceTable('test', { finish: entry })).toThrow('without "per"');
  });
});

test.each([
  ['120ns', 120000],
  ['1.2us', 1200000],
  ['3ps', 3],
  ['2 ms', 2000000000],
])('%s is %i ticks', (text, ticks) => {
  expect(timeTicks('test', text)).toBe(ticks);
});

test('a time without a unit is refused', () => {
  expect(() => timeTicks('test', '12')).toThrow('such as "120ns"');
});
