// Describes all container instances of a cluster, and none of them is forgotten because an answer left it out.

import { describeContainerInstances, listContainerInstances, UNANSWERED } from './ecs.ts';
import type { SeenContainerInstance } from './ecs-shapes.ts';

/**
 * All of what was listed, but for those that are not listed any more.
 *
 * @throws {Error} When ECS lists one and does not describe it: to leave it out would be to forget it.
 */
export async function describeListed(
  cluster: string,
  arns: readonly string[],
): Promise<SeenContainerInstance[]> {
  const seen = await describeContainerInstances(cluster, arns);
  if (seen.length === arns.length) return seen;
  const known = new Set(seen.map((one) => one.containerInstanceArn));
  const listed = new Set(await listContainerInstances(cluster));
  const [arn, ...more] = arns.filter((one) => !known.has(one) && listed.has(one));
  if (arn === undefined) return seen;
  const others = more.length === 0 ? '' : `, nor ${more.length} more`;
  const error = new Error(`ECS lists ${arn}, but does not say how it is${others}`);
  error.name = UNANSWERED;
  throw error;
}
