/**
 * What operations on files cost in simulated time, beside what was published, and of two of them
 * the sum of their parts. One task on an idle machine.
 *
 *     read, overwrite   random, of a written file of 1 GiB, as in OptaneStudy's file-system runs
 *     4 KiB fault       a store to each page of a written file, and to each of a preallocated one
 *     2 MiB fault       the first store to each 2 MiB of an aligned preallocated file, and again
 *                       after it was mapped anew
 *
 * Published: OptaneStudy graphs/11-nova_datalog.csv (Yang et al., FAST 2020). For 2 MiB, Linux
 * commit 282a8e0391c3 has 516 µs from trace stamps of one fault on emulated memory, mostly zeroing.
 * For a fault of 4 KiB, the 4825 (ext4: 6200) instructions that Linux 6.12 took, at 0.35 ns each.
 */
import { MapFlag, OpenFlag, R, createSystem, mkfs } from '@daxsim/daxfs';
import { loadFileSystem, loadMachine } from '@daxsim/lab';
import { createTimedMemory } from '@daxsim/pmem';
import { INSTRUCTION_WORDS, NextOperation, NO_EVENTS, Op, Prng, StateSpace } from '@daxsim/sim';
import { TimedMachine } from '@daxsim/sim';
import { FileType } from '@daxsim/trace';
import { PayloadWords } from '../packages/lab/dist/src/oracle/payload-words.js';
import { SetUp } from '../packages/lab/dist/src/replay/set-up.js';

const MIB = 2 ** 20;
const FILE_BYTES = 1024 * MIB;
const DEVICE_BYTES = 4096 * MIB;
const HUGE_BYTES = 2 * MIB;
const PAGE_BYTES = 4096;
const BLANK = 0xcd;
const HANDLE = 1;

/** Runs one list of operations after the other and notes how long each operation takes. */
class Bench {
  constructor(fileSystemName, machineName) {
    const machine = loadMachine(machineName);
    const fileSystem = loadFileSystem(fileSystemName);
    const memory = createTimedMemory(machine.config, {
      capacityBytes: DEVICE_BYTES,
      sources: 1,
      fillByte: BLANK,
    });
    mkfs(memory, {
      ...{ capacityBytes: DEVICE_BYTES, logBytes: 64 * MIB, inodes: 4096, stripeBlocks: 512 },
      ...{ seed: 1, label: 'bench' },
    });
    const file = { path: '/data', type: FileType.Regular, size: FILE_BYTES, bytes: 'device' };
    new SetUp(memory, new PayloadWords(BLANK), 1).make([file]);
    this.system = createSystem({
      ...{ memory, space: new StateSpace(), taskCapacity: 4 },
      ...{ personality: fileSystem.personality, plan: fileSystem.plan },
      ...{ prices: fileSystem.prices, syncCosts: fileSystem.syncCosts, knobs: fileSystem.knobs },
    });
    this.fileSystem = fileSystem;
    this.at = 0;
  }

  /** Mean ticks of the operations; with `parts`, where they went by step, move or lock. */
  run(operations, parts = undefined) {
    const { interpreter, set, mover } = this.system;
    let next = 0;
    let total = 0;
    let startedAt = 0;
    let lastAt = 0;
    interpreter.clock[0] = this.at;
    const source = {
      next: (task, at) => {
        const operation = operations[next];
        if (operation === undefined) return NextOperation.Ended;
        next += 1;
        startedAt = at;
        lastAt = at;
        const frame = interpreter.begin(task, set.programByName.get(operation.recipe));
        for (const [name, value] of Object.entries(operation.registers)) frame.set(R[name], value);
        return NextOperation.Started;
      },
      hasNext: () => next < operations.length,
      finished: (_task, _program, _outcome, frame, at) => {
        const failed = frame.get(R.errno) !== 0 || frame.get(R.signal) !== 0;
        if (failed) throw new Error(`an operation failed: errno ${frame.get(R.errno)}`);
        total += at - startedAt;
        this.at = at;
      },
    };
    interpreter.sync.observer =
      parts === undefined
        ? null
        : {
            retired: (_task, program, counter, _outcome, at) => {
              const name = nameOf(set, set.programs[program].code, counter * INSTRUCTION_WORDS);
              parts.set(name, (parts.get(name) ?? 0) + at - lastAt);
              lastAt = at;
            },
            ...{ blocked() {}, acquired() {}, released() {} },
          };
    const switchTicks = this.fileSystem.syncCosts.switchTicks;
    interpreter.tasks.status.set(0, 0);
    const machine = new TimedMachine(interpreter, source, mover, NO_EVENTS, 1, 1, switchTicks);
    mover.cpuOf = machine.cpuOf;
    machine.run();
    return total / operations.length;
  }

  open(path, handle, flags) {
    const id = this.system.world.paths.idOf(path);
    this.run([{ recipe: 'open', registers: { path: id, handle, flags, mode: 0o644 } }]);
  }
}

function nameOf(set, code, at) {
  if (code[at] === Op.Step) return set.steps[code[at + 1]].name;
  if (code[at] === Op.Move) return `MOVE ${set.moves[code[at + 1]].name}`;
  return 'locks and calls';
}

