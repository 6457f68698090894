/**
 * Moves on timed memory. An event that does nothing takes the horizon away at will, so that a move
 * is interrupted after every line; what it costs must not depend on that.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { createTimedMemory, parseMachineConfig } from '@daxsim/pmem';
import { NO_EVENTS, NextOperation, RunEnd, StateSpace, TimedMachine, assert } from '@daxsim/sim';
import type { OperationSource, StepPrice, TimedEvents } from '@daxsim/sim';
import {
  MapFlag,
  OpenFlag,
  R,
  compileSystem,
  createSystem,
  lockPlan,
  mkfs,
  personality,
} from '../../src/index.js';
import type { Payload, RegisterName, System } from '../../src/index.js';
import { PAGE } from './mapped-fixture.js';

const MACHINE = new URL('../../../../../configs/machines/optane-100-1dimm.yaml', import.meta.url);
const CAPACITY = 16 * 1024 * 1024;

interface Call {
  readonly recipe: string;
  readonly args: { readonly [name in RegisterName]?: number };
}

/** Does nothing, often: so that no task is ever alone for long. */
class Beat implements TimedEvents {
  private at = 0;

  constructor(private readonly period: number) {}

  nextAt(): number {
    return this.at;
  }

  fire(at: number): void {
    this.at = at + this.period;
  }
}

/** Sums what loads and reads saw, with the place and the task. */
class Sum implements Payload {
  value = 0;

  fill(source: number, fileOffset: number, length: number, target: Uint8Array, at: number): void {
    for (let i = 0; i < length; i += 1) target[at + i] = source + fileOffset + i;
  }

  saw(
    task: number,
    _inode: number,
    offset: number,
    length: number,
    bytes: Uint8Array,
    at: number,
  ): void {
    for (let i = 0; i < length; i += 1) {
      const byte = bytes[at + i] * 31 + offset + i + task * 7;
      this.value = (Math.imul(this.value, 16777619) + byte) >>> 0;
    }
  }
}

class Lists implements OperationSource {
  private readonly done: number[];

  constructor(
    private readonly system: System,
    private readonly lists: readonly (readonly Call[])[],
  ) {
    this.done = lists.map(() => 0);
  }

  hasNext(task: number): boolean {
    return task < this.lists.length && this.done[task] < this.lists[task].length;
  }

  next(task: number): number {
    if (!this.hasNext(task)) return NextOperation.Ended;
    const { recipe, args } = this.lists[task][this.done[task]];
    this.done[task] += 1;
    const program = this.system.set.programByName.get(recipe);
    assert(program !== undefined, 'no such recipe');
    const frame = this.system.interpreter.begin(task, program);
    for (const [name, value] of Object.entries(args)) frame.set(R[name as RegisterName], value);
    return NextOperation.Started;
  }

  finished(_task: number, program: number, outcome: number): void {
    const { outcomes } = this.system.set.programs[program];
    assert(outcomes[outcome] === 'Ok', 'an operation failed');
  }
}

interface Ended {
  readonly end: string;
  readonly at: number;
  readonly sum: number;
  readonly media: number;
}

/** Every step at 100 ns, so that time passes between moves as well. */
function flatPrices(): ReadonlyMap<string, StepPrice> {
  const steps = compileSystem(lockPlan('xfs-upstream'), null).steps;
  return new Map(steps.map(({ name }) => [name, { fixedTicks: 100000, eachTicks: 0 }]));
}

