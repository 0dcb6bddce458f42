// Writes numbers for CloudWatch into the log, in its embedded metric format: no call, nothing that could fail a rollout.

import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { now } from './clock.ts';
import { log } from './log.ts';

/** The namespace of the stack's other metrics, which are read out of the logs by filters. */
const NAMESPACE = 'BottlerocketFleet';

const UNITS = {
  count: MetricUnit.Count,
  seconds: MetricUnit.Seconds,
  percent: MetricUnit.Percent,
} as const;

export interface Measure {
  readonly name: string;
  readonly unit: keyof typeof UNITS;
  readonly value: number;
}

/**
 * One line with these measures, at this instant.
 *
 * @param dimensions What CloudWatch keeps them apart by, `Cluster` above all: each combination of values is paid for.
 * @param ids What the line can be found by; not a dimension.
 */
export function measure(
  dimensions: Readonly<Record<string, string>>,
  measures: readonly Measure[],
  ids: Readonly<Record<string, unknown>>,
): void {
  if (measures.length === 0) return;
  const metrics = new Metrics({ namespace: NAMESPACE });
  // It would add a service of its own to every metric.
  metrics.clearDefaultDimensions();
  metrics.addDimensions({ ...dimensions });
  metrics.setTimestamp(now());
  for (const { name, unit, value } of measures) metrics.addMetric(name, UNITS[unit], value);
  log.info('measured', { ...ids, ...metrics.serializeMetrics() });
}

/** Container instances that are out of service, by anybody's doing, of those that may be. */
export function measureBudget(
  clusterArn: string,
  used: number,
  max: number,
  ids: Readonly<Record<string, unknown>>,
): void {
  const measures: readonly Measure[] = [
    { name: 'OutOfService', unit: 'count', value: used },
    { name: 'BudgetUsedPercent', unit: 'percent', value: (100 * used) / max },
  ];
  measure({ Cluster: clusterNameOf(clusterArn) }, measures, ids);
}

/** `arn:…:cluster/prod` is `prod`. */
export function clusterNameOf(clusterArn: string): string {
  return clusterArn.slice(clusterArn.lastIndexOf('/') + 1);
}
