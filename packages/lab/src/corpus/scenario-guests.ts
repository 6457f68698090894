/**
 * For which guest the set-up does something: a mapping belongs to the guest whose threads use it,
 * all else to the first.
 */
import type { CorpusOperation, CorpusScenario } from './config.js';

/** The guest of a thread. */
export function guestOfThread({ params }: CorpusScenario, thread: number): number {
  return params?.guests?.[thread] ?? 0;
}

/** The guest for which an operation of the set-up is done. */
export function guestOfSetup(scenario: CorpusScenario, operation: CorpusOperation): number {
  if (!('map' in operation)) return 0;
  const { map } = operation;
  const user = scenario.threads.findIndex((list) => list.some((one) => usesMap(one, map)));
  return user < 0 ? 0 : guestOfThread(scenario, user);
}

function usesMap(operation: CorpusOperation, map: string): boolean {
  if ('map' in operation && operation.map === map) return true;
  if (operation.op === 'pwrite') return operation.from?.map === map;
  if (operation.op === 'dio_read') return operation.dst.map === map;
  return operation.op === 'dio_write' && 'map' in operation.src && operation.src.map === map;
}
