// Scenarios: AWS calls are throttled, fail before or after their effect, are slow, stale, or denied.

import { describe, expect, it } from 'vitest';
import { idsOf, runRollout, smallFleet } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const UPDATED = ['Updated', 'Updated'];
const CLEAN = ['Succeeded', 'Halted', 'FailedClean'];
const [first = ''] = idsOf(smallFleet());

describe('throttled', () => {
  it.each([0.2, 0.5])(
    '%d of all calls: slower, and nobody is declared failed for it',
    async (probability) => {
      const faults = [{ name: 'api-throttled', probability }];
      expectEnd(await runRollout({ faults }), probability < 0.3 ? 'Succeeded' : CLEAN);
    },
  );

  it.each(['ecs:*', 'ssm:*', 'states:*', 'dynamodb:*', 'events:*'])(
    'every call of %s, for two minutes of the drain',
    async (subject) => {
      const faults = [{ name: 'api-throttled', subject, fromSeconds: 66, untilSeconds: 186 }];
      expectEnd(await runRollout({ faults }), CLEAN);
    },
  );
});

it('throttled for good: the reason names the call that was', async () => {
  const faults = [{ name: 'api-throttled', subject: 'ecs:ListContainerInstances' }];
  const ended = await runRollout({ faults });
  expectEnd(ended, 'FailedClean');
  expect(ended.reason).toContain('ThrottlingException: ECS ListContainerInstances: Rate exceeded');
});

const EFFECTS = [
  'ecs:UpdateContainerInstancesState',
  'ecs:PutAttributes',
  'ecs:DeleteAttributes',
  'ssm:SendCommand',
  'states:StartExecution',
  'states:SendTaskSuccess',
  'states:SendTaskFailure',
  'dynamodb:UpdateItem',
  'dynamodb:PutItem',
  'dynamodb:DeleteItem',
];

describe.each(['error', 'reset', 'none'])(
  'the effect stands, the answer is lost (%s)',
  (answer) => {
    it.each(EFFECTS)('%s, every third time', async (subject) => {
      const name = 'api-error-after-effect';
      const faults = [{ name, subject, probability: 0.3, timesMax: 8, parameters: { answer } }];
      const ended = await runRollout({ faults });
      expectEnd(ended, CLEAN);
      // A command whose answer was lost may be sent again: the host reboots once all the same.
      for (const down of ended.watched.wentDown.values()) expect(down).toBe(1);
    });
  },
);

describe('other trouble', () => {
  it.each(EFFECTS)('%s fails before its effect, every third time', async (subject) => {
    const faults = [{ name: 'api-error-before-effect', subject, probability: 0.3 }];
    expectEnd(await runRollout({ faults }), CLEAN);
  });

  it('every call takes half a minute', async () => {
    const faults = [{ name: 'api-slow', parameters: { seconds: 30 }, probability: 0.2 }];
    expectEnd(await runRollout({ faults }), CLEAN);
  });

  it.each([
    ['ecs-stale-describe', { seconds: 30 }],
    ['ecs-list-misses-new-task', { seconds: 10 }],
    ['ecs-page-token-expired', {}],
    ['dynamodb-stale-read', { seconds: 30 }],
    ['execution-description-stale', { staleSeconds: 120 }],
  ] as const)('%s', async (name, parameters) => {
    const faults = [{ name, parameters, probability: 0.5 }];
    expectEnd(await runRollout({ faults }), 'Succeeded', UPDATED);
  });

  it.each(['MISSING', 'INACTIVE', 'RESOURCE:MEMORY'])(
    'a batch answers partly: %s',
    async (reason) => {
      const faults = [
        {
          name: 'ecs-partial-failure',
          subject: first,
          fromSeconds: 58,
          timesMax: 1,
          parameters: { reason },
        },
      ];
      expectEnd(await runRollout({ faults, policy: { failureBudget: 1 } }), CLEAN);
    },
  );

  it.each([
    ['ecs:UpdateContainerInstancesState', 200],
    ['ssm:SendCommand', 140],
    ['ecs:ListTasks', 0],
    ['cloudwatch:DescribeAlarms', 0],
    ['states:StartExecution', 1],
  ] as const)('%s is denied after %i seconds, for an hour', async (subject, fromSeconds) => {
    const untilSeconds = fromSeconds + 3600;
    const faults = [{ name: 'api-access-denied', subject, fromSeconds, untilSeconds }];
    expectEnd(await runRollout({ faults }), [...CLEAN, 'FailedDirty']);
  });

  it.each([-300, 300])('clocks of functions are wrong by %i seconds', async (seconds) => {
    const faults = [{ name: 'lambda-clock-skewed', probability: 0.5, parameters: { seconds } }];
    expectEnd(await runRollout({ faults }), CLEAN);
  });
});
