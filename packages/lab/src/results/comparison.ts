/**
 * Simulated results beside recorded ones: value or error of every call.
 *
 * fio logs and block traces tell what was asked and not what came of it. fio stops a job at its
 * first error, and a file system retries a short request, so there what was asked was done in full.
 *
 * Descriptors, addresses and inode numbers are the recording machine's and are not compared; nor is
 * the value of a call that the file system does not see (fcntl, ioctl …), only whether it failed.
 * Every disagreement is counted under a reason, and the first ones are kept whole.
 */
import { OpKind, errnoByName, errnoName, opKindNames, type TraceRecord } from '@daxsim/trace';

/** One call that ended otherwise than recorded. */
export interface Disagreement {
  /** Line of the trace. */
  readonly record: number;
  readonly op: string;
  readonly recorded: string;
  readonly simulated: string;
  readonly reason: string;
}

/** What is known about the circumstances of a call. */
export interface Circumstances {
  /** Others changed the same things at the same time in the recording. */
  readonly isContended: boolean;
  /** Number of the signal that it ended in; 0: none. */
  readonly signal: number;
  /** The file system had nothing to do. */
  readonly isFree: boolean;
  /** Tasks of one trace were not held to the order of the recording. */
  readonly isUnordered: boolean;
  /** Its name appears in the recording although no call made it (a socket, another program). */
  readonly isUnmade: boolean;
}

const KEPT = 2000;
const DEVICE_FAULT = 'a fault of the device';

const permission = new Set(['EACCES', 'EPERM', 'EROFS'].map(errnoByName));
const momentary = new Set(['EAGAIN', 'EINTR', 'EBUSY', 'ETXTBSY'].map(errnoByName));
const mediaError = errnoByName('EIO');
const noSpace = errnoByName('ENOSPC');
const notSupported = errnoByName('EOPNOTSUPP');
const badHandle = errnoByName('EBADF');

export class ResultComparison {
  compared = 0;
  agreed = 0;
  readonly byReason = new Map<string, number>();
  readonly disagreements: Disagreement[] = [];
  /** Whether the next call met a fault that was laid on the device; who watches faults says so. */
  hasMetFault = false;

  /** Compares one call. */
  add(
    record: TraceRecord,
    callName: string,
    errno: number,
    result: number,
    circumstances: Circumstances,
  ): void {
    this.compared += 1;
    const { hasMetFault } = this;
    this.hasMetFault = false;
    const hasValue = comparesValue(record.kind) && !circumstances.isFree;
    const recorded = recordedResult(record);
    const isSame =
      circumstances.signal === 0 &&
      errno === record.errno &&
      (errno !== 0 || !hasValue || result === recorded);
    if (isSame) {
      this.agreed += 1;
      return;
    }
    const reason = hasMetFault ? DEVICE_FAULT : reasonOf(record, errno, result, circumstances);
    this.byReason.set(reason, (this.byReason.get(reason) ?? 0) + 1);
    if (this.disagreements.length >= KEPT) return;
    this.disagreements.push({
      record: record.line,
      op: callName === '' ? (opKindNames[record.kind] ?? 'other') : callName,
      recorded: shown(record.errno, recorded),
      simulated: circumstances.signal === 0 ? shown(errno, result) : 'a signal',
      reason,
    });
  }
}

function recordedResult({ kind, hasResult, result, length }: TraceRecord): number {
  return hasResult === 0 && comparesValue(kind) ? length : result;
}

function shown(errno: number, value: number): string {
  return errno !== 0 ? errnoName(errno) : String(value);
}

/** Kinds whose value means the same on every machine. */
function comparesValue(kind: number): boolean {
  return (
    kind === OpKind.Read ||
    kind === OpKind.Write ||
    kind === OpKind.Seek ||
    kind === OpKind.ListDirectory ||
    kind === OpKind.CopyRange ||
    kind === OpKind.Sendfile
  );
}

function reasonOf(
  record: TraceRecord,
  errno: number,
  result: number,
  circumstances: Circumstances,
): string {
  const { isContended, isFree, isUnmade, isUnordered } = circumstances;
  if (circumstances.signal !== 0 || errno === mediaError) return DEVICE_FAULT;
  if (permission.has(record.errno)) return 'permissions and owners are not checked';
  if (momentary.has(record.errno)) return 'depends on the moment of the recording';
  if (isFree) return `the file system does not see ${opKindNames[record.kind] ?? 'the call'}`;
  const isShort = record.kind === OpKind.Write && errno === 0 && result < recordedResult(record);
  if (errno === noSpace || isShort) return 'the simulated device is full';
  if (errno === notSupported) return 'not supported by the simulated file system';
  if (record.hasResult === 0 && errno === badHandle) return 'its file could not be opened';
  if (isUnmade) return 'a name that no call of the trace makes';
  if (isContended) return 'ran beside others on the same file in the recording';
  if (record.kind === OpKind.ListDirectory) return 'directory entries that the trace does not name';
  if (isUnordered) return 'tasks were not held to the order of the recording';
  return 'unexplained';
}
