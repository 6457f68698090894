import type { CorpusOperation } from './config.js';

/** An operation on one line: `pwrite F 0+4096 "A"`. */
export function describeOperation(operation: CorpusOperation): string {
  const words: string[] = [operation.op];
  if ('d' in operation) words.push(operation.d);
  if ('f' in operation) words.push(operation.f);
  if ('map' in operation) words.push(operation.map);
  if ('id' in operation) words.push(operation.id);
  if ('to' in operation) words.push(operation.from, operation.to);
  if ('mode' in operation) words.push(operation.mode);
  if ('flag' in operation) words.push(operation.flag, String(operation.value));
  if ('off' in operation) words.push(`${String(operation.off)}+${String(operation.len)}`);
  else if ('len' in operation) words.push(String(operation.len));
  if ('size' in operation) words.push(String(operation.size));
  if ('n' in operation) words.push(String(operation.n));
  if ('fill' in operation && operation.fill !== undefined) words.push(`"${operation.fill}"`);
  const other = placeOf(operation);
  if (other !== null) words.push(other);
  return words.join(' ');
}

function placeOf(operation: CorpusOperation): string | null {
  if (operation.op === 'pwrite' && operation.from !== undefined) {
    return `from ${operation.from.map} ${String(operation.from.off)}`;
  }
  if (operation.op === 'dio_read') {
    return `into ${operation.dst.map} ${String(operation.dst.off)}`;
  }
  if (operation.op !== 'dio_write') return null;
  if ('pattern' in operation.src) return `"${operation.src.pattern}"`;
  return `from ${operation.src.map} ${String(operation.src.off)}`;
}
