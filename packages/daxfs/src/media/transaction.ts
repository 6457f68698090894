/** What the open transaction is to the parts that take part in it. */
export interface Transaction {
  /** The sequence it will get. */
  sequence: number;
  /** Simulated time of its stamps, nanoseconds. */
  nowNs: number;
}
