// DescribeTaskDefinition.

import { clientError, invalidParameter } from '../errors.ts';
import type { Operation } from '../region.ts';
import { present, tagList } from '../shapes/members.ts';
import { includes, text } from './input.ts';

export const describeTaskDefinition: Operation = ({ ledger }, input) => {
  const include = includes(input, ['TAGS']);
  const identifier = text(input, 'taskDefinition');
  if (!identifier) throw invalidParameter('TaskDefinition can not be blank.');
  const definition = ledger.taskDefinitions.find(identifier);
  if (!definition) throw clientError('Unable to describe task definition.');
  const { tags: _, ...source } = definition.source;
  return present({
    taskDefinition: {
      status: 'ACTIVE',
      volumes: [],
      placementConstraints: [],
      compatibilities: ['EC2'],
      requiresCompatibilities: ['EC2'],
      ...source,
    },
    tags: include.has('TAGS') ? tagList(definition.tags) : [],
  });
};
