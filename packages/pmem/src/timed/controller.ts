/**
 * The memory controller of one channel: the arbiter in front of the inline stages.
 *
 *   reads  ──▶ [arrivals] ──▶ [RPQ slot until the data is back] ─┐
 *                                                                 ├─▶ bus ─▶ credit ─▶ stages
 *   writes ──▶ [arrivals] ──▶ [WPQ: accepted = durable with ADR] ─┘
 *
 * Two kinds of decision, made in order of time and never earlier than due:
 *
 *   accept   a write enters the WPQ when it has arrived, a place is free and it is no pause
 *   issue    when bus and a device credit are free and something is there: a read before a write,
 *            unless the WPQ was filled to `drainAbove` and has not yet come down to `drainDownTo`;
 *            after `drainBurst` such writes it is the turn of `readTurn` reads all the same
 *
 * A decision due at D sees all arrivals up to and including D, and acceptance goes before issue.
 * That is why it is made lazily: the memory asks for it when no arrival up to D can come any more.
 * Behind the issue everything is first come, first served, and is priced at once.
 *
 * Left out: a read is not served from a write in the WPQ; writes to one line are not combined
 * there.
 */
import { NEVER, assert, type StatsOf } from '@daxsim/sim';
import { spanTicks } from '../figure.js';
import { LineOp } from '../memory.js';
import { OWNED, PIECES_SHIFT, StageOp } from '../stages/stage.js';
import type { InlineStage, StageEnv, StageTimes } from '../stages/stage.js';
import { ArrivalQueue } from './arrival-queue.js';
import type { ControllerConfig } from './controller-config.js';
import { controllerStats, type ControllerDeclarations } from './controller-stats.js';
import type { DecisionSink } from './decisions.js';
import type { Requests } from './requests.js';
import { SortedRing } from './sorted-ring.js';

// Copies: an import is looked up at each use, a constant of the module is folded into the code.
const { Read: READ, Write: WRITE, PartialWrite: PARTIAL_WRITE } = StageOp;
const WRITTEN_BACK = OWNED;
const PIECES = PIECES_SHIFT;
const { Clwb: CLWB, DirectStore: DIRECT_STORE } = LineOp;
const never: number = NEVER;

export class Controller {
  readonly stats: StatsOf<ControllerDeclarations> = controllerStats.create();
  /** When the next decision falls due, as far as is known; NEVER if there is none. */
  dueAt = 0.5;
  /** For `readAtOnce`: no other decision of the machine falls due before this. */
  until = 0.5;
  /** Also: when the read arrives. Fields, because doubles that are arguments are boxed. */
  arriveAt = 0.5;
  /** When the last read was issued by `readAtOnce`, and when its data was back here. */
  decidedAt = 0.5;
  backAt = 0.5;
  private readonly reads: ArrivalQueue;
  private readonly writes: ArrivalQueue;
  private readonly readSlots: SortedRing;
  private readonly wpqLine: Int32Array;
  private readonly wpqOp: Uint8Array;
  private readonly wpqAcceptedAt: Float64Array;
  private wpqHead = 0;
  private wpqCount = 0;
  private readonly creditBackAt: Float64Array;
  private nextCredit = 0;
  private readonly drainAbove: number;
  private readonly drainDownTo: number;
  private readonly readChoice: number;
  private readonly writeChoice: number;
  private readonly drainBurst: number;
  private readonly readTurn: number;
  /** Writes issued first since the reads had their turn, and reads still owed. */
  private drained = 0;
  private owed = 0;
  private readonly pauseTicks: number;
  private readonly pauseEveryTicks: number;
  /** When the last pause before the next decision started, or the first will. */
  private pauseAt = 0.5;
  private readonly busTicks: number;
  private readonly turnaroundTicks: number;
  private readonly times: StageTimes;
  private busFreeAt = 0.5;
  private writeLeftAt = 0.5;
  private acceptAt = 0.5;
  private issueAt = 0.5;
  private issuesWrite = false;
  private wasWrite = false;
  /** Whether all requests come from one source. */
  private readonly isLone: boolean;
  private isDraining = false;

