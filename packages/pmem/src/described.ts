/** What a machine stands for and what it leaves out, put together from its parts. */
import type { MachineConfig } from './config.js';
import { describeSave } from './save.js';
import { stageCatalog } from './stages/catalog.js';

export interface Description {
  readonly models: readonly string[];
  readonly leavesOut: readonly string[];
}

/** In the order of a request's way: cores, caches, controllers, what stands behind them. */
export function describeMachine({
  cpu,
  channels,
  domain,
  otherSocket,
  save,
  stages,
  window,
}: MachineConfig): Description {
  const models = [
    'cores: fill buffers, ntstores, flushes, fences, atomics, power loss by ' +
      domain.toUpperCase(),
    ...(cpu.caches === null
      ? []
      : [`L1 and L2 of each core, a shared LLC; ${sharing(cpu.caches)}`]),
    `controllers of ${channels.value} ${channels.value === 1 ? 'channel' : 'channels'}: read and ` +
      'write queue with watermarks, turns of cores and slices, bus, credits of the device, pauses',
  ];
  const isShared = cpu.caches?.coherence?.protocol.value === 'mesif';
  const leavesOut = isShared ? [] : ['copies of a line in several caches'];
  if (cpu.prefetch === undefined || cpu.caches === null) leavesOut.push('prefetching by cores');
  else {
    const where = cpu.prefetch.isUsed.value ? '' : ', in runs that ask for it';
    models.push(`prefetching by cores${where}: next lines, pairs, streams within 4 KiB`);
    leavesOut.push('prefetching by the address of the instruction');
  }
  if (otherSocket === undefined) leavesOut.push('the other socket');
  else {
    const { isUsed } = otherSocket;
    const where = isUsed.value ? '' : ', in runs that ask for it';
    models.push(`cores on the other socket${where}: wires, home, marks of lent and owned lines`);
    if ((otherSocket.coresHere?.value ?? 0) === 0) leavesOut.push('cores on both sockets at once');
    else leavesOut.push('room on the wires for lines that go from cache to cache');
  }
  describeStores(cpu, models, leavesOut);
  const { translation } = cpu;
  if (translation === undefined) leavesOut.push('TLBs and page walks');
  else {
    const isOff = translation.pageKib.value === 0;
    models.push(`TLBs and page walks of each core${isOff ? ', where pages are asked for' : ''}`);
    leavesOut.push('several sizes of pages at once');
  }
  if (window !== undefined) {
    models.push("window into a host's pages: second walk, pages put there when first used");
    leavesOut.push('requests of a guest to its host other than for pages');
  }
  if (save !== undefined) {
    models.push(describeSave(save));
    leavesOut.push('modules that are not armed', 'wear of the flash that a module saves to');
  }
  for (const { kind } of stages) {
    const stage = stageCatalog.find((known) => known.kind === kind);
    models.push(...(stage?.models ?? []));
    leavesOut.push(...(stage?.leavesOut ?? []));
  }
  return { models, leavesOut };
}

/** What becomes of a line that several cores want. */
function sharing({ coherence }: NonNullable<MachineConfig['cpu']['caches']>): string {
  if (coherence?.protocol.value === 'mesif') {
    return 'a state for each line, copies in several caches, lines on their way';
  }
  const isThere = coherence === undefined ? '' : '; states and copies with `protocol: mesif`';
  return `lines change hands${isThere}`;
}

/** What stands between a core's stores and its fill buffers. */
function describeStores(cpu: MachineConfig['cpu'], models: string[], leavesOut: string[]): void {
  if ((cpu.storeBuffer?.entries.value ?? 0) > 0) {
    models.push('a store buffer of each core: stores leave in order, loads are forwarded');
  } else leavesOut.push('store buffers');
  if (cpu.mapping?.value === 'uc') {
    models.push('an uncached mapping: accesses of a core one at a time, stores by 8 bytes');
  } else if (cpu.wcBuffers !== undefined) models.push('write-combining buffers of each core');
  else leavesOut.push('combining of ntstores to a part of a line');
}
