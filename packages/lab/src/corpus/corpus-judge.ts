/**
 * Judges a run of a corpus scenario: its written checks, the bytes that may show, and power loss.
 *
 *     fence ─▶ what if power fails now? ─┐
 *     operation returned ────────────────┴─▶ each way to lose what is pending ─▶ recover ─▶ check
 *
 * Of two moments between the same fences the later one has all that the earlier could lose, and
 * keeps any prefix of it, so moments just before a fence stand for all moments before them. What a
 * check may ask (`done`) changes when an operation returns, so those moments count as well.
 */
import { IntColumn, NumberColumn } from '@daxsim/sim';
import { Signal } from '@daxsim/daxfs';
import { MediaView } from './media-view.js';
import { Results } from './results.js';
import { ScenarioView } from './scenario-view.js';
import type { CallEnd, ScenarioJudge, ScenarioSystem } from '../explore/scenario-system.js';
import type { CorpusPlan } from './corpus-plan.js';
import type { CorpusCall } from './calls.js';
import type { OperationEnd } from './results.js';

/** Asked what power loss at this moment could lead to; answers null, or what is wrong. */
export type PowerLoss = (judge: CorpusJudge, rest: readonly CorpusCall[] | null) => string | null;

const Flag = { Broken: 0, Over: 1, Started: 2 } as const;

export class CorpusJudge implements ScenarioJudge<CorpusCall> {
  readonly results: Results;
  readonly media: MediaView;
  private readonly flags: IntColumn;
  /** Cell 0: free blocks when the threads start. */
  private readonly figures: NumberColumn;
  private broken = '';

  constructor(
    private readonly plan: CorpusPlan,
    private readonly system: ScenarioSystem<CorpusCall>,
    /** Null where power is not lost any more. */
    private readonly powerLoss: PowerLoss | null,
    before: CorpusJudge | null,
  ) {
    const { space } = system;
    this.results = new Results(space, plan.labels, plan.checks.mentions);
    this.flags = new IntColumn(space, 'corpus.flags');
    this.figures = new NumberColumn(space, 'corpus.figures');
    before?.results.copyInto(this.results);
    if (before !== null) this.figures.set(0, before.figures.get(0));
    const { mm, volume } = system.system.world;
    this.media = new MediaView(volume, system.memory, mm.cache);
  }

  /** What checks see now. */
  get view(): ScenarioView {
    const { calls } = this.plan;
    const { world } = this.system.system;
    return new ScenarioView(this.results, this.media, this.freeAtStart, world, calls.maps);
  }

  get freeAtStart(): number {
    return this.figures.get(0);
  }

  starts(): void {
    this.flags.set(Flag.Started, 1);
    if (this.powerLoss !== null) this.figures.set(0, this.media.freeBlocks());
  }

  began(_task: number, call: CorpusCall): void {
    const { label } = call.operation;
    if (label !== null && (call.role === 'open' || call.role === 'main')) this.results.began(label);
  }

  finished(task: number, call: CorpusCall, end: CallEnd): number {
    const { operation, role, rest } = call;
    const { label } = operation;
    const isLast = rest === 0 || (role === 'open' && !end.isOk);
    if (label !== null && (role === 'main' || isLast) && role !== 'close') {
      this.results.answered(label, endOf(end));
    }
    if (!isLast) return 0;
    if (label !== null) this.results.returned(label);
    this.loseAfter(task, call);
    return rest;
  }

  saw(
    _task: number,
    { operation }: CorpusCall,
    fileOffset: number,
    length: number,
    bytes: Uint8Array,
    at: number,
  ): void {
    const { label, file, result } = operation;
    if (file === null) return;
    const wrong = this.plan.legal.judge(file, fileOffset, bytes, at, length);
    if (wrong !== null) this.breaks(`${operation.text}: ${wrong}`);
    if (label === null || result !== 'bytes') return;
    const first = fileOffset - operation.fileOffset;
    for (let i = 0; i < length; i += 1) this.results.saw(label, first + i, bytes[at + i] ?? 0);
  }

  byteOf(source: number): number {
    return source;
  }

  isOver(): boolean {
    return this.flags.get(Flag.Over) !== 0;
  }

  afterAction(): string | null {
    if (this.flags.get(Flag.Broken) !== 0) return this.broken;
    return this.plan.checks.broken('always', this.view);
  }

  /** What is left of a schedule in which power stayed on, or came back. */
  atEnd(): string | null {
    if (this.isOver()) return null;
    const { plan } = this;
    if (plan.hasCrash && this.powerLoss !== null) return null;
    return plan.checks.broken('end', this.view) ?? this.checkContents(this.media);
  }

  /** A fence is about to make durable what is pending. */
  readonly beforeFence = (): void => {
    if (this.flags.get(Flag.Started) !== 0) this.lose(null);
  };

  /** Bytes of all files, whoever asks for them. */
  checkContents(media: MediaView): string | null {
    for (const file of this.plan.files) {
      if (media.isDirectory(file)) continue;
      const wrong = media.firstWrong(file, (offset, bytes, length) =>
        this.plan.legal.judge(file, offset, bytes, 0, length),
      );
      if (wrong !== null) return wrong;
    }
    return null;
  }

  private loseAfter(task: number, call: CorpusCall): void {
    if (this.flags.get(Flag.Started) === 0 || this.powerLoss === null) return;
    if (call.operation.source.op !== 'crash') {
      this.lose(null);
      return;
    }
    this.flags.set(Flag.Over, 1);
    this.lose(this.plan.calls.afterCrash.get(task) ?? []);
  }

  private lose(rest: readonly CorpusCall[] | null): void {
    if (this.powerLoss === null || !this.plan.scenario.crash) return;
    const wrong = this.powerLoss(this, rest);
    if (wrong !== null) this.breaks(wrong);
  }

  /** Something is wrong that shows at once. */
  breaks(what: string): void {
    if (this.flags.get(Flag.Broken) !== 0) return;
    this.flags.set(Flag.Broken, 1);
    this.broken = what;
  }
}

function endOf(end: CallEnd): OperationEnd {
  if (end.signal === Signal.None) {
    return { errno: end.isOk ? 0 : end.errno, signal: 'none', result: end.result };
  }
  return { errno: 0, signal: 'bus', result: end.reached };
}