  constructor(
    config: ControllerConfig,
    env: StageEnv,
    private readonly requests: Requests,
    private readonly device: InlineStage,
    private readonly sink: DecisionSink,
  ) {
    assert(config.drainDownTo.value < config.drainAbove.value, 'Controller: drain marks crossed');
    assert(config.drainAbove.value <= config.writeSlots.value, 'Controller: drain mark above WPQ');
    this.reads = new ArrivalQueue(requests, config.readSlices.value);
    this.writes = new ArrivalQueue(requests, 0);
    this.readSlots = new SortedRing(config.readSlots.value);
    const places = config.writeSlots.value;
    this.wpqLine = new Int32Array(places);
    this.wpqOp = new Uint8Array(places);
    this.wpqAcceptedAt = new Float64Array(places);
    this.creditBackAt = new Float64Array(config.deviceCredits.value);
    this.drainAbove = config.drainAbove.value;
    this.drainDownTo = config.drainDownTo.value;
    this.readChoice = config.readChoice.value;
    this.writeChoice = config.writeChoice.value;
    this.drainBurst = config.drainBurst.value;
    this.readTurn = config.readTurn.value;
    this.pauseTicks = spanTicks(config.pauseNs);
    this.pauseEveryTicks = spanTicks(config.pauseEveryNs);
    this.pauseAt = this.pauseEveryTicks === 0 ? never : this.pauseEveryTicks;
    assert(this.pauseAt > this.pauseTicks, 'Controller: a pause without end');
    this.busTicks = spanTicks(config.lineBusNs);
    assert(this.busTicks > 0, 'Controller: a line takes no time on the bus');
    this.turnaroundTicks = spanTicks(config.turnaroundNs);
    this.times = env.times;
    this.isLone = requests.length === requests.perSource;
    this.until = 0;
    this.arriveAt = 0;
    this.decidedAt = 0;
    this.backAt = 0;
    this.busFreeAt = 0;
    this.writeLeftAt = 0;
    this.acceptAt = never;
    this.issueAt = never;
    this.dueAt = never;
    const { channel } = env;
    env.report({
      stage: 'controller',
      channel,
      fields: controllerStats.fields,
      values: this.stats,
    });
  }

  /** A write of `line` will come; nothing but the host's caches change. */
  foresee(line: number): void {
    this.device.foresee(line);
  }

  enqueueRead(record: number): void {
    this.reads.push(record);
    if (this.reads.count > this.stats.readQueueMax) this.stats.readQueueMax = this.reads.count;
    if (this.reads.head() === record) this.findIssue();
  }

  enqueueWrite(record: number): void {
    this.writes.push(record);
    if (this.writes.head() === record) this.findAccept();
  }

  /**
   * Issues a read at once that nothing here goes before, if that falls due before `until`: what
   * `enqueueRead` and `decide` would do. False if it is a matter for those.
   */
  readAtOnce(source: number, line: number): boolean {
    if (this.reads.count + this.wpqCount !== 0) return false;
    const { times, readSlots, stats, arriveAt } = this;
    let at = arriveAt;
    if (this.busFreeAt > at) at = this.busFreeAt;
    const creditAt = this.creditBackAt[this.nextCredit];
    if (creditAt > at) at = creditAt;
    const slotAt = readSlots.times[readSlots.head];
    if (slotAt > at) at = slotAt;
    if (at >= this.until || at >= this.acceptAt) return false;
    if (stats.readQueueMax === 0) stats.readQueueMax = 1;
    this.issueAt = at;
    this.decidedAt = at;
    this.reads.tookTurn(source, line);
    stats.reads += 1;
    if (this.owed > 0) this.owed -= 1;
    if (at !== arriveAt) stats.readWaitTicks += at - arriveAt;
    this.takeBus(false);
    this.device.serve(READ, line);
    this.takeCredit();
    readSlots.backAt = times.done;
    readSlots.replaceHead();
    this.backAt = times.done;
    this.issueAt = never;
    this.issuesWrite = false;
    return true;
  }

