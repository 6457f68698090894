/**
 * The memory path: random 70/30 loads and ntstores over 1 GiB from one source, caches off, contents
 * stored and loaded, statistics on. CPU time, not wall time; the runner starts a fresh process.
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

/** `scale` 1 is two million requests, after a warm-up that asks for each drawn line once. */
export function measure({ scale = 1, seed = 1 }) {
  const requests = Math.max(100_000, Math.round(2_000_000 * scale));
  const parsed = parse(readFileSync(MACHINE, 'utf8'));
  parsed.cpu.caches = null;
  const config = parseMachineConfig(parsed, 'optane-100-1dimm');
  const random = rate(config, drawn(seed, false), requests);
  const sequential = rate(config, drawn(seed, true), requests);
  return [
    {
      name: 'memory path, random 70/30 over 1 GiB',
      value: random,
      unit: 'requests/CPU s',
      better: 'higher',
    },
    {
      name: 'memory path, sequential 70/30',
      value: sequential,
      unit: 'requests/CPU s',
      better: 'higher',
    },
  ];
}

function rate(config, traffic, requests) {
  const memory = createTimedMemory(config, { capacityBytes: GIB, sources: 1 });
  // One source: nobody else ever asks, so requests run to their end within `access`.
  memory.horizon = Infinity;
  const request = createLineRequest(0);
  // Each drawn line once, so that the host's first touch of its memory is not measured.
  drive(memory, request, traffic, DRAWN);
  const before = process.cpuUsage();
  drive(memory, request, traffic, requests);
  const used = process.cpuUsage(before);
  return Math.round(requests / ((used.user + used.system) / 1e6));
}

function drive(memory, request, { lines, ops }, requests) {
  let sum = 0;
  for (let i = 0; i < requests; i += 1) {
    const at = i & (DRAWN - 1);
    request.op = ops[at];
    request.line = lines[at];
    request.sequence += 1;
    if (request.op === LineOp.NtStore) {
      memory.lineWords[0] = i;
      memory.lineWords[15] = sum;
    }
    memory.access(request);
    sum = (sum + memory.lineWords[0]) | 0;
  }
  return sum;
}

function drawn(seed, isSequential) {
  const prng = new Prng(seed);
  const lines = new Int32Array(DRAWN);
  const ops = new Uint8Array(DRAWN);
  for (let i = 0; i < DRAWN; i += 1) {
    lines[i] = isSequential ? i : prng.below(LINES);
    ops[i] = prng.below(10) < 7 ? LineOp.Load : LineOp.NtStore;
  }
  return { lines, ops };
}
