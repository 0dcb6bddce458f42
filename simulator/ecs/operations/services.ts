// ListServices and DescribeServices.

import { serviceArn } from '../arns.ts';
import { type Failure, invalidParameter } from '../errors.ts';
import type { Service } from '../model.ts';
import type { Operation } from '../region.ts';
import { present } from '../shapes/members.ts';
import { serviceShape } from '../shapes/service.ts';
import { ids, includes, oneOf, text } from './input.ts';
import { page } from './paging.ts';

/** botocore ecs ListServices.maxResults: 10 unless said, which is easy to miss. */
const PAGE = { operation: 'ListServices', usual: 10, max: 100 };

export const listServices: Operation = (region, input) => {
  const strategy = oneOf(input, 'schedulingStrategy', ['REPLICA', 'DAEMON']);
  const launchType = oneOf(input, 'launchType', [
    'EC2',
    'FARGATE',
    'EXTERNAL',
    'MANAGED_INSTANCES',
  ]);
  const cluster = region.ledger.activeCluster(text(input, 'cluster'));
  const isAsked = (service: Service) =>
    (strategy === undefined || service.schedulingStrategy === strategy) &&
    (launchType === undefined || service.launchType === launchType);
  const active = [...cluster.services.values()].filter(({ status }) => status === 'ACTIVE');
  const { items, nextToken } = page(region, active, input, PAGE, isAsked);
  return present({ serviceArns: items.map(({ arn }) => arn), nextToken });
};

export const describeServices: Operation = ({ kernel, ledger }, input) => {
  const include = includes(input, ['TAGS']);
  const cluster = ledger.activeCluster(text(input, 'cluster'));
  const rules = { calledByAws: 'service names', max: 10, empty: 'Services cannot be empty.' };
  const services = [];
  const failures: Failure[] = [];
  for (const identifier of ids(input, 'services', rules)) {
    if (identifier === '') throw invalidParameter('Service can not be blank.');
    const service = ledger.service(cluster, identifier);
    const arn = identifier.startsWith('arn:')
      ? identifier
      : serviceArn(kernel, cluster.name, identifier);
    if (service) services.push(serviceShape(service, include.has('TAGS')));
    else failures.push({ arn, reason: 'MISSING' });
  }
  return { services, failures };
};
