// What happens by the clock: the sweep every minute, and each fleet's rollouts in its own time zone.

import { type Fleet, policyOf } from './fleets.ts';
import { allow, roleFor } from './iam.ts';
import {
  FLEET_PARAMETER_PREFIX,
  functionLogicalId,
  PREFIX,
  pascalCase,
  shortened,
  stateMachineArn,
} from './names.ts';
import { UNDELIVERED_QUEUE_ARN } from './queue.ts';

/** A start that comes later than this would find its window mostly gone. */
const START_AGE_SECONDS_MAX = 3600;
const START_RETRIES_MAX = 10;

/** One look is worth nothing once the next one is due, so nothing is repeated. */
function sweepResources(): Record<string, unknown> {
  const sweepArn = { 'Fn::GetAtt': [functionLogicalId('sweep'), 'Arn'] };
  return {
    SweepScheduleRole: roleFor('scheduler', [allow(['lambda:InvokeFunction'], [sweepArn])]),
    SweepSchedule: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        Name: `${PREFIX}-sweep`,
        Description: 'Looks at every wait, whatever events came or did not come',
        GroupName: { Ref: 'ScheduleGroup' },
        ScheduleExpression: 'rate(1 minute)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: sweepArn,
          RoleArn: { 'Fn::GetAtt': ['SweepScheduleRole', 'Arn'] },
          RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
        },
      },
    },
    SweepInvocations: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: functionLogicalId('sweep') },
        Qualifier: '$LATEST',
        MaximumEventAgeInSeconds: 60,
        MaximumRetryAttempts: 0,
      },
    },
  };
}

/** CloudFormation's logical ids are letters and digits; the entry's place keeps `a-b` and `ab` apart. */
function logicalId(kind: string, { cluster }: Fleet, index: number): string {
  return `${kind}${index + 1}${pascalCase(cluster.replaceAll(/[^A-Za-z0-9]+/g, '-'))}`.replaceAll(
    '-',
    '',
  );
}

function parameterResource(fleet: Fleet): unknown {
  return {
    Type: 'AWS::SSM::Parameter',
    Properties: {
      Name: `${FLEET_PARAMETER_PREFIX}/${fleet.cluster}`,
      Type: 'String',
      Description:
        'Policy under every rollout of this cluster; written by the stack, read by it alone',
      Value: JSON.stringify(policyOf(fleet)),
    },
  };
}

/** EventBridge Scheduler API reference, CreateSchedule. */
const SCHEDULE_NAME_MAX = 64;
/** functions/core/read-policy.ts */
const STARTED_BY_MAX = 200;

function scheduleResource({ cluster, schedule }: Fleet): unknown {
  if (!schedule) return undefined;
  const { expression, timeZone, flexibleMinutes } = schedule;
  return {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      Name: shortened(`${PREFIX}-${cluster}`, SCHEDULE_NAME_MAX),
      Description: `Starts the rollouts of cluster ${cluster}`,
      GroupName: { Ref: 'ScheduleGroup' },
      ScheduleExpression: expression,
      ScheduleExpressionTimezone: timeZone,
      FlexibleTimeWindow:
        flexibleMinutes === undefined
          ? { Mode: 'OFF' }
          : { Mode: 'FLEXIBLE', MaximumWindowInMinutes: flexibleMinutes },
      Target: {
        Arn: stateMachineArn('roll-out-cluster'),
        RoleArn: { 'Fn::GetAtt': ['RolloutScheduleRole', 'Arn'] },
        // The window counts from the plan, not from when the start came through.
        Input: JSON.stringify({
          cluster,
          scheduledAt: '<aws.scheduler.scheduled-time>',
          startedBy: shortened(`schedule of ${cluster}`, STARTED_BY_MAX),
        }),
        RetryPolicy: {
          MaximumEventAgeInSeconds: START_AGE_SECONDS_MAX,
          MaximumRetryAttempts: START_RETRIES_MAX,
        },
        DeadLetterConfig: { Arn: UNDELIVERED_QUEUE_ARN },
      },
    },
  };
}

/** AWS::Scheduler and AWS::SSM::Parameter resources, by logical id. */
export function scheduleResources(fleets: readonly Fleet[]): Record<string, unknown> {
  const scheduled = fleets.filter(({ schedule }) => schedule !== undefined);
  const startRollouts = roleFor('scheduler', [
    allow(['states:StartExecution'], [stateMachineArn('roll-out-cluster')]),
    allow(['sqs:SendMessage'], [UNDELIVERED_QUEUE_ARN]),
  ]);
  return {
    ScheduleGroup: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: PREFIX } },
    ...sweepResources(),
    ...(scheduled.length === 0 ? {} : { RolloutScheduleRole: startRollouts }),
    ...Object.fromEntries(
      fleets.map((fleet, index) => [logicalId('Policy', fleet, index), parameterResource(fleet)]),
    ),
    ...Object.fromEntries(
      fleets
        .map((fleet, index) => [logicalId('Schedule', fleet, index), scheduleResource(fleet)])
        .filter(([, resource]) => resource !== undefined),
    ),
  };
}