function run(lists: (open: (path: string) => number) => readonly Call[][], beat: number): Ended {
  const config = parseMachineConfig(parse(readFileSync(MACHINE, 'utf8')), 'optane-100-1dimm');
  const memory = createTimedMemory(config, { capacityBytes: CAPACITY, sources: 2 });
  mkfs(memory, {
    capacityBytes: CAPACITY,
    logBytes: 256 * 1024,
    inodes: 64,
    stripeBlocks: 0,
    seed: 1,
    label: 'timed',
  });
  const payload = new Sum();
  const system = createSystem({
    memory,
    space: new StateSpace(),
    personality: personality('xfs-dax'),
    plan: lockPlan('xfs-upstream'),
    prices: flatPrices(),
    taskCapacity: 6,
    payload,
  });
  const calls = lists((path) => system.world.paths.idOf(path));
  const source = new Lists(system, calls);
  const events = beat === 0 ? NO_EVENTS : new Beat(beat);
  const { interpreter, mover } = system;
  const machine = new TimedMachine(interpreter, source, mover, events, calls.length, 2, 0);
  mover.cpuOf = machine.cpuOf;
  if (beat === 0) expect(machine.run()).toBe(RunEnd.Ended);
  else runUntilEnded(machine, source, system, calls.length);
  const at = Math.max(...system.interpreter.clock);
  return { end: 'ended', at, sum: payload.value, media: memory.mediaHash() };
}

/** With events for ever the machine never ends by itself. */
function runUntilEnded(
  machine: TimedMachine<unknown>,
  source: Lists,
  system: System,
  tasks: number,
): void {
  const finished = source.finished.bind(source);
  let left = 0;
  for (let task = 0; task < tasks; task += 1) left += source.hasNext(task) ? 1 : 0;
  source.finished = (task, program, outcome) => {
    finished(task, program, outcome);
    if (!source.hasNext(task)) left -= 1;
    if (left === 0) machine.stop();
  };
  expect(machine.run()).toBe(RunEnd.Stopped);
  assert(system.interpreter.clock.length > 0, 'no tasks');
}

const FLAGS = MapFlag.Read | MapFlag.Write | MapFlag.Shared;

function work(path: number, handle: number, mapping: number): Call[] {
  const length = 8 * PAGE;
  const flags = OpenFlag.ReadWrite | OpenFlag.Create;
  return [
    { recipe: 'open', args: { path, flags, handle, mode: 0o644 } },
    { recipe: 'write', args: { handle, offset: 100, length: 3 * PAGE, source: 3 } },
    { recipe: 'ftruncate', args: { handle, length } },
    { recipe: 'mmap', args: { mapping, mm: handle, handle, offset: 0, length, flags: FLAGS } },
    { recipe: 'store', args: { mapping, offset: 2 * PAGE + 7, length: 3 * PAGE, source: 5 } },
    { recipe: 'load', args: { mapping, offset: 0, length } },
    { recipe: 'msync', args: { mapping, offset: 0, length, flags: 4 } },
    { recipe: 'store', args: { mapping, offset: PAGE, length: 300, source: 6, flags: 1 } },
    { recipe: 'read', args: { handle, offset: 0, length } },
    { recipe: 'fsync', args: { handle } },
    { recipe: 'munmap', args: { mapping, offset: 0, length } },
  ];
}

describe('moves in time', () => {
  test('a task alone takes as long whether or not it is interrupted after every line', () => {
    const alone = run((idOf) => [work(idOf('/a'), 0, 0)], 0);
    expect(alone.at).toBeGreaterThan(1000000);
    expect(run((idOf) => [work(idOf('/a'), 0, 0)], 5000)).toEqual(alone);
    expect(run((idOf) => [work(idOf('/a'), 0, 0)], 777000)).toEqual(alone);
  });

  test('two tasks on two CPUs repeat themselves, and share the time', () => {
    const pair = () => run((idOf) => [work(idOf('/a'), 0, 0), work(idOf('/b'), 1, 1)], 0);
    const first = pair();
    expect(pair()).toEqual(first);
    const alone = run((idOf) => [work(idOf('/a'), 0, 0)], 0);
    expect(first.at).toBeGreaterThan(alone.at);
    expect(first.at).toBeLessThan(2 * alone.at);
    const beaten = run((idOf) => [work(idOf('/a'), 0, 0), work(idOf('/b'), 1, 1)], 50000);
    expect(beaten).toEqual(first);
  });
});
