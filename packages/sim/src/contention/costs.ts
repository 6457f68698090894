/**
 * What moving a cache line, sleeping and being woken cost, in ticks, and which CPUs there are.
 * Every time has its source in the file that it was read from (`configs/contention`).
 */

/** A CPU that was idle for `fromTicks` takes `moreTicks` more to wake up. */
export interface IdleState {
  readonly fromTicks: number;
  readonly moreTicks: number;
}

/** Times of a machine with many CPUs, in ticks. */
export interface ContentionCosts {
  /** A locked read-modify-write of a line that this CPU owns. */
  readonly atomicTicks: number;
  /** A load or store of a line that this CPU has. */
  readonly hitTicks: number;
  /** Bringing a line from another CPU of the same socket. */
  readonly sameSocketTicks: number;
  /** Bringing a line from another socket while nobody else wants it. */
  readonly crossSocketTicks: number;
  /** The same while others wait for the line: the home agent serves conflicts one by one. */
  readonly crossSocketQueuedTicks: number;
  /** Share of a transfer during which a load keeps others from the line; stores take all of it. */
  readonly loadOccupancy: number;
  /** From a wake-up to the sleeper running on an idle CPU, at least. */
  readonly wakeTicks: number;
  /** It takes up to so much longer, drawn evenly: what the scheduler does first is not fixed. */
  readonly wakeSpreadTicks: number;
  /** Deeper sleep of a CPU that was idle for long, least first: more time until it runs. */
  readonly idleStates: readonly IdleState[];
  /** What it costs the waker to wake one task, beside lines of the sleeper that it brings. */
  readonly wakeIssueTicks: number;
  /** How many lines that are. */
  readonly wakeLines: number;
  /** Lines that who takes a waiter off the list of an rwsem brings before it wakes anybody. */
  readonly waiterLines: number;
  /** Giving up a CPU, or taking one over from another task. */
  readonly switchTicks: number;
  /** How long a task may run while another waits for its CPU. */
  readonly sliceTicks: number;
  /** How long the first sleeping writer of an rwsem waits before nobody may steal any more. */
  readonly handoffTicks: number;
  /** How long a writer spins on a lock that readers have: this, and half of it again for 20. */
  readonly readerSpinTicks: number;
  /** Work inside the spin lock of a tree of ranges, for a tree of one; and for each doubling. */
  readonly treeTicks: number;
  readonly treeStepTicks: number;
  /** Time under the array's lock to find an entry and set or clear its lock bit. */
  readonly entryFindTicks: number;
  readonly entryStoreTicks: number;
  /** Looking at one waiter in a bucket of a hashed wait queue. */
  readonly bucketScanTicks: number;
  /** Until every CPU has passed a quiescent state. */
  readonly gracePeriodTicks: number;
  /** One slot of the table of visible readers, looked at by a writer who revokes the bias. */
  readonly slotScanTicks: number;
  /** Making every TLB of an address space let go: for the first CPU, and for each further one. */
  readonly shootdownTicks: number;
  readonly shootdownEachTicks: number;
}

/** Which CPU is on which socket. */
export interface Topology {
  readonly cpus: number;
  readonly sockets: number;
}

/** Socket of a CPU: CPUs are numbered socket by socket. */
export function socketOf({ cpus, sockets }: Topology, cpu: number): number {
  return Math.floor(cpu / Math.ceil(cpus / sockets));
}
