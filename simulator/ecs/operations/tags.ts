// ListTagsForResource.

import { clusterNameIn, lastPart } from '../arns.ts';
import type { Tag } from '../definitions.ts';
import { invalidParameter } from '../errors.ts';
import type { EcsRegion, Operation } from '../region.ts';
import { tagList } from '../shapes/members.ts';
import { text } from './input.ts';

const RESOURCE = /^arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d{12}:([a-z-]+)\//;

function tagsOf({ ledger }: EcsRegion, arn: string): readonly Tag[] | undefined {
  const kind = RESOURCE.exec(arn)?.[1];
  if (kind === 'cluster') return ledger.cluster(arn)?.tags;
  if (kind === 'task-definition') return ledger.taskDefinitions.find(arn)?.tags;
  const cluster = ledger.clusters.get(clusterNameIn(arn) ?? '');
  if (kind === 'container-instance') return cluster?.instances.get(lastPart(arn))?.tags;
  if (kind === 'service') return cluster?.services.get(lastPart(arn))?.tags;
  if (kind === 'task') return cluster?.tasks.get(lastPart(arn))?.tags;
  return undefined;
}

export const listTagsForResource: Operation = (region, input) => {
  const arn = text(input, 'resourceArn');
  if (!arn) throw invalidParameter('Resource ARN can not be blank.');
  if (!RESOURCE.test(arn)) throw invalidParameter('Invalid ARN.');
  const tags = tagsOf(region, arn);
  if (!tags) throw invalidParameter('The specified resource was not found.');
  return { tags: tagList(tags) };
};
