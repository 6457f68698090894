/**
 * The memory path: 70/30 loads and stores of whole lines from one source over 1 GiB, contents
 * stored and loaded, statistics on. CPU time, not wall time. The runner starts a fresh process for
 * each part, as who runs one of these would: after another stream the compiler knows too much.
 *
 *   random, sequential        loads and ntstores, caches off
 *   caches on                 the same random traffic, and with stores that go through the caches
 *   allocated                 on the host's heap by a request, of the random traffic
 *   before the first request  what a machine takes for each GiB it has
 *   resident                  what random traffic takes for 1 GiB, but for the lines it wrote
 *
 * The lines are drawn beforehand. The warm-up asks for each once; what is measured asks for them
 * again in the same order, twice: of a quarter of that, a sixth is what the compiler still does.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { LineOp, createLineRequest, createTimedMemory, parseMachineConfig } from '@daxsim/pmem';
import { Prng } from '@daxsim/sim';

const MACHINE = new URL('../configs/machines/optane-100-1dimm.yaml', import.meta.url);
const GIB = 1073741824;
const LINES = GIB / 64;
/** Drawn beforehand, more than one run uses, so that drawing is not part of what is measured. */
const DRAWN = 1 << 22;
const RATE = { unit: 'requests/CPU s', better: 'higher' };
const SIZE = { unit: 'MB', better: 'lower' };

/** Each in a process of its own. */
export const parts = ['random', 'sequential', 'caches', 'stores', 'fixed'];

/** `scale` 1 is eight million requests, after a warm-up that asks for each drawn line once. */
export function measure({ scale = 1, seed = 1, part }) {
  const requests = Math.max(100_000, Math.round(8_000_000 * scale));
  const traffic = (isSequential, store) => drawn(seed, isSequential, store);
  switch (part) {
    case 'random':
      return random(run(config(false), traffic(false, LineOp.NtStore), requests));
    case 'sequential': {
      const { rate } = run(config(false), traffic(true, LineOp.NtStore), requests);
      return [{ name: 'memory path, sequential 70/30', value: rate, ...RATE }];
    }
    case 'caches': {
      const { rate } = run(config(true), traffic(false, LineOp.NtStore), requests);
      return [{ name: 'memory path, random 70/30, caches on', value: rate, ...RATE }];
    }
    case 'stores': {
      const { rate } = run(config(true), traffic(false, LineOp.Store), requests);
      return [{ name: 'memory path, random, stores through caches', value: rate, ...RATE }];
    }
    default: {
      const name = 'memory path, before the first request, a GiB';
      return [{ name, value: fixed(config(false)), ...SIZE }];
    }
  }
}

function random({ rate, allocated, tables }) {
  return [
    { name: 'memory path, random 70/30 over 1 GiB', value: rate, ...RATE },
    { name: 'memory path, allocated', value: allocated, unit: 'B/request', better: 'lower' },
    { name: 'memory path, random, resident beside the lines', value: tables, ...SIZE },
  ];
}

function config(hasCaches) {
  const parsed = parse(readFileSync(MACHINE, 'utf8'));
  if (!hasCaches) parsed.cpu.caches = null;
  return parseMachineConfig(parsed, 'optane-100-1dimm');
}

function run(machine, traffic, requests) {
  globalThis.gc();
  const empty = process.memoryUsage.rss();
  const memory = createTimedMemory(machine, { capacityBytes: GIB, sources: 1 });
  // One source: nobody else ever asks, so requests run to their end within `access`.
  memory.horizon = Infinity;
  const request = createLineRequest(0);
  // Each drawn line once, so that the host's first touch of its memory is not measured.
  drive(memory, request, traffic, DRAWN);
  const before = process.cpuUsage();
  drive(memory, request, traffic, requests);
  const used = process.cpuUsage(before);
  const rate = Math.round(requests / ((used.user + used.system) / 1e6));
  const tables = (process.memoryUsage.rss() - empty - traffic.written * 64) / 1e6;
  return { rate, tables, allocated: allocated(memory, request, traffic, requests >>> 2) };
}

/**
 * By a request, the least of five rounds: what the compiler leaves on the heap meanwhile is not the
 * request's. Less than the young generation (16 MB) is collected by nobody but us.
 */
function allocated(memory, request, traffic, requests) {
  let least = Infinity;
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    drive(memory, request, traffic, requests);
    least = Math.min(least, Math.abs(process.memoryUsage().heapUsed - before) / requests);
  }
  return least;
}

/** MB that a GiB more of capacity takes when a machine is made. */
function fixed(machine) {
  const small = sizeOf(machine, GIB);
  return (sizeOf(machine, 65 * GIB) - small) / 64 / 1e6;
}

function sizeOf(machine, capacityBytes) {
  const before = held();
  const memory = createTimedMemory(machine, { capacityBytes, sources: 1 });
  const size = held() - before;
  if (memory.capacityBytes !== capacityBytes) throw new Error('bench: another capacity');
  return size;
}

/** Bytes of the heap and of typed arrays; one collection finds them, the next ones count them. */
function held() {
  for (let i = 0; i < 3; i += 1) globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function drive(memory, request, { lines, ops }, requests) {
  let sum = 0;
  for (let i = 0; i < requests; i += 1) {
    const at = i & (DRAWN - 1);
    request.op = ops[at];
    request.line = lines[at];
    request.sequence += 1;
    if (request.op !== LineOp.Load) {
      memory.lineWords[0] = i;
      memory.lineWords[15] = sum;
    }
    memory.access(request);
    sum = (sum + memory.lineWords[0]) | 0;
  }
  return sum;
}

function drawn(seed, isSequential, store) {
  const prng = new Prng(seed);
  const lines = new Int32Array(DRAWN);
  const ops = new Uint8Array(DRAWN);
  const written = new Set();
  for (let i = 0; i < DRAWN; i += 1) {
    lines[i] = isSequential ? i : prng.below(LINES);
    ops[i] = prng.below(10) < 7 ? LineOp.Load : store;
    if (ops[i] === store) written.add(lines[i]);
  }
  return { lines, ops, written: written.size };
}
