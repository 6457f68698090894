/**
 * Power cuts: at drawn moments of a run, what would be left is recovered and held against what had
 * been promised.
 *
 *     moment ─▶ image: accepted lines, and of each other line a drawn prefix ─▶ recovery ─▶ fsck
 *            └▶ each name and each byte: promised, possible since, or wrong
 *
 * The run itself goes on as if nothing had happened: an image is a copy on write, and a moment lies
 * between two ticks, where nothing else happens. Each moment has choices of its own, drawn from a
 * seed that the run's decider gave it, so that one moment can be looked at again without the
 * others. One in four keeps no line that was not accepted, one in four keeps all.
 *
 * Left out: power loss during recovery itself, and lines whose prefix is drawn differently by age.
 */
import { MediaOutcome, fsck, recoverNow } from '@daxsim/daxfs';
import type { Memory } from '@daxsim/pmem';
import {
  Digest,
  MAX_DEPTH,
  Point,
  RecordingDecider,
  SeededDecider,
  TaskStatus,
  type Decider,
} from '@daxsim/sim';
import type { RunParts } from '../replay/replay.js';
import { DurabilityWatch } from './durability-watch.js';
import { ImageJudge, type Findings } from './image-judge.js';
import { drawMoments, type Phases } from './moments.js';
import { NameWatch } from './name-watch.js';

/** What went wrong at one moment. */
export interface CutFailure {
  /** Number of the moment in the run, from 0. */
  readonly moment: number;
  readonly at_ps: number;
  readonly problems: readonly string[];
}

/** What it takes to see a failure again. */
export interface CutEvidence extends CutFailure {
  /** Which lines survived: the answers of the moment's decider. */
  readonly survivors: readonly number[];
  /** Covers the run until the moment, the survivors and what was found. */
  readonly digest: string;
}

export interface CutSummary {
  moments: number;
  /** Moments at which an operation, a log force, a checkpoint was under way. */
  inOperation: number;
  inLogForce: number;
  inCheckpoint: number;
  lostSyncedBytes: number;
  foreignBytes: number;
  /** Names that are gone or lead elsewhere, or that nobody made. */
  lostSyncedNames: number;
  fsckErrors: number;
  bytesChecked: number;
  /** Log records that recoveries found. */
  recordsRecovered: number;
  /** Inodes without names that recoveries freed. */
  orphansFreed: number;
  /** The first ones. */
  readonly failures: CutFailure[];
  /** Of the same failures, what a reproducer needs. */
  readonly evidence: CutEvidence[];
}

/** A moment and who decides what survives it. */
export interface Cut {
  readonly moment: number;
  /** Power fails after everything of this tick. */
  readonly at: number;
  /** Undefined: the run stops there, and nothing is looked at. */
  readonly decider: Decider | undefined;
}

/** How the lines that were not accepted fare. */
const Fate = { Nothing: 0, Everything: 1, Drawn: 2 } as const;
const FATES = 4;
const FAILURES_KEPT = 20;
const SEEDS = 4294967296;

export class PowerCuts {
  readonly summary: CutSummary = {
    moments: 0,
    inOperation: 0,
    inLogForce: 0,
    inCheckpoint: 0,
    lostSyncedBytes: 0,
    foreignBytes: 0,
    lostSyncedNames: 0,
    fsckErrors: 0,
    bytesChecked: 0,
    recordsRecovered: 0,
    orphansFreed: 0,
    failures: [],
    evidence: [],
  };
  private readonly watch: DurabilityWatch;
  private readonly judge: ImageJudge;
  private readonly memory: Memory;
  private readonly waiting: Cut[];
  private readonly digest = new Digest();

  constructor(
    private readonly parts: RunParts,
    /** In order of time. */
    cuts: readonly Cut[],
  ) {
    const { timed, source, due } = parts;
    const { world } = timed.system;
    this.memory = timed.memory;
    this.watch = new DurabilityWatch(world, timed.oracle, source);
    const names = new NameWatch(world.volume, source);
    this.judge = new ImageJudge(this.watch, names, timed.oracle.words);
    timed.oracle.listener = this.watch;
    source.listeners.push(this.watch, names);
    this.waiting = [...cuts];
    // Half a tick later nothing arrives and nothing is decided.
    due.cuts.push(...cuts.map(({ at }) => at + 0.5));
    due.onCut = () => {
      const cut = this.waiting.shift();
      if (cut === undefined) return;
      timed.system.mover.decideUntil(cut.at + 0.5);
      if (cut.decider !== undefined) this.cut(cut.moment, cut.at, cut.decider);
      this.watch.momentPassed();
    };
  }

