// Target health as a gate: worse than before the rollout, or unknown, is closed.

import { expect, test } from 'vitest';
import { closedGates, type TargetGroupHealth } from '../../../functions/core/bake.ts';

const arn = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/0123456789abcdef';

function health(healthy: number, unhealthy: number, unknown?: string): TargetGroupHealth {
  return { targetGroupArn: arn, healthy, unhealthy, unknown };
}

test.each([
  ['as many unhealthy as before', health(4, 1), health(4, 1), []],
  ['fewer unhealthy than before', health(5, 0), health(4, 1), []],
  ['fewer healthy, none unhealthy: the service may have scaled in', health(2, 0), health(4, 0), []],
  [
    'more unhealthy than before',
    health(3, 2),
    health(4, 1),
    ['target group web has 2 unhealthy targets, 1 before'],
  ],
  [
    'unhealthy in a group that was not there before',
    health(3, 1),
    undefined,
    ['target group web has 1 unhealthy targets, 0 before'],
  ],
  [
    'no healthy target left',
    health(0, 0),
    health(2, 0),
    ['target group web has no healthy target left'],
  ],
  ['no healthy target before either', health(0, 0), health(0, 0), []],
  [
    'unknown',
    health(0, 0, 'AccessDenied'),
    health(2, 0),
    ['target group web cannot be read (AccessDenied), which counts as closed'],
  ],
])('closedGates() on target health: %s', (_name, now, atPlan, closed) => {
  expect(closedGates({ services: [], alarms: [], targetGroups: [{ now, atPlan }] })).toEqual(
    closed,
  );
});
