// Speaks to Elastic Load Balancing: counts healthy and unhealthy targets of the target groups that gate a rollout.

import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TargetGroupHealth } from '../core/bake.ts';
import { FIRST, stopWhenOver } from './deadline.ts';

const loadBalancing = new ElasticLoadBalancingV2Client({ maxAttempts: 5 });
loadBalancing.middlewareStack.add(stopWhenOver, FIRST);

async function readOne(targetGroupArn: string): Promise<TargetGroupHealth> {
  try {
    const answer = await loadBalancing.send(
      new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }),
    );
    const states = (answer.TargetHealthDescriptions ?? []).map((one) => one.TargetHealth?.State);
    return {
      targetGroupArn,
      healthy: states.filter((state) => state === 'healthy').length,
      unhealthy: states.filter((state) => state === 'unhealthy').length,
    };
  } catch (error) {
    const unknown = error instanceof Error ? error.name : String(error);
    return { targetGroupArn, healthy: 0, unhealthy: 0, unknown };
  }
}

/** One call per target group; one that cannot be read is unknown, which counts as closed. */
export async function readTargetHealth(
  targetGroupArns: readonly string[],
): Promise<TargetGroupHealth[]> {
  const health: TargetGroupHealth[] = [];
  for (const arn of targetGroupArns) health.push(await readOne(arn));
  return health;
}
