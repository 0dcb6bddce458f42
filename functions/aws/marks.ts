// Puts our marks on container instances, takes them off, and finds what carries them.

import { DeleteAttributesCommand, ECSClient, PutAttributesCommand } from '@aws-sdk/client-ecs';
import { OWNER_ATTRIBUTE, WAY_BACK_ATTRIBUTE } from '../core/model.ts';
import { FIRST, stopWhenOver } from './deadline.ts';
import { listContainerInstances } from './ecs.ts';
import { LOG_COPIES } from './sdk-log.ts';

const ecs = new ECSClient({ maxAttempts: 5 });
ecs.middlewareStack.add(stopWhenOver, FIRST);
ecs.middlewareStack.remove(LOG_COPIES);

/**
 * Marks the container instance as drained by this rollout, before it is.
 *
 * @param wayBack What is needed to bring it back without the record.
 */
export async function markOwned(
  cluster: string,
  arn: string,
  rolloutId: string,
  wayBack: string,
): Promise<void> {
  const target = { targetType: 'container-instance', targetId: arn } as const;
  await ecs.send(
    new PutAttributesCommand({
      cluster,
      attributes: [
        { name: OWNER_ATTRIBUTE, value: rolloutId, ...target },
        { name: WAY_BACK_ATTRIBUTE, value: wayBack, ...target },
      ],
    }),
  );
}

export async function unmarkOwned(cluster: string, arn: string): Promise<void> {
  const target = { targetType: 'container-instance', targetId: arn } as const;
  await ecs.send(
    new DeleteAttributesCommand({
      cluster,
      attributes: [
        { name: OWNER_ATTRIBUTE, ...target },
        { name: WAY_BACK_ATTRIBUTE, ...target },
      ],
    }),
  );
}

/** Whatever carries the mark of any rollout, in service or not. */
export async function listMarked(cluster: string): Promise<string[]> {
  return listContainerInstances(cluster, { filter: `attribute:${OWNER_ATTRIBUTE} exists` });
}
