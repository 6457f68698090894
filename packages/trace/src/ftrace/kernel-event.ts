/**
 * One event of a kernel trace as text, in the three layouts in which the same event is met:
 *
 *     trace-cmd report   comm-PID  [CPU] SEC.USEC: event: fields
 *     perf script        comm  PID [CPU] SEC.USEC: subsystem:event: fields
 *     tracefs `trace`    comm-PID  [CPU] FLAGS SEC.USEC: event: fields
 *
 * tracefs writes system calls as `sys_x(fd: 3, …)` and `sys_x -> 0x0`; they get the names that the
 * others give them. Arguments of calls are hexadecimal in all three, with or without `0x`.
 *
 * Left out: callchains below events of perf, events of other tracers. Such lines are no events.
 */
export interface KernelEvent {
  /** Number of the thread. */
  readonly task: number;
  /** Seconds as printed; the origin is the recording machine's. */
  readonly seconds: number;
  readonly name: string;
  /** All that follows the event's name. */
  readonly fields: string;
}

const line = /^\s*\S.*?[-\s](\d+)\s+\[\d+\]\s+(?:[^\s:]+\s+)?(\d+\.\d+):\s+(\S.*)$/;
const plain = /^(?:[\w-]+:)?(\w+):\s*(.*)$/;
const enters = /^sys_(\w+)\((.*)\)\s*$/;
const leaves = /^sys_(\w+) -> (\S+)/;

/** Reads a line; undefined if it is no event. */
export function parseKernelEvent(text: string): KernelEvent | undefined {
  const found = line.exec(text);
  if (found === null) return undefined;
  const [, task = '', seconds = '', rest = ''] = found;
  const head = { task: Number(task), seconds: Number(seconds) };
  const enter = enters.exec(rest);
  if (enter !== null) {
    return { ...head, name: `sys_enter_${enter[1] ?? ''}`, fields: enter[2] ?? '' };
  }
  const leave = leaves.exec(rest);
  if (leave !== null) {
    return { ...head, name: `sys_exit_${leave[1] ?? ''}`, fields: leave[2] ?? '' };
  }
  const event = plain.exec(rest);
  if (event === null) return undefined;
  return { ...head, name: event[1] ?? '', fields: event[2] ?? '' };
}

/** A hexadecimal field of an event, as in `len: 0x1000` or `pgoff 0`; −1 if it is not there. */
export function hexField({ fields }: KernelEvent, name: string): number {
  const found = new RegExp(`(?:^|[\\s,(])${name}[:=]?\\s*(?:0x)?([0-9a-f]+)`).exec(fields);
  return found === null ? -1 : parseInt(found[1] ?? '', 16);
}

/** What a call returned; −1 for an error. */
export function callResult({ fields }: KernelEvent): number {
  const value = parseInt(fields.trim().replace(/^0x/, ''), 16);
  return value < 2 ** 63 ? value : -1;
}
