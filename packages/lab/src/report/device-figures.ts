/**
 * What the controllers asked of a device and what its media did, as JSON and as a line of text.
 * Memory without media of its own, DRAM say, is told by what it was asked.
 */
import type { TimedMemory } from '@daxsim/pmem';
import { LINE_BYTES } from '@daxsim/sim';
import { sizeText } from './tables.js';

/** With the figures of every stage; amplifications are null where there are no media. */
export function deviceJson(memory: TimedMemory): Record<string, unknown> {
  const stages = memory.statistics();
  const sum = (name: string): number =>
    stages.reduce((total, { values }) => total + (values[name] ?? 0), 0);
  const asked = (name: 'reads' | 'writes'): number =>
    stages.reduce(
      (total, { stage, values }) => total + (stage === 'controller' ? (values[name] ?? 0) : 0),
      0,
    );
  const read = asked('reads') * LINE_BYTES;
  const written = asked('writes') * LINE_BYTES;
  const combined = sum('requestedWriteBytes');
  const fetched = sum('requestedReadBytes');
  return {
    requested_read_bytes: read,
    requested_write_bytes: written,
    media_read_bytes: sum('mediaReadBytes'),
    media_write_bytes: sum('mediaWriteBytes'),
    write_amplification: combined === 0 ? null : sum('mediaWriteBytes') / combined,
    read_amplification: fetched === 0 ? null : sum('mediaReadBytes') / fetched,
    stages: stages.map(({ stage, channel, values }) => ({
      stage,
      channel,
      ...snakeFigures(values),
    })),
  };
}

/** The line of a summary. */
export function deviceLine(device: Readonly<Record<string, unknown>>): string {
  const bytes = (key: string): string => sizeText(Number(device[key] ?? 0));
  const asked =
    `device     asked to read ${bytes('requested_read_bytes')}, ` +
    `write ${bytes('requested_write_bytes')}`;
  const amplification = device['write_amplification'];
  const moved = Number(device['media_read_bytes']) + Number(device['media_write_bytes']);
  if (typeof amplification !== 'number' && moved === 0) return asked;
  const ratio = typeof amplification === 'number' ? amplification.toFixed(2) : 'none';
  return (
    `${asked}; media read ${bytes('media_read_bytes')}, ` +
    `wrote ${bytes('media_write_bytes')}; write amplification ${ratio}`
  );
}

/** Figures with snake-case keys, times in nanoseconds. */
export function snakeFigures(values: Readonly<Record<string, number>>): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const [name, value] of Object.entries(values)) {
    const isTime = name.endsWith('Ticks');
    const base = isTime ? `${name.slice(0, -'Ticks'.length)}Ns` : name;
    figures[base.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = isTime
      ? value / 1000
      : value;
  }
  return figures;
}
