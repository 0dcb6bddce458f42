// What wakes a person; docs/OPERATIONS.md has a runbook for each.

import type { Fleet } from '../fleets.ts';
import { functionName, PREFIX, shortened } from '../names.ts';
import { METRIC_NAMESPACE, UNATTENDED } from './logs.ts';

interface Alarm {
  readonly name: string;
  /** First sentence a person reads at night. */
  readonly description: string;
  readonly metric: {
    readonly namespace: string;
    readonly name: string;
    readonly dimensions?: Readonly<Record<string, unknown>>;
    readonly statistic?: 'Sum' | 'Maximum';
  };
  readonly periodSeconds: number;
  readonly periods?: number;
  readonly comparison?: 'GreaterThanOrEqualToThreshold' | 'LessThanThreshold';
  readonly threshold: number;
  readonly missing: 'breaching' | 'notBreaching' | 'ignore';
}

const RUNBOOK = 'See its row in docs/OPERATIONS.md, "Alarms".';
/** A month: Bottlerocket releases every few weeks, and security fixes come with releases. */
const UPDATE_AGE_DAYS_MAX = 30;

/** Logs become metrics of ours by the filters of logs.ts. */
function ours(name: string, dimensions?: Readonly<Record<string, unknown>>): Alarm['metric'] {
  return { namespace: METRIC_NAMESPACE, name, ...(dimensions ? { dimensions } : {}) };
}

const COMMON: readonly Alarm[] = [
  {
    name: 'failed-dirty',
    description:
      'A rollout ended FailedDirty: a container instance needs a person, or keeps something of ours.',
    metric: ours('RolloutsFailedDirty'),
    periodSeconds: 60,
    threshold: 1,
    missing: 'notBreaching',
  },
  {
    name: 'abnormal-end',
    description:
      'An execution was aborted, timed out or broke; the sweep undoes and closes what it left.',
    metric: ours('AbnormalEnds'),
    periodSeconds: 60,
    threshold: 1,
    missing: 'notBreaching',
  },
  {
    name: 'sweep-missing',
    description:
      'The sweep has not run for five minutes: lost events and dead executions go unnoticed.',
    metric: {
      namespace: 'AWS/Lambda',
      name: 'Invocations',
      dimensions: { FunctionName: functionName('sweep') },
    },
    periodSeconds: 60,
    periods: 5,
    comparison: 'LessThanThreshold',
    threshold: 1,
    missing: 'breaching',
  },
  {
    name: 'stranded',
    description:
      'Nothing is recorded of the rollout of a container instance, and it, or its settings, cannot be brought back.',
    metric: ours('Stranded'),
    // It is said at every look, ten minutes apart.
    periodSeconds: 900,
    threshold: 1,
    missing: 'notBreaching',
  },
  {
    name: 'function-errors',
    description: 'Functions fail again and again at something no state machine has an answer to.',
    metric: ours('FunctionErrors'),
    periodSeconds: 300,
    threshold: 3,
    missing: 'notBreaching',
  },
  ...UNATTENDED.map(
    (file): Alarm => ({
      name: `${file}-errors`,
      description: `${functionName(file)} fails, and nothing catches what it fails at.`,
      metric: {
        namespace: 'AWS/Lambda',
        name: 'Errors',
        dimensions: { FunctionName: functionName(file) },
      },
      periodSeconds: 300,
      threshold: 2,
      missing: 'notBreaching',
    }),
  ),
  {
    name: 'undelivered',
    description: 'An event, or the start of a scheduled rollout, reached nobody.',
    metric: {
      namespace: 'AWS/SQS',
      name: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: { 'Fn::GetAtt': ['UndeliveredQueue', 'QueueName'] } },
      statistic: 'Maximum',
    },
    periodSeconds: 300,
    threshold: 1,
    missing: 'notBreaching',
  },
];

/** CloudWatch API reference, PutMetricAlarm. */
const ALARM_NAME_MAX = 255;

/** Told when a rollout closes, so it stays as it is until the next one does. */
function updateOverdue({ cluster }: Fleet): Alarm {
  return {
    name: shortened(`update-overdue-${cluster}`, ALARM_NAME_MAX - PREFIX.length - 1),
    description: `Cluster ${cluster} lacks an update that has been known for ${UPDATE_AGE_DAYS_MAX} days.`,
    metric: { ...ours('OldestMissingUpdateDays', { Cluster: cluster }), statistic: 'Maximum' },
    periodSeconds: 3600,
    threshold: UPDATE_AGE_DAYS_MAX,
    missing: 'ignore',
  };
}

function alarmResource(alarm: Alarm): unknown {
  const { namespace, name, dimensions = {}, statistic = 'Sum' } = alarm.metric;
  const actions = {
    'Fn::If': ['HasAlarmTopic', [{ Ref: 'AlarmTopicArn' }], { Ref: 'AWS::NoValue' }],
  };
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `${PREFIX}-${alarm.name}`,
      AlarmDescription: `${alarm.description} ${RUNBOOK}`,
      Namespace: namespace,
      MetricName: name,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      Statistic: statistic,
      Period: alarm.periodSeconds,
      EvaluationPeriods: alarm.periods ?? 1,
      ComparisonOperator: alarm.comparison ?? 'GreaterThanOrEqualToThreshold',
      Threshold: alarm.threshold,
      TreatMissingData: alarm.missing,
      AlarmActions: actions,
      OKActions: actions,
    },
  };
}

export function alarmsOf(fleets: readonly Fleet[]): readonly Alarm[] {
  return [...COMMON, ...fleets.map(updateOverdue)];
}

/** CloudFormation's logical ids are letters and digits. */
function logicalId(index: number, name: string): string {
  const words = name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Alarm${index < COMMON.length ? '' : index - COMMON.length + 1}`;
}

/** AWS::CloudWatch::Alarm resources, by logical id. */
export function alarmResources(fleets: readonly Fleet[]): Record<string, unknown> {
  return Object.fromEntries(
    alarmsOf(fleets).map((alarm, index) => [logicalId(index, alarm.name), alarmResource(alarm)]),
  );
}
