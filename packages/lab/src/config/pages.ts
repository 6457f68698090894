/** A machine with pages of another size than its file says: `--pages 4KiB`. */
import { parseMachineConfig, type MachineConfig } from '@daxsim/pmem';
import { ConfigError } from '@daxsim/sim';
import { parseSize } from './quantity.js';

/** `text` is a size, or `free` for translation that takes no time. Throws ConfigError. */
export function withPages(name: string, config: MachineConfig, text: string): MachineConfig {
  const { translation } = config.cpu;
  const where = '--pages';
  if (translation === undefined) {
    throw new ConfigError({
      where,
      found: `machine ${name}, which has no TLBs`,
      allowed: 'a machine with cpu.translation, such as optane-100-6dimm',
    });
  }
  const kib = text === 'free' ? 0 : parseSize(text, where) / 1024;
  if (kib !== 0 && !translation.sizes.some((size) => size.kib === kib)) {
    const sizes = translation.sizes.map((size) => `${size.kib}KiB`);
    throw new ConfigError({ where, found: text, allowed: `free, ${sizes.join(', ')}` });
  }
  const pageKib = { value: kib, source: `${where} ${text}`, basis: 'derived' };
  const cpu = { ...config.cpu, translation: { ...translation, pageKib } };
  return parseMachineConfig({ ...config, cpu }, name);
}
