/**
 * Programs of calls as a search for mutants: power lost at every moment of each, and at its end
 * what the running system holds.
 *
 *     part ─▶ program, program … ─▶ crash search of each call ─▶ live check
 *
 * A part is run from the empty file system, so what it finds does not depend on other parts.
 */
import { EVERY_PLACE, FilteredMemory } from '@daxsim/daxfs';
import { AceRun } from '../ace/ace-run.js';
import { MEDIA_BYTES } from '../ace/ace-campaign.js';
import { loadFileSystem } from '../config/systems.js';
import { carryOut } from '../crash/crash-calls.js';
import { CrashSystem } from '../crash/crash-system.js';
import { LiveCheck } from './live-check.js';
import { PersistOrder } from './persist-order.js';
import { caught } from './mutant-search.js';
import { shownBy } from './shown-states.js';
import type { CrashSetting } from '../crash/crash-system.js';
import type { DirectedProgram } from './directed-programs.js';
import type { MutantDeath, MutantSearch, SurveyedPart } from './mutant-search.js';

/** What the programs run on. */
export interface CallSetting {
  readonly fileSystem: string;
  /** Whether `sync` writes home too. */
  readonly checkpoints: boolean;
  /** Whether each change has a stamp of its own, and stamps of directories are checked. */
  readonly stamps?: boolean;
  /** Knobs, of a planted defect; none when absent. */
  readonly knobs?: Readonly<Record<string, string>>;
}

export interface CallParts {
  readonly names: readonly string[];
  /** The programs of a part. */
  readonly programs: (part: string) => readonly DirectedProgram[];
}

/** The setting of a crash system; `mutation` may be none. */
export function crashSetting(
  { fileSystem, checkpoints, stamps = false, knobs = {} }: CallSetting,
  mutation: string | undefined,
): CrashSetting {
  const { personality, plan } = loadFileSystem(fileSystem);
  const device = { mediaBytes: MEDIA_BYTES, checkpoints };
  const stamped = stamps ? { stamps: 'counter', ...knobs } : knobs;
  return { personality, plan, knobs: stamped, domain: 'adr', mutation, ...device };
}

/** A run with its check, made for one mutation and used for all parts. */
export class CallTrial {
  readonly run: AceRun;
  readonly live: LiveCheck;

  constructor(setting: CrashSetting) {
    this.run = new AceRun(setting, 1);
    if (setting.knobs.stamps === 'counter') this.run.search.checkStamps();
    this.live = new LiveCheck(this.run.system, setting.personality.sharing === null);
  }

  /** Null, or what is wrong with a program. */
  problem({ name, calls, quiet }: DirectedProgram): MutantDeath | null {
    const failure = this.run.program(calls, quiet);
    const problem = failure?.problem ?? this.live.problem(this.run.state);
    return problem === null ? null : { what: name, problem };
  }
}

/** A search over programs. `most` bounds the parts that one mutant is tried on. */
export function callSearch(
  name: string,
  setting: CallSetting,
  parts: CallParts,
  most = Infinity,
): MutantSearch {
  return {
    name,
    survey: () => surveyCalls(setting, parts),
    run: (mutation, surveyed) =>
      caught(() => {
        const trial = new CallTrial(crashSetting(setting, mutation));
        for (const { part } of spread(surveyed, most)) {
          trial.run.restart();
          for (const program of parts.programs(part)) {
            const death = trial.problem(program);
            if (death !== null) return death;
          }
        }
        return null;
      }),
    signature: signatures(setting, parts),
    shows: (mutation, { part }) => shownBy(crashSetting(setting, mutation), parts.programs(part)),
  };
}

/** Every n-th, so that there are at most so many. */
export function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_none, i) => all[Math.floor((i * all.length) / most)] as T);
}

function surveyCalls(setting: CallSetting, parts: CallParts): readonly SurveyedPart[] {
  const system = new CrashSystem(crashSetting(setting, EVERY_PLACE));
  const start = system.mark();
  const { metMutations } = system.system.world;
  return parts.names.map((part) => {
    metMutations.clear();
    for (const { calls } of parts.programs(part)) {
      calls.forEach((call, i) => {
        carryOut(call, i + 1, system);
      });
      system.rewind(start);
    }
    return { part, places: [...metMutations], states: 0 };
  });
}

/** Signatures of parts under one mutation after the other, each system made once. */
function signatures(setting: CallSetting, parts: CallParts): MutantSearch['signature'] {
  let made: { readonly mutation: string | undefined; readonly of: (part: string) => string } | null;
  made = null;
  return (mutation, { part }) => {
    if (made?.mutation !== mutation || made === null) {
      made = { mutation, of: signer(setting, parts, mutation) };
    }
    try {
      return made.of(part);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      made = null;
      return error.message;
    }
  };
}

function signer(
  setting: CallSetting,
  parts: CallParts,
  mutation: string | undefined,
): (part: string) => string {
  let words: Int32Array = new Int32Array(16);
  const order = new PersistOrder(() => words);
  const system = new CrashSystem(crashSetting(setting, mutation), (memory) => {
    const listening = new FilteredMemory(memory);
    listening.lets = order.note;
    return listening;
  });
  words = system.memory.lineWords;
  system.space.startHashing();
  const start = system.mark();
  return (part) => {
    const ends = parts.programs(part).map(({ calls }) => {
      calls.forEach((call, i) => {
        carryOut(call, i + 1, system);
      });
      const end = order.end(system.space.hash());
      system.rewind(start);
      return end;
    });
    return ends.join(' ');
  };
}
