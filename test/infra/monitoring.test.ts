// Alarms say what happened: each number they watch is counted from what functions really log in simulated rollouts.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FLEETS } from '../../infra/fleets.ts';
import { FUNCTIONS } from '../../infra/functions.ts';
import { alarmsOf } from '../../infra/monitoring/alarms.ts';
import { ABNORMAL_ENDS_LOG_GROUP, METRIC_NAMESPACE } from '../../infra/monitoring/logs.ts';
import { functionName, PREFIX, stateMachineName } from '../../infra/names.ts';
import { fleetTemplate } from '../../infra/template.ts';
import type { Region } from '../../simulator/region.ts';
import { watchLogMetrics } from '../support/log-metrics.ts';
import { idsOf, runRollout, type Scenario, smallFleet, withoutGroups } from '../support/rollout.ts';

interface EmbeddedMetrics {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

interface MetricFilter {
  readonly Type: string;
  readonly Properties: {
    readonly MetricTransformations: readonly {
      readonly MetricName: string;
      readonly Dimensions?: readonly { readonly Key: string }[];
    }[];
  };
}

async function metricsOf(scenario: Scenario) {
  let metrics: ReadonlyMap<string, number[]> = new Map();
  const ended = await runRollout({
    ...scenario,
    observe: (region) => {
      metrics = watchLogMetrics(region);
    },
  });
  const abnormal = ended.region.services.events.logged;
  return { ended, metrics: Object.fromEntries(metrics), abnormal };
}

describe('what alarms count', () => {
  it('nothing but its ending and the age of its updates, when a rollout succeeds', async () => {
    const { metrics, abnormal } = await metricsOf({});
    expect(metrics).toEqual({
      RolloutsSucceeded: [1],
      OldestMissingUpdateDays: [expect.any(Number)],
    });
    expect(abnormal).toEqual([]);
  });

  it('FailedDirty, when a host never comes back; routed errors are no function errors', async () => {
    const [first = ''] = idsOf(smallFleet());
    const faults = [{ name: 'host-never-returns', subject: first }];
    const { ended, metrics, abnormal } = await metricsOf({
      fleet: withoutGroups(smallFleet()),
      faults,
    });
    expect(ended.ending).toBe('FailedDirty');
    expect(metrics.RolloutsFailedDirty).toEqual([1]);
    expect(metrics.FunctionErrors).toBeUndefined();
    // FailedClean and FailedDirty are endings, however red they look in the console.
    expect(abnormal).toEqual([]);
  });

  it('an abnormal end, when somebody stops the execution; the sweep counts the ending', async () => {
    const { metrics, abnormal } = await metricsOf({
      meanwhile: async ({ region, execution, untilState }) => {
        await untilState('update-container-instance', 'DrainContainerInstance');
        await region.call('states', 'StopExecution', { executionArn: execution.arn });
      },
    });
    expect(abnormal.map(({ logGroupName }) => logGroupName)).toContain(ABNORMAL_ENDS_LOG_GROUP);
    const closed = Object.keys(metrics).filter((name) => name.startsWith('Rollouts'));
    expect(closed).toHaveLength(1);
  });

  it('function errors, when DynamoDB refuses a function', async () => {
    const { metrics } = await metricsOf({
      faults: [{ name: 'api-access-denied', subject: 'events:PutEvents' }],
    });
    // Telling others must never count as failing.
    expect(metrics.FunctionErrors).toBeUndefined();
    const denied = await metricsOf({
      faults: [{ name: 'api-access-denied', subject: 'ecs:DescribeTasks', fromSeconds: 190 }],
    });
    expect(denied.metrics.FunctionErrors?.length).toBeGreaterThan(0);
  });
});

/** When invocations of a function failed, as AWS/Lambda counts Errors. */
function watchErrors(region: Region, file: string): number[] {
  const failedAt: number[] = [];
  region.kernel.log.subscribe(({ source, name, subject, at }) => {
    if (source !== 'lambda' || name !== 'invocation-failed') return;
    if (subject === functionName(file)) failedAt.push(at);
  });
  return failedAt;
}

describe('sweep-errors', () => {
  const { periodSeconds, threshold } = alarmsOf(FLEETS).find(
    ({ name }) => name === 'sweep-errors',
  )!;

  it('rings when one rollout cannot be swept, although others are', async () => {
    let failedAt: number[] = [];
    await runRollout({
      observe: (region) => {
        failedAt = watchErrors(region, 'sweep');
      },
      faults: [
        {
          ...{ name: 'api-access-denied', subject: 'states:DescribeExecution' },
          ...{ fromSeconds: 60, untilSeconds: 360 },
        },
      ],
    });
    const [first = 0] = failedAt;
    const inPeriod = failedAt.filter((at) => at < first + periodSeconds * 1000);
    expect(inPeriod.length).toBeGreaterThanOrEqual(threshold);
  });

  it('does not while nothing is wrong, nor when the execution is stopped', async () => {
    let failedAt: number[] = [];
    await runRollout({
      observe: (region) => {
        failedAt = watchErrors(region, 'sweep');
      },
      meanwhile: async ({ region, execution, untilState }) => {
        await untilState('update-container-instance', 'DrainContainerInstance');
        await region.call('states', 'StopExecution', { executionArn: execution.arn });
      },
    });
    expect(failedAt).toEqual([]);
  });
});

/** `Name Dimension…` of every metric of ours on the dashboard. */
function onDashboard(): Set<string> {
  const { Dashboard } = fleetTemplate().Resources as {
    Dashboard: { Properties: { DashboardBody: { 'Fn::Sub': string } } };
  };
  const body = JSON.parse(Dashboard.Properties.DashboardBody['Fn::Sub']) as {
    widgets: { properties: { metrics?: unknown[][] } }[];
  };
  const ours = body.widgets
    .flatMap(({ properties }) => properties.metrics ?? [])
    .filter(([namespace]) => namespace === METRIC_NAMESPACE)
    .map((metric) => metric.filter((part) => typeof part === 'string').slice(1));
  return new Set(
    ours.map(([name, ...rest]) => [name, ...rest.filter((_, at) => at % 2 === 0)].join(' ')),
  );
}

/** The same of what functions write into their logs, and of what filters read out of them. */
function measured({ services }: Region): Set<string> {
  const written = FUNCTIONS.flatMap(({ file }) => services.lambda.logs.of(functionName(file)))
    .filter(({ text }) => text.includes('"_aws"'))
    .flatMap(({ text }) => (JSON.parse(text) as EmbeddedMetrics)._aws.CloudWatchMetrics)
    .flatMap(({ Dimensions, Metrics }) =>
      Metrics.flatMap(({ Name }) => Dimensions.map((keys) => [Name, ...keys].join(' '))),
    );
  const filtered = Object.values(fleetTemplate().Resources as Record<string, MetricFilter>)
    .filter(({ Type }) => Type === 'AWS::Logs::MetricFilter')
    .flatMap(({ Properties }) => Properties.MetricTransformations)
    .map(({ MetricName, Dimensions = [] }) =>
      [MetricName, ...Dimensions.map(({ Key }) => Key)].join(' '),
    );
  return new Set([...written, ...filtered]);
}

describe('names', () => {
  it('whatever the dashboard shows of ours is measured, by the same dimensions', async () => {
    const shown = onDashboard();
    expect(shown).toContain('BudgetUsedPercent Cluster');
    expect(shown).toContain('OutOfServiceSeconds Cluster Outcome');
    const { region } = await runRollout({});
    const metrics = measured(region);
    expect([...shown].filter((name) => !metrics.has(name))).toEqual([]);
  });

  it('whatever an alarm or the dashboard names is in the stack', () => {
    const resources = Object.values(fleetTemplate().Resources) as {
      readonly Type: string;
      readonly Properties: Readonly<Record<string, unknown>>;
    }[];
    const watching = resources.filter(({ Type }) => Type.startsWith('AWS::CloudWatch::'));
    const named = JSON.stringify(watching).match(new RegExp(`${PREFIX}-[a-z-]*[a-z]`, 'g')) ?? [];
    const names = resources.flatMap(({ Properties }) => [
      Properties.FunctionName,
      Properties.StateMachineName,
      Properties.AlarmName,
    ]);
    expect(named).toContain(functionName('sweep'));
    expect(named).toContain(stateMachineName('update-container-instance'));
    expect(named.filter((name) => !names.includes(name))).toEqual([]);
  });

  it('docs/OPERATIONS.md has a row for every alarm', () => {
    const operations = readFileSync('docs/OPERATIONS.md', 'utf8');
    const common = alarmsOf(FLEETS).map(({ name }) => name.replace(/^(update-overdue)-.*/, '$1'));
    const missing = common.filter((name) => !operations.includes(`| \`${PREFIX}-${name}`));
    expect(missing).toEqual([]);
  });
});
