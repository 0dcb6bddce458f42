// Finds ARNs in a fleet file that belong to another region or account than the file itself.

import { partitionOf } from '../kernel/kernel.ts';
import type { Contradiction } from './contradictions.ts';
import type { Fleet } from './schema.ts';

/** Every ARN that says where it is, with its key; names stand for themselves. */
function* arnsIn(fleet: Fleet): Iterable<readonly [path: string, arn: string | undefined]> {
  for (const [at, one] of fleet.clusters.entries()) {
    yield [`clusters[${at}].clusterArn`, one.clusterArn];
  }
  for (const [at, one] of fleet.containerInstances.entries()) {
    yield [`containerInstances[${at}].containerInstanceArn`, one.containerInstanceArn];
  }
  for (const [at, one] of fleet.services.entries()) {
    yield [`services[${at}].clusterArn`, one.clusterArn];
    yield [`services[${at}].taskDefinition`, one.taskDefinition];
  }
  for (const [at, one] of fleet.taskDefinitions.entries()) {
    yield [`taskDefinitions[${at}].taskDefinitionArn`, one.taskDefinitionArn];
  }
  for (const [at, one] of fleet.tasks.entries()) {
    yield [`tasks[${at}].taskArn`, one.taskArn];
    yield [`tasks[${at}].clusterArn`, one.clusterArn];
  }
  for (const [at, one] of fleet.targetGroups.entries()) {
    yield [`targetGroups[${at}].TargetGroupArn`, one.TargetGroupArn];
  }
}

/** What somebody pastes from another region than the one the file says, or leaves to its default. */
export function* arnsOfElsewhere(fleet: Fleet): Iterable<Contradiction> {
  const { region, accountId } = fleet;
  for (const [path, arn] of arnsIn(fleet)) {
    if (!arn?.startsWith('arn:')) continue;
    const service = arn.split(':')[2] || '<service>';
    const own = `arn:${partitionOf(region)}:${service}:${region}:${accountId}:`;
    if (arn.startsWith(own)) continue;
    yield {
      path,
      message:
        `found "${arn}"; expected one that begins with ${own}, ` +
        `because region is "${region}" and accountId "${accountId}"`,
    };
  }
}
