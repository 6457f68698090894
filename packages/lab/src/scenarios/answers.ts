/** Whether an operation answered as a scenario says. */
import { runsOf, runsText, sameRuns, sizeText } from './byte-runs.js';
import type { OpAnswer } from '../conform/op-answer.js';
import type { WorkloadOp } from '../conform/workload.js';
import type { Outcome } from './scenario.js';

/** Transfers that must be whole when nothing else is said. */
const TRANSFERS: ReadonlySet<string> = new Set(['pwrite', 'write', 'store', 'pwrite_from']);

/** Null, or what was answered instead. `op` is null for calls that move no bytes. */
export function wrongAnswer(
  answer: OpAnswer,
  outcomes: readonly Outcome[],
  op: WorkloadOp | null,
): string | null {
  const { err, sig } = answer;
  if (answer.unsupported !== undefined) return answer.unsupported;
  if (outcomes.length > 0) {
    return outcomes.some((outcome) => isOutcome(answer, outcome)) ? null : answerText(answer);
  }
  if (err !== '' || sig !== undefined) return answerText(answer);
  const isShort = op !== null && TRANSFERS.has(op.name) && answer.ret !== op.length;
  return isShort ? answerText(answer) : null;
}

function isOutcome({ ret, err, sig, data }: OpAnswer, outcome: Outcome): boolean {
  switch (outcome.kind) {
    case 'any':
      return true;
    case 'name':
      return err === outcome.name || sig?.name === outcome.name;
    case 'number':
      return err === '' && sig === undefined && ret === outcome.value;
    default: {
      const runs = runsOf(data ?? new Uint8Array(0));
      return err === '' && sig === undefined && sameRuns(runs, outcome.runs);
    }
  }
}

function answerText({ ret, err, sig, data }: OpAnswer): string {
  if (sig !== undefined) return `${sig.name} at byte ${sig.off}`;
  if (err !== '') return err;
  return data === undefined ? sizeText(ret) : runsText(runsOf(data));
}