const many = (count, make) => Array.from({ length: count }, (_, i) => make(i));

function calls(bench, count, prng) {
  const at = (bytes) => prng.below(FILE_BYTES / bytes) * bytes;
  bench.open('/data', HANDLE, OpenFlag.ReadWrite);
  const read = () => ({
    recipe: 'read',
    registers: { handle: HANDLE, offset: at(PAGE_BYTES), length: PAGE_BYTES },
  });
  const write = () => ({
    recipe: 'write',
    registers: { handle: HANDLE, offset: at(64), length: 64, source: 1 },
  });
  const fsync = { recipe: 'fsync', registers: { handle: HANDLE } };
  const parts = new Map();
  bench.run(many(count / 4, read));
  return {
    read: bench.run(many(count, read), parts),
    write: bench.run(many(count, write)),
    synced: 2 * bench.run(many(count, () => [write(), fsync]).flat()),
    parts,
  };
}

function faults(bench, count) {
  let mapping = 0;
  let handle = HANDLE;
  // Address and file offset differ by a page modulo 2 MiB where single pages are wanted.
  const map = (length, colour) => {
    mapping += 1;
    const flags = MapFlag.Read | MapFlag.Write | MapFlag.Shared;
    const registers = { mapping, mm: 1, handle, offset: 0, length, flags, colour };
    bench.run([{ recipe: 'mmap', registers }]);
  };
  const store = (offset) => ({
    recipe: 'store',
    registers: { mapping, mm: 1, offset, length: 8, source: 1 },
  });
  const makeFile = (path, length) => {
    handle += 1;
    bench.open(path, handle, OpenFlag.ReadWrite | OpenFlag.Create);
    bench.run([{ recipe: 'fallocate', registers: { handle, offset: 0, length } }]);
  };
  const parts = new Map();
  const length = Math.min(FILE_BYTES, count * PAGE_BYTES + HUGE_BYTES);
  map(length, 1);
  // A page of each 2 MiB is stored to first, so that no fault measured tries 2 MiB in vain.
  const tables = many(Math.ceil(length / HUGE_BYTES), (i) => store(i * HUGE_BYTES));
  bench.run(tables);
  const pages = many(count, (i) => i).filter((page) => page % 512 !== 0);
  const written = bench.run(
    pages.map((page) => store(page * PAGE_BYTES)),
    parts,
  );
  makeFile('/pages', length);
  map(length, 1);
  bench.run(tables.map(({ registers }) => store(registers.offset)));
  const unwritten = bench.run(pages.map((page) => store(page * PAGE_BYTES)));
  const huge = 8;
  makeFile('/huge', huge * HUGE_BYTES);
  map(huge * HUGE_BYTES, 0);
  const { stats } = bench.system.world.mm;
  const before = stats.hugeFaults;
  const first = bench.run(many(huge, (i) => store(i * HUGE_BYTES)));
  map(huge * HUGE_BYTES, 0);
  const again = bench.run(many(huge, (i) => store(i * HUGE_BYTES)));
  if (stats.hugeFaults - before !== 2 * huge) throw new Error('a fault of 2 MiB fell back');
  return { written, unwritten, first, again, parts };
}

function item(name, ticks, published, tolerance) {
  const value = ticks / 1e6;
  const shown = { name, value, unit: 'µs simulated', better: 'nearer' };
  if (published === undefined) return shown;
  return { ...shown, published, tolerance_percent: tolerance };
}

function partItems(name, parts, operations) {
  return [...parts]
    .filter(([, ticks]) => ticks > 0)
    .map(([part, ticks]) => ({
      name: `  ${name}: ${part}`,
      value: ticks / operations / 1000,
      ...{ unit: 'ns', better: 'none' },
    }));
}

export async function measure({ scale, seed }) {
  const count = Math.max(200, Math.round(2000 * scale));
  const items = [];
  for (const [name, read, write, synced, fault4k, fault2m] of [
    ['xfs-dax', 1.51, 2.64, undefined, 1.689, 516],
    ['ext4-dax', 1.568, 2.484, 3.27, 2.17, undefined],
  ]) {
    const bench = new Bench(name, 'optane-100-6dimm');
    const costs = calls(bench, count, new Prng(seed));
    items.push(item(`read 4 KiB, ${name}`, costs.read, read, 20));
    items.push(item(`overwrite 64 B, ${name}`, costs.write, write, 20));
    items.push(item(`overwrite 64 B and fsync, ${name}`, costs.synced, synced, 20));
    const fault = faults(bench, count);
    items.push(item(`4 KiB write fault, written block, ${name}`, fault.written, fault4k, 20));
    items.push(item(`4 KiB write fault, preallocated, ${name}`, fault.unwritten));
    items.push(item(`2 MiB write fault, preallocated, ${name}`, fault.first, fault2m, 100));
    items.push(item(`2 MiB write fault, written, ${name}`, fault.again));
    if (name !== 'xfs-dax') continue;
    items.push(...partItems('read', costs.parts, count));
    items.push(...partItems('fault', fault.parts, count));
  }
  return items;
}
