/**
 * Judges a pair of operations by what they lead to one after the other.
 *
 *     a then b ─▶ outcome 1 ┐      size: of one of them
 *     b then a ─▶ outcome 2 ┴──▶   each page: bytes and state as in one of them
 *
 * Operations are atomic for one page of a file, not for several: locks of pages, and copies that
 * a fault may come between. Both end with a sync, so after them everything is also durable: the
 * device, recovered with nothing that was pending, shows the same.
 */
import { StateSpace, explore } from '@daxsim/sim';
import { ExtentState, mount, recoverNow } from '@daxsim/daxfs';
import { CorpusJudge } from '../corpus/corpus-judge.js';
import { MediaView } from '../corpus/media-view.js';
import { planCorpusScenario } from '../corpus/corpus-plan.js';
import { ScenarioSystem } from '../explore/scenario-system.js';
import { PAIR_FILE } from './pair-scenarios.js';
import type { ExploreOptions, ExploreResult } from '@daxsim/sim';
import type { Memory } from '@daxsim/pmem';
import type { Volume } from '@daxsim/daxfs';
import type { CorpusCall } from '../corpus/calls.js';
import type { CorpusScenario } from '../corpus/config.js';
import type { ScenarioJudge, ScenarioSetting } from '../explore/scenario-system.js';
import type { PairScenario } from './pair-scenarios.js';

const PAGE = 4096;
const PAGES = 10;

/** What is in the file, page by page. */
interface Outcome {
  readonly size: number;
  readonly pages: readonly string[];
}

/** A search of a pair. */
export class PairSystem {
  readonly system: ScenarioSystem<CorpusCall>;
  /** Outcomes of all schedules searched so far, as text. */
  readonly shown = new Set<string>();
  private serial: readonly Outcome[] = [];

  constructor(pair: PairScenario, setting: ScenarioSetting) {
    this.system = systemOf(pair.scenario, setting, (made) => this.wrongEnd(made));
    const orders = [pair.scenario, pair.reversed];
    this.serial = orders.map((scenario) => {
      const alone = systemOf(scenario, setting, () => null);
      alone.runAlone();
      return outcomeOf(alone.system.world.volume, alone.memory, true);
    });
  }

  explore(options: ExploreOptions): ExploreResult {
    return explore(this.system, { reduce: true, ...options });
  }

  private wrongEnd({ memory, system }: ScenarioSystem<CorpusCall>): string | null {
    const now = outcomeOf(system.world.volume, memory, true);
    const { serial } = this;
    if (!serial.some(({ size }) => size === now.size)) {
      return `${now.size} bytes, as in no order of the two`;
    }
    const page = now.pages.findIndex((text, i) => !serial.some(({ pages }) => pages[i] === text));
    if (page >= 0) return `page ${page} is as in no order of the two`;
    const image = memory.crashImage({ keep: () => 0 });
    recoverNow(image);
    const volume = mount(image, new StateSpace(), system.world.personality.inlineExtents);
    if (volume === null) return 'nothing to mount after power loss';
    const after = outcomeOf(volume, image, false);
    this.shown.add(JSON.stringify([now, after]));
    const shown = outcomeOf(system.world.volume, memory, false);
    if (after.size !== shown.size) return `${after.size} bytes after power loss`;
    const lost = shown.pages.findIndex((text, i) => after.pages[i] !== text);
    return lost < 0 ? null : `page ${lost} was synced and is lost`;
  }
}

function systemOf(
  scenario: CorpusScenario,
  setting: ScenarioSetting,
  atEnd: (system: ScenarioSystem<CorpusCall>) => string | null,
): ScenarioSystem<CorpusCall> {
  const plan = planCorpusScenario('pairs', scenario);
  const { setup, threads } = plan.calls;
  const { mediaBytes, stripeBlocks } = plan;
  const knobs = { faultSizes: 'pagesOnly', reuse: 'freedFirst', ...setting.knobs };
  return new ScenarioSystem<CorpusCall>(
    { mediaBytes, stripeBlocks, setup, threads },
    { ...setting, allowsOrderCycles: true, knobs },
    (made) => new PairJudge(new CorpusJudge(plan, made, null, null), () => atEnd(made)),
  );
}

/** The judge of corpora, and what is wrong at the end of a schedule. */
class PairJudge implements ScenarioJudge<CorpusCall> {
  readonly saw: ScenarioJudge<CorpusCall>['saw'];
  readonly finished: ScenarioJudge<CorpusCall>['finished'];

  constructor(
    private readonly judge: CorpusJudge,
    private readonly end: () => string | null,
  ) {
    this.saw = judge.saw.bind(judge);
    this.finished = judge.finished.bind(judge);
  }

  starts(): void {
    this.judge.starts();
  }

  began(task: number, call: CorpusCall): void {
    this.judge.began(task, call);
  }

  byteOf(source: number): number {
    return this.judge.byteOf(source);
  }

  isOver(): boolean {
    return this.judge.isOver();
  }

  afterAction(): string | null {
    return this.judge.afterAction();
  }

  atEnd(): string | null {
    return this.judge.atEnd() ?? this.end();
  }
}

/** Size and pages; with their state if `withState`. */
function outcomeOf(volume: Volume, memory: Memory, withState: boolean): Outcome {
  const media = new MediaView(volume, memory);
  const inode = media.inodeOf(PAIR_FILE);
  const size = media.size(PAIR_FILE);
  const pages = Array.from({ length: PAGES }, (_none, page) => {
    const bytes = new Uint8Array(PAGE);
    const count = Math.max(0, Math.min(PAGE, size - page * PAGE));
    media.bytesInto(inode, page * PAGE, bytes.subarray(0, count));
    const isHole = volume.extents.lookup(inode, page) === ExtentState.Hole;
    return `${withState && isHole ? 'hole' : ''}${runsOf(bytes)}`;
  });
  return { size, pages };
}

/** Bytes as runs, for comparison. */
function runsOf(bytes: Uint8Array): string {
  const runs: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const from = at;
    while (at < bytes.length && bytes[at] === bytes[from]) at += 1;
    runs.push(`${bytes[from] ?? 0}x${at - from}`);
  }
  return runs.join(' ');
}
