// Makes sure that a container instance is still drained by us before anything else is done to it.

import { AnotherActorError, InstanceGoneError } from '../core/errors.ts';
import { describeContainerInstance } from './ecs.ts';
import type { SeenContainerInstance } from './ecs-shapes.ts';

/**
 * @throws {InstanceGoneError} When it no longer exists.
 * @throws {AnotherActorError} When it is not DRAINING, or carries another rollout's mark.
 */
export async function requireOwnedDrained(input: {
  readonly clusterArn: string;
  readonly containerInstanceArn: string;
  readonly ec2InstanceId: string;
  readonly rolloutId: string;
}): Promise<SeenContainerInstance> {
  const seen = await describeContainerInstance(input.clusterArn, input.containerInstanceArn);
  if (!seen) {
    throw new InstanceGoneError(`Cannot go on with ${input.ec2InstanceId}: it no longer exists`);
  }
  if (seen.status !== 'DRAINING' || seen.drainedBy !== input.rolloutId) {
    const by = seen.drainedBy === undefined ? 'without our mark' : `marked by ${seen.drainedBy}`;
    throw new AnotherActorError(
      `Cannot go on with ${input.ec2InstanceId}: it is ${seen.status} ${by}, expected DRAINING by ${input.rolloutId}`,
    );
  }
  return seen;
}
