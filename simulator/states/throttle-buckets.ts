// How fast Step Functions takes calls (service quotas, "Quotas related to API throttling").

import type { ThrottleBucket } from '../kernel/service.ts';

/** Burst and refill per second: in the three large Regions, and elsewhere where that differs. */
const QUOTAS: Readonly<Record<string, readonly [large: Quota, elsewhere?: Quota]>> = {
  CreateStateMachine: [[100, 1]],
  UpdateStateMachine: [[100, 1]],
  DeleteStateMachine: [[100, 1]],
  DescribeStateMachine: [[200, 20]],
  ListStateMachines: [[100, 5]],
  ListTagsForResource: [[100, 1]],
  StartExecution: [
    [1300, 300],
    [800, 150],
  ],
  DescribeExecution: [
    [300, 15],
    [250, 10],
  ],
  ListExecutions: [
    [200, 5],
    [100, 2],
  ],
  GetExecutionHistory: [[20, 20]],
  StopExecution: [
    [1000, 200],
    [500, 25],
  ],
  SendTaskSuccess: [
    [3000, 500],
    [1500, 300],
  ],
  SendTaskFailure: [
    [3000, 500],
    [1500, 300],
  ],
  SendTaskHeartbeat: [
    [3000, 500],
    [1500, 300],
  ],
};

type Quota = readonly [burst: number, refillPerSecond: number];

const LARGE_REGIONS: readonly string[] = ['us-east-1', 'us-west-2', 'eu-west-1'];

export function throttleBucket(operation: string, region: string): ThrottleBucket | undefined {
  const quotas = QUOTAS[operation];
  if (!quotas) return undefined;
  const [large, elsewhere] = quotas;
  const [burst, refillPerSecond] = LARGE_REGIONS.includes(region) ? large : (elsewhere ?? large);
  return { name: `states.${operation}`, burst, refillPerSecond };
}
