// The plan of a cluster with thousands of services is read as it was written, though an item holds 400 KB.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOverview } from '../../../functions/aws/overview.ts';
import { type PlanRecord, readPlan, writePlan } from '../../../functions/aws/plan-record.ts';
import type { Service } from '../../../functions/core/model.ts';
import type { Region } from '../../../simulator/region.ts';
import { serveRecord } from '../../support/served-region.ts';

let region: Region;

beforeAll(async () => {
  region = await serveRecord();
});

afterAll(() => region.close());

function serviceOf(index: number): Service {
  const name = `payments-and-invoices-${index}`;
  const group = `targetgroup/${name}/0123456789abcdef`;
  return {
    serviceName: name,
    schedulingStrategy: index % 50 === 0 ? 'DAEMON' : 'REPLICA',
    desiredCount: index % 9,
    runningCount: index % 9,
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    hasLoadBalancer: true,
    targetGroupArns: [`arn:aws:elasticloadbalancing:eu-west-1:111122223333:${group}`],
    deregistrationDelaySeconds: 300,
    taskDefinitionArn: `arn:aws:ecs:eu-west-1:111122223333:task-definition/${name}:7`,
  };
}

function planOf(services: number): PlanRecord {
  const all = Array.from({ length: services }, (_, index) => serviceOf(index));
  const perService = Object.fromEntries(all.map(({ serviceName }) => [serviceName, 3]));
  return {
    size: { containerInstances: 1200, perAvailabilityZone: { 'eu-west-1a': 1200 }, perService },
    services: all,
    fleetParts: 12,
  };
}

describe('the plan of a rollout', () => {
  // 5,000: services per cluster, Amazon ECS service quotas.
  it.each([0, 20, 700, 5000])('with %d services is read as it was written', async (services) => {
    const rolloutId = `night-${services}`;
    const plan = planOf(services);
    await writePlan(rolloutId, plan);
    expect(await readPlan(rolloutId)).toMatchObject(plan);
    const { plan: seen } = await readOverview(rolloutId);
    expect(seen).toMatchObject(plan);
  });
});
