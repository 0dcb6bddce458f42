// Numbers for CloudWatch in the functions' logs: valid in its embedded metric format, and on the region's clock.

import { expect, it } from 'vitest';
import { functionName } from '../../infra/names.ts';
import type { Region } from '../../simulator/region.ts';
import { runRollout } from '../support/rollout.ts';

interface Measured {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [member: string]: unknown;
}

/** When each line was written, with what it measures. */
function measuredBy({ services }: Region, file: string): { at: number; line: Measured }[] {
  return services.lambda.logs
    .of(functionName(file))
    .filter(({ text }) => text.includes('"_aws"'))
    .map(({ at, text }) => ({ at, line: JSON.parse(text) as Measured }));
}

it('tells outcomes, durations of steps and the use of the budget', async () => {
  const ended = await runRollout();
  const outcomes = measuredBy(ended.region, 'record-outcome');
  expect(outcomes).toHaveLength(2);
  for (const { at, line } of outcomes) {
    const [directive] = line._aws.CloudWatchMetrics;
    expect(directive?.Namespace).toBe('BottlerocketFleet');
    expect(directive?.Dimensions).toEqual([['Cluster', 'Outcome']]);
    expect(line).toMatchObject({ Cluster: 'prod', Outcome: 'Updated', ContainerInstances: 1 });
    // Every metric and dimension that is declared is a member beside it.
    for (const { Name } of directive?.Metrics ?? []) expect(line[Name]).toEqual(expect.any(Number));
    expect(directive?.Metrics.map(({ Name }) => Name)).toEqual([
      'ContainerInstances',
      'DrainSeconds',
      'RebootSeconds',
      'VerifySeconds',
      'ConfirmSeconds',
      'OutOfServiceSeconds',
    ]);
    expect(Math.abs(line._aws.Timestamp - at)).toBeLessThan(1000);
    const { drainedAt = 0, returnedAt = 0 } = ended.instances[String(line.ec2InstanceId)] ?? {};
    expect(line.OutOfServiceSeconds).toBe((returnedAt - drainedAt) / 1000);
  }
  const budget = measuredBy(ended.region, 'dispatch-container-instances').map(({ line }) => line);
  expect(budget.map(({ BudgetUsedPercent }) => BudgetUsedPercent)).toContain(100);
  expect(budget.every(({ OutOfService }) => Number(OutOfService) <= 1)).toBe(true);
});
