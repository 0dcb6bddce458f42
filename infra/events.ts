// Which events wake the waits, and the clock of the sweep.

import { functionLogicalId } from './functions.ts';
import { EVENT_BUS_NAME, PREFIX } from './names.ts';

const WAKE = { Id: 'wake-waits', Arn: { 'Fn::GetAtt': [functionLogicalId('wake-waits'), 'Arn'] } };

/** `Canceled` in events, `Cancelled` in the API (Systems Manager user guide). */
const COMMAND_ENDS = ['Success', 'Failed', 'TimedOut', 'Canceled', 'Cancelled'];

/** Narrow patterns: every event that matches costs one invocation. */
const PATTERNS: Readonly<Record<string, unknown>> = {
  TaskStopped: {
    source: ['aws.ecs'],
    'detail-type': ['ECS Task State Change'],
    detail: { lastStatus: ['STOPPED'], containerInstanceArn: [{ exists: true }] },
  },
  ServiceTaskRunning: {
    source: ['aws.ecs'],
    'detail-type': ['ECS Task State Change'],
    detail: {
      lastStatus: ['RUNNING'],
      desiredStatus: ['RUNNING'],
      group: [{ prefix: 'service:' }],
      containerInstanceArn: [{ exists: true }],
    },
  },
  AgentConnected: {
    source: ['aws.ecs'],
    'detail-type': ['ECS Container Instance State Change'],
    detail: {
      agentConnected: [true],
      status: ['DRAINING'],
      // A host that comes back runs nothing. The counts are in the event schema registry, not in the guide's example.
      $or: [
        { runningTasksCount: [0], pendingTasksCount: [0] },
        { runningTasksCount: [{ exists: false }] },
      ],
    },
  },
  HostAnswered: {
    source: ['aws.ssm'],
    'detail-type': ['EC2 Command Invocation Status-change Notification'],
    detail: { 'document-name': [{ prefix: 'BottlerocketFleet-Status' }], status: COMMAND_ENDS },
  },
  AllHostsAnswered: {
    source: ['aws.ssm'],
    'detail-type': ['EC2 Command Status-change Notification'],
    detail: {
      'document-name': [
        { prefix: 'BottlerocketFleet-Check' },
        { prefix: 'BottlerocketFleet-Prepare' },
      ],
      status: COMMAND_ENDS,
    },
  },
};

export function eventResources(): Record<string, unknown> {
  const rules = Object.entries(PATTERNS).flatMap(([name, pattern]) => [
    [
      `${name}Rule`,
      { Type: 'AWS::Events::Rule', Properties: { EventPattern: pattern, Targets: [WAKE] } },
    ],
    [
      `${name}Permission`,
      {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          Action: 'lambda:InvokeFunction',
          FunctionName: { Ref: functionLogicalId('wake-waits') },
          Principal: 'events.amazonaws.com',
          SourceArn: { 'Fn::GetAtt': [`${name}Rule`, 'Arn'] },
        },
      },
    ],
  ]);
  return {
    EventBus: { Type: 'AWS::Events::EventBus', Properties: { Name: EVENT_BUS_NAME } },
    ...Object.fromEntries(rules),
    SweepRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'scheduler.amazonaws.com' },
              Action: 'sts:AssumeRole',
            },
          ],
        },
        Policies: [
          {
            PolicyName: 'invoke-sweep',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                {
                  Effect: 'Allow',
                  Action: 'lambda:InvokeFunction',
                  Resource: { 'Fn::GetAtt': [functionLogicalId('sweep'), 'Arn'] },
                },
              ],
            },
          },
        ],
      },
    },
    SweepSchedule: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        Name: `${PREFIX}-sweep`,
        ScheduleExpression: 'rate(1 minute)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: { 'Fn::GetAtt': [functionLogicalId('sweep'), 'Arn'] },
          RoleArn: { 'Fn::GetAtt': ['SweepRole', 'Arn'] },
        },
      },
    },
  };
}
