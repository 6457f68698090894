/** What the models of devices behind a controller have in common. */

/** A request at a device; `admitted` and `answered` are called when it happens. */
export interface DeviceRequest {
  readonly line: number;
  readonly isWrite: boolean;
  /** Of a write of a part of the line, in how many 8-byte pieces; else 0. */
  readonly pieces: number;
  readonly isOwned: boolean;
  readonly admitted: () => void;
  readonly answered: () => void;
}

export interface DeviceCounters {
  readonly mediaReads: number;
  readonly mediaWrites: number;
  readonly aitReadHits: number;
  readonly rmwReadHits: number;
  readonly rmwWriteHits: number;
}

export interface DeviceModel {
  submit(request: DeviceRequest): void;
  counters(): DeviceCounters;
}
