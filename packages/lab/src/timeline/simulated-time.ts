/** Simulated time as text: exact decimals of integer picoseconds, never a rounded double. */

const PS_PER_NS = 1000;
const PS_PER_US = 1_000_000;

/** Nanoseconds; a fraction only if there is one. */
export function ticksAsNs(ticks: number): string {
  return decimal(Math.round(ticks), PS_PER_NS, 3);
}

/** Microseconds, down to the picosecond. */
export function ticksAsUs(ticks: number): string {
  return decimal(Math.round(ticks), PS_PER_US, 6);
}

function decimal(ticks: number, unit: number, digits: number): string {
  const whole = Math.floor(ticks / unit);
  const rest = ticks - whole * unit;
  if (rest === 0) return String(whole);
  return `${whole}.${String(rest).padStart(digits, '0').replace(/0+$/, '')}`;
}
