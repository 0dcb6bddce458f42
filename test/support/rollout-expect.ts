// Expectations about how a rollout ended; a failed one shows its whole story.

import { expect } from 'vitest';
import type { Ended } from './rollout.ts';

function storyOf({ ending, reason, journal, instances, violations }: Ended): string {
  return [
    `${ending}: ${reason}`,
    ...journal.map(
      ({ what, who, subject, why }) => `  ${what} by ${who}, ${subject ?? ''}: ${why}`,
    ),
    ...Object.values(instances).map(
      ({ ec2InstanceId, outcome, code, reason: why, undo }) =>
        `  ${ec2InstanceId} ${outcome} (${code}): ${why} ${undo ? JSON.stringify(undo) : ''}`,
    ),
    ...violations.map((violation) => `  BROKEN: ${violation}`),
  ].join('\n');
}

/**
 * Every invariant holds, and it ended so.
 *
 * @param outcomes In the order of the fleet file; not looked at when left out.
 */
export function expectEnd(
  ended: Ended,
  ending: string | readonly string[],
  outcomes?: readonly string[],
): void {
  const story = storyOf(ended);
  expect(ended.violations, story).toEqual([]);
  expect([ending].flat(), story).toContain(ended.ending);
  if (!outcomes) return;
  const found = ended.fleet.hosts.map(({ ec2InstanceId }) => ended.outcomes[ec2InstanceId]);
  expect(found, story).toEqual(outcomes);
}
