/** Calls of recipes that the operations of a corpus come to. */
import type { RegisterName } from '@daxsim/daxfs';
import type { CorpusOperation } from './config.js';

/** What the result of an operation is. */
export type ResultKind = 'bytes' | 'count' | 'status';

/** Part of an operation: one program. */
export interface CorpusCall {
  /** Recipe. */
  readonly program: string;
  readonly registers: Readonly<Partial<Record<RegisterName, number>>>;
  readonly path?: string;
  readonly path2?: string;
  /** Failing, `open` ends the operation; the result is that of `main`. */
  readonly role: 'open' | 'main' | 'close';
  readonly operation: PlannedOperation;
  readonly text: string;
  /** Calls of the same operation behind this one. */
  readonly rest: number;
  /** Of a call of the set-up, the guest for which it is done. */
  readonly guest?: number;
}

/** A call before it is known what follows it. */
export type OpenCall = Omit<CorpusCall, 'rest'>;

export interface PlannedOperation {
  readonly source: CorpusOperation;
  /** Label of the result, or null. */
  readonly label: string | null;
  readonly result: ResultKind;
  /** Bytes asked for, of a transfer. */
  readonly asked: number;
  /** File that it reads through, and the offset of its first byte there. */
  readonly file: string | null;
  readonly fileOffset: number;
  readonly text: string;
}

export interface CorpusCalls {
  readonly setup: readonly CorpusCall[];
  readonly threads: readonly (readonly CorpusCall[])[];
  /** Thread → calls behind its explicit power loss; with names opened each time. */
  readonly afterCrash: ReadonlyMap<number, readonly CorpusCall[]>;
  readonly maps: ReadonlyMap<string, CorpusMap>;
}

/** A mapping of a scenario. */
export interface CorpusMap {
  readonly number: number;
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}
