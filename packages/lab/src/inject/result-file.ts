/**
 * The result of a campaign as lines of JSON: a head, a line for each injection in order, the
 * totals. Nothing in it depends on the host, on workers, or on kills and new starts.
 */
import { OUTCOMES } from './outcome.js';
import type { InjectionAnswer, InjectionCampaign, InjectionRequest } from './campaign.js';

const SCHEMA = 'daxsim/inject-result/1';

/** Text of the file. */
export function injectionResultText(
  version: string,
  request: InjectionRequest,
  campaign: InjectionCampaign,
  answers: readonly InjectionAnswer[],
): string {
  const { seed, cells } = request;
  const head = {
    schema: SCHEMA,
    version,
    seed,
    injections: campaign.injections,
    cells: cells.map(({ sweep, config }) => ({ sweep, config })),
  };
  const lines = [JSON.stringify(head)];
  let number = 0;
  for (const answer of answers) {
    const findings = new Map(answer.findings.map((finding) => [finding.number, finding]));
    answer.outcomes.forEach((outcome, i) => {
      lines.push(injectionLine(campaign, number, outcome, answer.digests[i] ?? '', findings));
      number += 1;
    });
  }
  const { outcomes, digest } = campaign.sum(answers);
  lines.push(JSON.stringify({ outcomes, digest }));
  return `${lines.join('\n')}\n`;
}

function injectionLine(
  campaign: InjectionCampaign,
  number: number,
  outcome: number,
  digest: string,
  findings: ReadonlyMap<number, InjectionAnswer['findings'][number]>,
): string {
  const { cell, index } = campaign.placeOf(number);
  const planned = campaign.cell(cell).plan[index];
  const finding = findings.get(number);
  return JSON.stringify({
    injection: number,
    cell,
    workload: planned?.program,
    fault: planned?.injection.fault,
    request: planned?.injection.request,
    survivors: planned?.injection.survivors,
    outcome: OUTCOMES[outcome],
    problem: finding?.problem ?? '',
    digest,
  });
}
