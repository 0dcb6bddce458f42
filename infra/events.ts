// Which events wake the waits, and the bus on which a rollout tells what happens to it.

import { EVENT_BUS_NAME, EVENT_SOURCE, functionLogicalId, PREFIX } from './names.ts';
import { UNDELIVERED_QUEUE_ARN } from './queue.ts';

/** Seconds after which an event is old news: the sweep has looked many times by then. */
const EVENT_AGE_SECONDS_MAX = 900;
const RETRIES_MAX = 8;
/** Days the own bus's events are kept, as long as the record keeps container instances. */
const ARCHIVE_DAYS = 90;

function targetOf(file: string): Readonly<Record<string, unknown>> {
  return {
    Id: file,
    Arn: { 'Fn::GetAtt': [functionLogicalId(file), 'Arn'] },
    RetryPolicy: {
      MaximumEventAgeInSeconds: EVENT_AGE_SECONDS_MAX,
      MaximumRetryAttempts: RETRIES_MAX,
    },
    DeadLetterConfig: { Arn: UNDELIVERED_QUEUE_ARN },
  };
}

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
  AgentChanged: {
    source: ['aws.ecs'],
    'detail-type': ['ECS Container Instance State Change'],
    detail: {
      // Away: its host goes down for the reboot, and can be asked right when it is up.
      agentConnected: [true, false],
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

interface Rule {
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** The function it brings its events to. */
  readonly file: string;
}

const RULES: readonly Rule[] = [
  ...Object.entries(PATTERNS).map(([name, pattern]) => ({
    name,
    properties: { EventPattern: pattern },
    file: 'wake-waits',
  })),
  {
    name: 'Milestone',
    // Our own bus carries nothing but what people may want to hear of.
    properties: { EventBusName: { Ref: 'EventBus' }, EventPattern: { source: [EVENT_SOURCE] } },
    file: 'notify-slack',
  },
];

function ruleResources({ name, properties, file }: Rule): [string, unknown][] {
  return [
    [
      `${name}Rule`,
      { Type: 'AWS::Events::Rule', Properties: { ...properties, Targets: [targetOf(file)] } },
    ],
    [
      `${name}Permission`,
      {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          Action: 'lambda:InvokeFunction',
          FunctionName: { Ref: functionLogicalId(file) },
          Principal: 'events.amazonaws.com',
          SourceArn: { 'Fn::GetAtt': [`${name}Rule`, 'Arn'] },
        },
      },
    ],
  ];
}

export function ruleLogicalIds(): string[] {
  return RULES.map(({ name }) => `${name}Rule`);
}

export function eventResources(): Record<string, unknown> {
  return {
    EventBus: { Type: 'AWS::Events::EventBus', Properties: { Name: EVENT_BUS_NAME } },
    EventArchive: {
      Type: 'AWS::Events::Archive',
      Properties: {
        ArchiveName: `${PREFIX}-archive`,
        Description: 'What rollouts told, for whoever asks later',
        SourceArn: { 'Fn::GetAtt': ['EventBus', 'Arn'] },
        RetentionDays: ARCHIVE_DAYS,
      },
    },
    ...Object.fromEntries(RULES.flatMap(ruleResources)),
    WakeWaitsInvocations: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: functionLogicalId('wake-waits') },
        Qualifier: '$LATEST',
        MaximumEventAgeInSeconds: EVENT_AGE_SECONDS_MAX,
        MaximumRetryAttempts: 2,
        DestinationConfig: { OnFailure: { Destination: UNDELIVERED_QUEUE_ARN } },
      },
    },
  };
}
