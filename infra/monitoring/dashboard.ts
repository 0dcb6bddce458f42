// One page for the person on call: is anything wrong, is anything running, does the machinery turn.

import type { Outcome } from '../../functions/core/model.ts';
import type { Fleet } from '../fleets.ts';
import { FUNCTIONS } from '../functions.ts';
import { functionName, PREFIX, stateMachineName } from '../names.ts';
import { alarmsOf } from './alarms.ts';
import { METRIC_NAMESPACE } from './logs.ts';

const COLUMNS = 24;
const HEIGHT = 6;

type Metric = readonly (string | Readonly<Record<string, unknown>>)[];

const SUB = {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: CloudFormation fills them in.
  region: '${AWS::Region}',
  arn: 'arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm',
  machine: 'arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine',
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: CloudFormation fills them in.
};

function graph(title: string, metrics: readonly Metric[], more: object = {}): object {
  return {
    type: 'metric',
    height: HEIGHT,
    properties: { title, region: SUB.region, stat: 'Sum', period: 300, metrics, ...more },
  };
}

function ofStateMachine(file: string, name: string, label: string): Metric {
  return [
    'AWS/States',
    name,
    'StateMachineArn',
    `${SUB.machine}:${stateMachineName(file)}`,
    { label },
  ];
}

/** How an update that was begun may end, other than well. */
const TROUBLE: readonly Outcome[] = [
  'Blocked',
  'Failed',
  'FellBack',
  'RolledBack',
  'Replaced',
  'NeedsAttention',
];

/** Of those that the functions write in the embedded metric format. */
function ofCluster(name: string, cluster: string, label: string, outcome?: Outcome): Metric {
  const byOutcome = outcome === undefined ? [] : ['Outcome', outcome];
  return [METRIC_NAMESPACE, name, 'Cluster', cluster, ...byOutcome, { label }];
}

function widgets(fleets: readonly Fleet[]): object[][] {
  const alarms = alarmsOf(fleets).map(({ name }) => `${SUB.arn}:${PREFIX}-${name}`);
  const updates = 'update-container-instance';
  return [
    [
      {
        type: 'text',
        height: 2,
        properties: {
          markdown: [
            '**Red below?** The description of the alarm says what is wrong; docs/OPERATIONS.md has a row for each.',
            `**Stop everything:** set the reserved concurrency of \`${functionName('dispatch-container-instances')}\` and`,
            `\`${functionName('open-rollout')}\` to 0. What is under way is finished or undone, nothing new starts.`,
          ].join(' '),
        },
      },
    ],
    [{ type: 'alarm', height: 4, properties: { title: 'Is anything wrong?', alarms } }],
    [
      graph(
        'How rollouts ended',
        ['Succeeded', 'Halted', 'FailedClean', 'FailedDirty'].map((ending) => [
          METRIC_NAMESPACE,
          `Rollouts${ending}`,
          { label: ending },
        ]),
        { view: 'singleValue', period: 604_800, setPeriodToTimeRange: true },
      ),
      graph('Container instances: updates begun and over', [
        ofStateMachine(updates, 'ExecutionsStarted', 'begun'),
        ofStateMachine(updates, 'ExecutionsSucceeded', 'over, in service'),
        ofStateMachine(updates, 'ExecutionsFailed', 'failed: undone, or needs a person'),
      ]),
      graph(
        'Days the oldest missing update has been known',
        fleets.map(({ cluster }) => [
          METRIC_NAMESPACE,
          'OldestMissingUpdateDays',
          'Cluster',
          cluster,
          { label: cluster },
        ]),
        { stat: 'Maximum', period: 3600 },
      ),
    ],
    [
      graph(
        'Out of service, percent of the budget',
        fleets.map(({ cluster }) => ofCluster('BudgetUsedPercent', cluster, cluster)),
        { stat: 'Maximum' },
      ),
      graph(
        'Container instances that did not end Updated',
        fleets.flatMap(({ cluster }) =>
          TROUBLE.map((outcome) =>
            ofCluster('ContainerInstances', cluster, `${cluster} ${outcome}`, outcome),
          ),
        ),
        { stacked: true },
      ),
      graph(
        'Seconds of an update, nine in ten: out of service, of it the drain',
        fleets.flatMap(({ cluster }) => [
          ofCluster('OutOfServiceSeconds', cluster, `${cluster} out of service`, 'Updated'),
          ofCluster('DrainSeconds', cluster, `${cluster} drain`, 'Updated'),
        ]),
        { stat: 'p90', period: 3600 },
      ),
    ],
    [
      graph('Does the sweep run? (5 in 5 minutes)', [
        ['AWS/Lambda', 'Invocations', 'FunctionName', functionName('sweep'), { label: 'sweep' }],
        ['AWS/Lambda', 'Errors', 'FunctionName', functionName('sweep'), { label: 'failed' }],
      ]),
      graph('Events that came, and functions that failed', [
        [
          'AWS/Lambda',
          'Invocations',
          'FunctionName',
          functionName('wake-waits'),
          { label: 'events' },
        ],
        [METRIC_NAMESPACE, 'FunctionErrors', { label: 'unexpected errors' }],
      ]),
      graph(
        'Longest runs of functions, milliseconds',
        FUNCTIONS.filter(({ timeoutSeconds }) => timeoutSeconds > 60).map(({ file }) => [
          'AWS/Lambda',
          'Duration',
          'FunctionName',
          functionName(file),
          { label: file },
        ]),
        { stat: 'Maximum' },
      ),
    ],
  ];
}

/** Rows from top to bottom, widgets of equal width from left to right. */
function placed(rows: readonly object[][]): object[] {
  let y = 0;
  return rows.flatMap((row) => {
    const width = COLUMNS / row.length;
    const top = y;
    y += Math.max(...row.map((widget) => (widget as { height: number }).height));
    return row.map((widget, index) => ({ ...widget, x: index * width, y: top, width }));
  });
}

/** AWS::CloudWatch::Dashboard, by logical id. */
export function dashboardResources(fleets: readonly Fleet[]): Record<string, unknown> {
  return {
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: {
        DashboardName: PREFIX,
        DashboardBody: { 'Fn::Sub': JSON.stringify({ widgets: placed(widgets(fleets)) }) },
      },
    },
  };
}
