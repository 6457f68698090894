/**
 * A scripted scenario: the number of a published test, the claim that it makes in one sentence, the
 * file systems it holds on, and statements that run one after another.
 *
 *     scenario generic/042 a preallocated tail shows nothing of the old device
 *     on xfs-dax ext4-dax                           absent: every DAX personality
 *     defect dataFence=skipped                      under this knob the claim must break
 *       open f a
 *       pwrite f 0 64K 41 -> 64K
 *       cut                                         power fails; all that follows must hold
 *       expect size a 64K                           in every state that recovery can meet
 */
import type { WorkloadOp } from '../conform/workload.js';

/** `byte` repeated `count` times. */
export interface ByteRun {
  readonly byte: number;
  readonly count: number;
}

/** What an operation may answer. */
export type Outcome =
  | { readonly kind: 'any' }
  | { readonly kind: 'number'; readonly value: number }
  /** Name of an error number or a signal. */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'bytes'; readonly runs: readonly ByteRun[] };

/** What a state of the file system must show; alternatives where there are several. */
export type Claim =
  | { readonly kind: 'size'; readonly path: string; readonly sizes: readonly number[] }
  | { readonly kind: 'blocks'; readonly path: string; readonly bytes: readonly number[] }
  | { readonly kind: 'links'; readonly path: string; readonly counts: readonly number[] }
  | {
      readonly kind: 'bytes';
      readonly path: string;
      readonly offset: number;
      readonly length: number;
      readonly contents: readonly (readonly ByteRun[])[];
    }
  /** The value of an attribute; null is that there is none. */
  | {
      readonly kind: 'xattr';
      readonly path: string;
      readonly name: string;
      readonly values: readonly (readonly ByteRun[] | null)[];
    }
  /** Every byte is one of these. */
  | {
      readonly kind: 'each';
      readonly path: string;
      readonly offset: number;
      readonly length: number;
      readonly allowed: readonly number[];
    }
  /** Runs of `written`, `unwritten`, `delayed`, `shared` and `hole`, as text. */
  | { readonly kind: 'layout'; readonly path: string; readonly layouts: readonly string[] }
  | { readonly kind: 'extents'; readonly path: string; readonly counts: readonly number[] }
  | { readonly kind: 'names'; readonly path: string; readonly lists: readonly string[] }
  | { readonly kind: 'exists'; readonly paths: readonly string[] }
  | { readonly kind: 'absent'; readonly paths: readonly string[] }
  /** Exactly one of the paths exists. */
  | { readonly kind: 'one'; readonly paths: readonly string[] }
  /** Exactly one of the others names the inode of the first. */
  | { readonly kind: 'partner'; readonly paths: readonly string[] }
  /** All paths name one inode. */
  | { readonly kind: 'same'; readonly paths: readonly string[] }
  /** The file's stamp is later than at the last `note`, or the same. */
  | {
      readonly kind: 'stamp';
      readonly path: string;
      readonly stamp: 'mtime' | 'ctime';
      readonly moved: boolean;
    }
  /** As many blocks are free as at the last `note`. */
  | { readonly kind: 'free' };

export interface Place {
  /** `path:line`. */
  readonly where: string;
  /** The line without comment and indentation. */
  readonly text: string;
}

/** An operation of a workload file. */
export type OpStatement = Place & {
  readonly kind: 'op';
  readonly op: WorkloadOp;
  readonly outcomes: readonly Outcome[];
};

export type Statement = OpStatement | (Place & OtherStatement);

type OtherStatement =
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly words: readonly string[];
      readonly outcomes: readonly Outcome[];
    }
  | { readonly kind: 'expect'; readonly claim: Claim }
  /** Remembers free space and stamps. */
  | { readonly kind: 'note' }
  /** Unmount and mount. */
  | { readonly kind: 'remount' }
  /** Power fails here. */
  | { readonly kind: 'cut' }
  /** Power fails at any fence of these statements, and behind them. */
  | { readonly kind: 'during'; readonly body: readonly Statement[] }
  /** The tasks' operations in every order of their steps; stands outside of blocks, once. */
  | { readonly kind: 'race'; readonly threads: readonly (readonly OpStatement[])[] };

/** A knob that must break the claim on a personality. */
export interface ScenarioDefect {
  readonly knob: string;
  readonly value: string;
  /** Personalities that it concerns; null is all that the scenario runs on. */
  readonly on: readonly string[] | null;
}

export interface Scenario {
  /** Number of the test that it follows: `generic/042`. */
  readonly test: string;
  readonly claim: string;
  /** File systems, as `xfs-dax` or `xfs-dax@6.1`. */
  readonly on: readonly string[];
  readonly deviceBytes: number;
  readonly defects: readonly ScenarioDefect[];
  readonly statements: readonly Statement[];
  readonly where: string;
}
