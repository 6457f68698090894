/**
 * What came of an injection, from the harmless to the worst. When several things went wrong the
 * worst one names the outcome.
 *
 *     masked           every promise was kept and nobody was told
 *     error_reported   somebody got an error, a signal or a short count; all promises were kept
 *     lost_data        something that was promised is gone, or an older state of it is there
 *     wrong_data       bytes that nobody wrote there, or metadata that contradict themselves
 *     recovery_crash   recovery fails, or finds no file system
 *     hang             something never ends
 */
export const OUTCOMES = [
  'masked',
  'error_reported',
  'lost_data',
  'wrong_data',
  'recovery_crash',
  'hang',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** An outcome with what was wrong, empty for masked. */
export interface Finding {
  readonly outcome: Outcome;
  readonly problem: string;
}

export const MASKED: Finding = { outcome: 'masked', problem: '' };

/** The worse of two findings; the first if they are alike. */
export function worse(one: Finding, other: Finding): Finding {
  return OUTCOMES.indexOf(other.outcome) > OUTCOMES.indexOf(one.outcome) ? other : one;
}
