/**
 * What a system did in all runs that a mutant is tried on, as numbers: where they are equal with
 * and without the mutation, nobody who can only run these could tell the two apart.
 *
 *     store a, store b, flush b, flush a, fence │ store c …       one number from fence to fence:
 *        what each line saw, in its order, whatever the order of lines; a fence of nothing is none
 *
 * That is all that power loss can see: between two fences lines are independent. To it comes the
 * hash of the whole state at the end of each workload, and for scenarios of the corpus the set of
 * end states of all schedules.
 */
import { FilteredMemory } from '@daxsim/daxfs';
import { LineOp } from '@daxsim/pmem';
import { Digest, explore } from '@daxsim/sim';
import { aceBounds } from '../ace/ace-bounds.js';
import { programOf } from '../ace/ace-program.js';
import { AceSpace } from '../ace/ace-space.js';
import { loadFileSystem } from '../config/systems.js';
import { corpusSystem } from '../corpus/corpus-system.js';
import { carryOut } from '../crash/crash-calls.js';
import { CrashSystem } from '../crash/crash-system.js';
import { MEDIA_BYTES } from '../ace/ace-campaign.js';
import { ACE_STAGES, corpusCases } from './mutant-stages.js';
import type { LineRequest } from '@daxsim/pmem';
import type { AceRequest } from '../ace/ace-campaign.js';
import type { StageSurvey } from './mutant-stages.js';

/** What each line was asked since the last fence, and the number of all fences before. */
class PersistOrder {
  readonly digest = new Digest();
  private readonly lines = new Map<number, number>();

  constructor(private readonly words: () => Int32Array) {}

  readonly note = (request: LineRequest): boolean => {
    const { op, line, fromByte, toByte } = request;
    if (op === LineOp.Sfence || op === LineOp.Mfence) this.fence();
    else if (op !== LineOp.Load && op !== LineOp.StreamLoad) {
      let sum = mix(mix(this.lines.get(line) ?? 17, op), fromByte * 64 + toByte);
      if (op === LineOp.Store || op === LineOp.NtStore) {
        const words = this.words();
        for (let i = fromByte >>> 2; i < (toByte + 3) >>> 2; i += 1) sum = mix(sum, words[i] ?? 0);
      }
      this.lines.set(line, sum);
    }
    return true;
  };

  fence(): void {
    if (this.lines.size === 0) return;
    let sum = 0;
    for (const [line, seen] of this.lines) sum = (sum + mix(seen, line)) | 0;
    this.digest.addWord(sum);
    this.lines.clear();
  }
}

function mix(sum: number, value: number): number {
  const h = Math.imul(sum ^ value, 0xcc9e2d51);
  return Math.imul((h << 13) | (h >>> 19), 5) + 0x6546b64;
}

/** The number of a space of workloads, run without losing power. */
export function spaceSignature(request: AceRequest, mutation: string | undefined): string {
  const { personality, plan } = loadFileSystem(request.fileSystem);
  const { knobs, domain, checkpoints } = request;
  let words: Int32Array = new Int32Array(16);
  const order = new PersistOrder(() => words);
  const setting = { personality, plan, knobs, domain, checkpoints, mutation };
  const system = new CrashSystem({ ...setting, mediaBytes: MEDIA_BYTES }, (memory) => {
    const listening = new FilteredMemory(memory);
    listening.lets = order.note;
    return listening;
  });
  words = system.memory.lineWords;
  system.space.startHashing();
  const start = system.mark();
  const bounds = aceBounds(request.mode);
  const space = new AceSpace(bounds, request.seq);
  for (let tuple = 0; tuple < space.tuples; tuple += 1) {
    for (const workload of space.workloadsOf(tuple, 0)) {
      const { calls } = programOf(workload, bounds);
      if (calls.some(({ call }) => call.endsWith('xattr') && !system.has(call))) continue;
      calls.forEach((call, i) => {
        carryOut(call, i + 1, system);
      });
      order.fence();
      order.digest.add(system.space.hash());
      system.rewind(start);
    }
  }
  return order.digest.hex();
}

/** The numbers of all that a mutant is tried on, by name; those that end in an error have none. */
export function signatures(
  mutation: string | undefined,
  survey: ReadonlyMap<string, StageSurvey>,
  place: string,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const runs = (stage: string, part: string): boolean =>
    survey.get(stage)?.some((one) => one.part === part && one.places.includes(place)) === true;
  for (const { name, request } of ACE_STAGES) {
    if (runs(name, name)) found.set(name, spaceSignature(request, mutation));
  }
  for (const { plan, setting } of corpusCases()) {
    if (!runs('corpus', plan.scenario.id)) continue;
    const ends = new Set<number>();
    const { system } = corpusSystem(plan, { ...setting, mutation });
    explore(system, { onEnd: (hash) => ends.add(hash) });
    const digest = new Digest();
    for (const hash of [...ends].sort((a, b) => a - b)) digest.add(hash);
    found.set(plan.scenario.id, digest.hex());
  }
  return found;
}
