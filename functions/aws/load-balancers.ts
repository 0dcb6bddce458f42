// Speaks to Elastic Load Balancing: how target groups fare that gate a rollout, and how long theirs take to let go.

import {
  DescribeTargetGroupAttributesCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TargetGroupHealth } from '../core/bake.ts';
import type { Service } from '../core/model.ts';
import { FIRST, stopWhenOver } from './deadline.ts';
import { log } from './log.ts';
import { inParallel } from './parallel.ts';

const loadBalancing = new ElasticLoadBalancingV2Client({ maxAttempts: 5 });
loadBalancing.middlewareStack.add(stopWhenOver, FIRST);

/** Parallel reads: one per target group. */
const READS_MAX = 5;

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
  return inParallel(targetGroupArns, READS_MAX, readOne);
}

async function readDelay(targetGroupArn: string): Promise<number | undefined> {
  try {
    const { Attributes = [] } = await loadBalancing.send(
      new DescribeTargetGroupAttributesCommand({ TargetGroupArn: targetGroupArn }),
    );
    const found = Attributes.find(({ Key }) => Key === 'deregistration_delay.timeout_seconds');
    return found?.Value === undefined ? undefined : Number(found.Value);
  } catch (error) {
    // It only orders the work: an estimate may be wrong, a rollout may not fail for it.
    log.warn('deregistration delay not read', { targetGroupArn, reason: String(error) });
    return undefined;
  }
}

/** The services, those behind load balancers with the longest delay of their target groups. */
export async function withDeregistrationDelays(services: readonly Service[]): Promise<Service[]> {
  const arns = [...new Set(services.flatMap((one) => one.targetGroupArns ?? []))];
  const delays = new Map(
    await inParallel(arns, READS_MAX, async (arn) => [arn, await readDelay(arn)] as const),
  );
  return services.map((service) => {
    const known = (service.targetGroupArns ?? []).flatMap((arn) => delays.get(arn) ?? []);
    return known.length === 0
      ? service
      : { ...service, deregistrationDelaySeconds: Math.max(...known) };
  });
}