  /**
   * Makes the decisions about writes of a lone source that fall due before `until`, as far as
   * nothing but they is there: each is issued when it was accepted, without the queue in between.
   * The source does not wait meanwhile. Too few to fill the WPQ, none waits for another to leave.
   */
  settleWrites(): void {
    const { writes, requests, stats, until } = this;
    if (!this.isLone || this.reads.count + this.wpqCount !== 0) return;
    if (writes.count >= this.drainAbove || writes.count > stats.wpqMax) return;
    while (this.acceptAt < until) {
      const at = this.acceptAt;
      let issueAt = at;
      if (this.busFreeAt > issueAt) issueAt = this.busFreeAt;
      const creditAt = this.creditBackAt[this.nextCredit];
      if (creditAt > issueAt) issueAt = creditAt;
      if (issueAt >= until) break;
      const record = writes.pop();
      this.admit(record);
      stats.writes += 1;
      this.issueAt = issueAt;
      this.decidedAt = issueAt;
      this.takeBus(true);
      this.device.serve(this.opOf(record), requests.localLine[record]);
      this.takeCredit();
      this.nextAccept();
      this.sink.writeAccepted(record);
    }
    this.issueAt = never;
    this.dueAt = this.acceptAt;
  }

  /** Makes the decision that is due at `dueAt`. */
  decide(): void {
    if (this.acceptAt <= this.issueAt) this.accept();
    else if (this.issuesWrite) this.issueWrite();
    else this.issueRead();
  }

  private accept(): void {
    this.writes.decisionAt = this.acceptAt;
    const record = this.choose(this.writes, this.writeChoice);
    this.admit(record);
    let place = this.wpqHead + this.wpqCount;
    if (place >= this.wpqLine.length) place -= this.wpqLine.length;
    this.wpqLine[place] = this.requests.localLine[record];
    this.wpqOp[place] = this.opOf(record);
    this.wpqAcceptedAt[place] = this.acceptAt;
    this.wpqCount += 1;
    if (this.wpqCount > this.stats.wpqMax) this.stats.wpqMax = this.wpqCount;
    const turns = this.wpqCount >= this.drainAbove && !this.isDraining;
    if (turns) {
      this.isDraining = true;
      this.stats.drains += 1;
    }
    if (turns || this.wpqCount === 1) this.findIssue();
    this.findAccept();
    this.sink.writeAccepted(record);
  }

  /** A write is accepted at `acceptAt`. */
  private admit(record: number): void {
    const { requests } = this;
    const at = this.acceptAt;
    if (at >= this.pauseAt + this.pauseEveryTicks) this.pauseAt = this.pauseBefore(at);
    const waited = at - requests.arriveAt[record];
    if (waited > 0) {
      this.stats.wpqStalls += 1;
      this.stats.wpqStallTicks += waited;
    }
    requests.decidedAt[record] = at;
  }

  /** What the device is asked for. */
  private opOf(record: number): number {
    const { requests } = this;
    const pieces = requests.pieces[record];
    const op: number = pieces > 0 ? PARTIAL_WRITE | (pieces << PIECES) : WRITE;
    const cause = requests.op[record];
    const isBack = cause >= CLWB && cause !== DIRECT_STORE;
    return isBack ? op + WRITTEN_BACK : op;
  }

  private issueRead(): void {
    this.reads.decisionAt = this.issueAt;
    const record = this.choose(this.reads, this.readChoice);
    const { requests, times } = this;
    this.stats.reads += 1;
    if (this.owed > 0) this.owed -= 1;
    this.stats.readWaitTicks += this.issueAt - requests.arriveAt[record];
    this.takeBus(false);
    this.device.serve(READ, requests.localLine[record]);
    this.takeCredit();
    this.readSlots.backAt = times.done;
    this.readSlots.replaceHead();
    requests.decidedAt[record] = times.done;
    this.findIssue();
    this.sink.readDone(record);
  }

