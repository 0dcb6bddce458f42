// Tells a run of the harness so that whoever reads it knows what broke, in what, and how to see it again.

import type { CaseRun } from './run-case.ts';

/** @param replay Arguments of `npm run fuzz` that run it again. */
export function storyOf({ findings, lastEvents, drawn }: CaseRun, replay: string): string {
  const { fleet, policy, faults, deeds } = drawn;
  return [
    ...findings.map(
      ({ invariant, what, at }) => `BROKEN ${invariant} at ${new Date(at).toISOString()}: ${what}`,
    ),
    ...lastEvents.map((line) => `  ${line}`),
    `fleet  ${fleet.containerInstances.length} container instances`,
    `policy ${JSON.stringify(policy)}`,
    ...faults.map((fault) => `fault  ${JSON.stringify(fault)}`),
    ...(deeds.length > 0 ? [`people ${JSON.stringify(deeds)}`] : []),
    `replay npm run fuzz -- ${replay}`,
  ].join('\n');
}
