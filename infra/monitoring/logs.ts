// Log groups that do not grow for ever, and the few numbers that alarms read out of them.

import { FUNCTIONS } from '../functions.ts';
import { logGroupLogicalId, logGroupName, PREFIX, pascalCase } from '../names.ts';

/** Days; the record keeps container instances as long. */
const RETENTION_DAYS = 90;
export const METRIC_NAMESPACE = 'BottlerocketFleet';
/** Executions that ended outside of the four endings, as EventBridge tells them. */
export const ABNORMAL_ENDS_LOG_GROUP = `/aws/events/${PREFIX}-abnormal-ends`;

/** Errors that a state machine routes on: they are answers, not trouble. */
const ROUTED = [
  'BadInput',
  'LeaseLost',
  'InstanceGone',
  'AnotherActor',
  'DrainBlocked',
  'AgentUnsettled',
];

/** Functions that no state machine invokes: nobody catches what they fail at. */
export const UNATTENDED = ['wake-waits', 'sweep', 'notify-slack'] as const;

function logGroup(name: string): unknown {
  return {
    Type: 'AWS::Logs::LogGroup',
    Properties: { LogGroupName: name, RetentionInDays: RETENTION_DAYS },
  };
}

function metricFilter(
  logGroupId: string,
  pattern: string,
  metric: { readonly name: string; readonly value?: string; readonly byCluster?: boolean },
): unknown {
  const { name, value = '1', byCluster = false } = metric;
  return {
    Type: 'AWS::Logs::MetricFilter',
    Properties: {
      LogGroupName: { Ref: logGroupId },
      FilterPattern: pattern,
      MetricTransformations: [
        {
          MetricNamespace: METRIC_NAMESPACE,
          MetricName: name,
          MetricValue: value,
          ...(byCluster ? { Dimensions: [{ Key: 'Cluster', Value: '$.clusterName' }] } : {}),
        },
      ],
    },
  };
}

/** What the function logged as an error, but for what is routed on. */
function unexpected(file: string): string {
  if ((UNATTENDED as readonly string[]).includes(file)) return '{ $.level = "ERROR" }';
  const others = ROUTED.map((name) => `$.error != "${name}"`);
  return `{ $.level = "ERROR" && ${others.join(' && ')} }`;
}

/** What the runtime says when it ended the function; nothing of ours could log then. */
const KILLED = '?"Task timed out after" ?"Runtime.ExitError" ?"Runtime.OutOfMemory"';

function functionLogs(file: string): [string, unknown][] {
  const group = logGroupLogicalId(file);
  const name = pascalCase(file);
  return [
    [group, logGroup(logGroupName(file))],
    [`${name}Errors`, metricFilter(group, unexpected(file), { name: 'FunctionErrors' })],
    [`${name}Kills`, metricFilter(group, KILLED, { name: 'FunctionErrors' })],
  ];
}

/** A rollout is closed by its own last state, or by the sweep; both say so in one line. */
function closings(file: string): [string, unknown][] {
  const group = logGroupLogicalId(file);
  const closed = '$.message = "rollout closed"';
  return [
    ...['Succeeded', 'Halted', 'FailedClean', 'FailedDirty'].map((ending): [string, unknown] => [
      `${pascalCase(file)}${ending}`,
      metricFilter(group, `{ ${closed} && $.ending = "${ending}" }`, { name: `Rollouts${ending}` }),
    ]),
    [
      `${pascalCase(file)}UpdateAge`,
      metricFilter(group, `{ ${closed} && $.oldestMissingDays = * }`, {
        name: 'OldestMissingUpdateDays',
        value: '$.oldestMissingDays',
        byCluster: true,
      }),
    ],
  ];
}

/** AWS::Logs resources, by logical id. */
export function logResources(): Record<string, unknown> {
  return Object.fromEntries([
    ...FUNCTIONS.flatMap(({ file }) => functionLogs(file)),
    ...closings('close-rollout'),
    ...closings('sweep'),
    [
      'SweepStranded',
      metricFilter(logGroupLogicalId('sweep'), '{ $.message = "stranded" }', { name: 'Stranded' }),
    ],
    ['AbnormalEndsLogGroup', logGroup(ABNORMAL_ENDS_LOG_GROUP)],
    [
      'AbnormalEndsCount',
      metricFilter('AbnormalEndsLogGroup', '{ $.source = "aws.states" }', { name: 'AbnormalEnds' }),
    ],
    [
      'AbnormalEndsLogPolicy',
      {
        Type: 'AWS::Logs::ResourcePolicy',
        Properties: {
          PolicyName: `${PREFIX}-abnormal-ends`,
          PolicyDocument: {
            'Fn::Sub': JSON.stringify({
              Version: '2012-10-17',
              Statement: [
                {
                  Effect: 'Allow',
                  Principal: { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] },
                  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
                  // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation fills it in.
                  Resource: '${AbnormalEndsLogGroup.Arn}',
                },
              ],
            }),
          },
        },
      },
    ],
  ]);
}