  private issueWrite(): void {
    const place = this.wpqHead;
    this.stats.writes += 1;
    if (this.isDraining && this.owed === 0) {
      this.drained += 1;
      if (this.drained >= this.drainBurst) {
        this.drained = 0;
        this.owed = this.readTurn;
      }
    }
    this.wpqHead = place + 1 === this.wpqLine.length ? 0 : place + 1;
    this.wpqCount -= 1;
    if (this.wpqCount <= this.drainDownTo) this.isDraining = false;
    this.writeLeftAt = this.issueAt;
    this.takeBus(true);
    this.device.serve(this.wpqOp[place], this.wpqLine[place]);
    this.takeCredit();
    this.findIssue();
    this.findAccept();
  }

  /**
   * Takes one of the first `most` that have arrived: the sources take turns, each in its own order.
   * Lines of one source that left together come out apart where many sources wait.
   */
  private choose(queue: ArrivalQueue, most: number): number {
    let place = 0;
    if (most > 1 && queue.count > 1) place = queue.nextInTurn(most);
    const record = place === 0 ? queue.pop() : queue.popAt(place);
    queue.tookTurn(this.requests.sourceOf[record], this.requests.localLine[record]);
    return record;
  }

  private takeBus(isWrite: boolean): void {
    let start = this.issueAt;
    if (isWrite !== this.wasWrite) {
      start += this.turnaroundTicks;
      this.wasWrite = isWrite;
      this.stats.turnarounds += 1;
    }
    this.busFreeAt = start + this.busTicks;
    this.times.in = this.busFreeAt;
  }

  private takeCredit(): void {
    this.creditBackAt[this.nextCredit] = this.times.admitted;
    this.nextCredit = this.nextCredit + 1 === this.creditBackAt.length ? 0 : this.nextCredit + 1;
  }

  /** Called when the earliest write or the places in the WPQ changed. */
  private findAccept(): void {
    if (this.wpqCount === this.wpqLine.length) this.acceptAt = never;
    else this.nextAccept();
    this.dueAt = this.acceptAt < this.issueAt ? this.acceptAt : this.issueAt;
  }

  /** When the earliest write is accepted, if there is one, as there is room in the WPQ. */
  private nextAccept(): void {
    if (this.writes.count === 0) {
      this.acceptAt = never;
      return;
    }
    let at = this.requests.arriveAt[this.writes.head()];
    if (this.writeLeftAt > at) at = this.writeLeftAt;
    // Most of the time the last pause is over and the next has not come.
    const since = at - this.pauseAt;
    if (since >= 0 && (since < this.pauseTicks || since >= this.pauseEveryTicks)) {
      const end = this.pauseBefore(at) + this.pauseTicks;
      if (end > at) at = end;
    }
    this.acceptAt = at;
  }

  /** When the last pause up to `at` started; only from `pauseAt` on. */
  private pauseBefore(at: number): number {
    const { pauseAt, pauseEveryTicks } = this;
    return pauseAt + Math.floor((at - pauseAt) / pauseEveryTicks) * pauseEveryTicks;
  }

  /** Called when what could be issued first changed, or when it could. */
  private findIssue(): void {
    if (this.wpqCount + this.reads.count === 0) {
      this.issueAt = never;
      this.issuesWrite = false;
      this.dueAt = this.acceptAt;
      return;
    }
    let free = this.creditBackAt[this.nextCredit];
    if (this.busFreeAt > free) free = this.busFreeAt;
    let writeAt: number = never;
    if (this.wpqCount > 0) {
      const acceptedAt = this.wpqAcceptedAt[this.wpqHead];
      writeAt = acceptedAt > free ? acceptedAt : free;
    }
    let readAt: number = never;
    if (this.reads.count > 0) {
      readAt = this.requests.arriveAt[this.reads.head()];
      if (free > readAt) readAt = free;
      const slotAt = this.readSlots.times[this.readSlots.head];
      if (slotAt > readAt) readAt = slotAt;
    }
    const at = readAt < writeAt ? readAt : writeAt;
    this.issueAt = at;
    this.issuesWrite = writeAt === at && ((this.isDraining && this.owed === 0) || readAt > writeAt);
    this.dueAt = this.acceptAt < at ? this.acceptAt : at;
  }
}
