/** Who makes decisions in order of time. */
export interface Decider {
  /** When the next one falls due, as far as is known; NEVER if there is none. */
  readonly dueAt: number;
  /** Makes it. */
  decide(): void;
}

/** Whom a controller tells of its decisions. */
export interface DecisionSink {
  /** `decidedAt[record]` is when the data of a read is back at the controller. */
  readDone(record: number): void;
  /** `decidedAt[record]` is when a write was accepted. */
  writeAccepted(record: number): void;
}
