/**
 * A plain event queue with processes, for the reference model only.
 *
 *   tick T:  fills and acknowledgements reach the cores ▸ cores act ▸ stages move ▸ requests arrive
 *            at the controllers ▸ controllers decide
 *
 * A process is a generator: it yields a time and is resumed at that tick, or a `Signal` and is
 * resumed when it fires. Nothing here is fast and nothing is shared with the simulator proper.
 */

/** Order of what happens within one tick. */
export const Phase = { Back: 0, Core: 1, Stage: 2, Arrival: 3, Decide: 4 } as const;

export type Process = Generator<number | Signal, void, void>;

interface Event {
  readonly at: number;
  readonly phase: number;
  readonly key: number;
  readonly order: number;
  readonly act: () => void;
}

/** Something to wait for; firing resumes all who wait, in the order they came. */
export class Signal {
  private waiting: (() => void)[] = [];

  wait(resume: () => void): void {
    this.waiting.push(resume);
  }

  fire(): void {
    const resumed = this.waiting;
    this.waiting = [];
    for (const resume of resumed) resume();
  }
}

export class Kernel {
  now = 0;
  private order = 0;
  private readonly events: Event[] = [];

  at(at: number, phase: number, key: number, act: () => void): void {
    if (at < this.now) throw new Error(`reference: event at ${at}, now ${this.now}`);
    this.order += 1;
    const event = { at, phase, key, order: this.order, act };
    let i = this.events.length;
    this.events.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(event, this.events[parent])) break;
      this.events[i] = this.events[parent];
      i = parent;
    }
    this.events[i] = event;
  }

  /** Runs a process; what it yields a time for happens in `phase`, ordered by `key`. */
  start(process: Process, phase: number, key: number): void {
    const resume = (): void => {
      const next = process.next();
      if (next.done === true) return;
      if (next.value instanceof Signal) next.value.wait(resume);
      else this.at(next.value, phase, key, resume);
    };
    resume();
  }

  run(): void {
    for (let event = this.take(); event !== undefined; event = this.take()) {
      this.now = event.at;
      event.act();
    }
  }

  private take(): Event | undefined {
    const { events } = this;
    const first = events[0];
    const last = events.pop();
    if (last === undefined || events.length === 0) return last;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && isBefore(events[child + 1], events[child])) child += 1;
      if (!isBefore(events[child], last)) break;
      events[i] = events[child];
      i = child;
    }
    events[i] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.phase !== b.phase) return a.phase < b.phase;
  if (a.key !== b.key) return a.key < b.key;
  return a.order < b.order;
}