  private cut(moment: number, at: number, decider: Decider): void {
    this.countPhases();
    const recorder = new RecordingDecider(decider);
    const fate = recorder.decide(Point.Survivors, FATES);
    const image = this.memory.crashImage({
      keep: (_line, units) => {
        if (fate === Fate.Nothing) return 0;
        if (fate === Fate.Everything) return units;
        return recorder.decide(Point.Survivors, units + 1);
      },
    });
    const findings = this.recover(image, moment);
    const digest = this.digestOf(at, recorder.choices, findings);
    this.digest.addText(digest);
    this.summary.moments += 1;
    if (findings.problems.length > 0 && this.summary.failures.length < FAILURES_KEPT) {
      const failure = { moment, at_ps: at, problems: findings.problems };
      this.summary.failures.push(failure);
      this.summary.evidence.push({ ...failure, survivors: recorder.choices, digest });
    }
    // The run's digest hears of the cuts when all are over, so that each has seen it without them.
    if (this.waiting.length === 0) this.parts.digest.addText(this.digest.hex());
  }

  /** What the moment interrupts: the recipes that tasks are in, at any depth of calls. */
  private countPhases(): void {
    const { interpreter } = this.parts.timed.system;
    const { tasks, set } = interpreter;
    const names = new Set<string>();
    for (let task = 0; task < tasks.capacity; task += 1) {
      const status = tasks.status.get(task);
      if (!isUnderWay(status)) continue;
      for (let call = task * MAX_DEPTH; call <= tasks.call(task); call += 1) {
        names.add(set.programs[tasks.programAt(call)]?.name ?? '');
      }
    }
    if (names.size > 0) this.summary.inOperation += 1;
    if (names.has('forceLog')) this.summary.inLogForce += 1;
    if (names.has('pushTail')) this.summary.inCheckpoint += 1;
  }

  private recover(image: Memory, moment: number): Findings {
    const { summary } = this;
    const report = recoverNow(image);
    summary.recordsRecovered += report.records;
    summary.orphansFreed += report.orphans;
    const isMounted = report.outcome === MediaOutcome.Done;
    const wrong = fsck(image).map(({ where, what }) => `fsck: ${where}: ${what}`);
    if (!isMounted && wrong.length === 0) wrong.push('recovery finds no file system');
    const findings = this.judge.judge(image, moment);
    summary.fsckErrors += wrong.length;
    summary.lostSyncedBytes += findings.lostSyncedBytes;
    summary.foreignBytes += findings.foreignBytes;
    summary.lostSyncedNames += findings.lostSyncedNames;
    summary.bytesChecked += findings.bytesChecked;
    findings.problems.unshift(...wrong.slice(0, 10));
    return findings;
  }

  private digestOf(at: number, survivors: readonly number[], findings: Findings): string {
    const digest = new Digest();
    digest.addText(this.parts.digest.hex());
    digest.add(at);
    for (const choice of survivors) digest.addWord(choice);
    digest.add(findings.lostSyncedBytes);
    digest.add(findings.foreignBytes);
    digest.add(findings.lostSyncedNames);
    digest.add(findings.bytesChecked);
    for (const problem of findings.problems) digest.addText(problem);
    return digest.hex();
  }
}

function isUnderWay(status: number): boolean {
  return (
    status !== TaskStatus.Free &&
    status !== TaskStatus.Idle &&
    status !== TaskStatus.Held &&
    status !== TaskStatus.Ended
  );
}

/** Moments over a run of `runTicks`, and a seed for the survivors of each. */
export function drawCuts(
  decider: Decider,
  moments: number,
  runTicks: number,
  phases?: Phases,
): Cut[] {
  return drawMoments(decider, moments, runTicks, phases).map((at, moment) => ({
    moment,
    at,
    decider: new SeededDecider(decider.decide(Point.Crash, SEEDS)),
  }));
}
