// ListContainerInstances, DescribeContainerInstances and DeregisterContainerInstance.

import { parseExpression } from '../cluster-query-language.ts';
import { type Failure, invalidParameter } from '../errors.ts';
import { matchesExpression } from '../matches-expression.ts';
import type { Cluster, ContainerInstance, ContainerInstanceSnapshot } from '../model.ts';
import type { EcsRegion, Operation } from '../region.ts';
import {
  containerInstanceShape,
  containerInstanceTags,
  healthStatusShape,
} from '../shapes/container-instance.ts';
import { epochSeconds, present } from '../shapes/members.ts';
import { flag, ids, includes, oneOf, text } from './input.ts';
import { page } from './paging.ts';

/** botocore ecs ContainerInstanceStatus; INACTIVE cannot be asked for. */
const STATUSES = [
  'ACTIVE',
  'DRAINING',
  'REGISTERING',
  'DEREGISTERING',
  'REGISTRATION_FAILED',
] as const;

/**
 * Fault `ecs-stale-describe`: for so long a read may show the state before the last change, unless
 * the fault says.
 */
const STALE_SECONDS = 30;
/** No fault may hide an older change. */
const STALE_SECONDS_MAX = 300;

export const listContainerInstances: Operation = (region, input) => {
  const filter = text(input, 'filter');
  const status = oneOf(input, 'status', STATUSES);
  const cluster = region.ledger.activeCluster(text(input, 'cluster'));
  const expression = filter ? parseExpression(filter) : undefined;
  const isAsked = (instance: ContainerInstance) =>
    (!status || instance.status === status) &&
    (!expression || matchesExpression(instance, expression));
  const rules = { operation: 'ListContainerInstances', usual: 100, max: 100 };
  const { items, nextToken } = page(region, registered(cluster), input, rules, isAsked);
  return present({ containerInstanceArns: items.map(({ arn }) => arn), nextToken });
};

function registered({ instances }: Cluster): ContainerInstance[] {
  return [...instances.values()].filter(({ status }) => status !== 'INACTIVE');
}

export const describeContainerInstances: Operation = (region, input) => {
  const { kernel, ledger } = region;
  const include = includes(input, ['TAGS', 'CONTAINER_INSTANCE_HEALTH']);
  const cluster = ledger.activeCluster(text(input, 'cluster'));
  const containerInstances = [];
  const failures: Failure[] = [];
  const rules = {
    calledByAws: 'instanceIds',
    max: 100,
    empty: 'Container Instances cannot be empty.',
  };
  for (const identifier of ids(input, 'containerInstances', rules)) {
    const instance = ledger.instance(cluster, identifier);
    const broken = instance && partialFailure(region, instance);
    if (!instance) failures.push({ arn: missingArn(cluster.arn, identifier), reason: 'MISSING' });
    else if (broken) failures.push(broken);
    else
      containerInstances.push(
        present({
          ...containerInstanceShape(instance, epochSeconds, seenOf(region, instance)),
          tags: include.has('TAGS') ? containerInstanceTags(instance) : [],
          healthStatus: include.has('CONTAINER_INSTANCE_HEALTH')
            ? healthStatusShape(instance, kernel.clock.now(), epochSeconds)
            : undefined,
        }),
      );
  }
  return { containerInstances, failures };
};

/** F6: reads are eventually consistent, so one may still see the state before the last change. */
function seenOf(
  { kernel }: EcsRegion,
  instance: ContainerInstance,
): ContainerInstanceSnapshot | undefined {
  const ageSeconds = (kernel.clock.now() - instance.changedAt) / 1000;
  if (!instance.stale || ageSeconds > STALE_SECONDS_MAX) return undefined;
  const fault = kernel.faults.strikes('ecs-stale-describe', instance.ec2InstanceId);
  const isYoung = ageSeconds <= Number(fault?.parameters?.seconds ?? STALE_SECONDS);
  return fault && isYoung ? instance.stale : undefined;
}

/** F5: one item of a batch fails inside an answer with status 200. */
export function partialFailure(
  { kernel }: EcsRegion,
  instance: ContainerInstance,
): Failure | undefined {
  const fault = kernel.faults.strikes('ecs-partial-failure', instance.ec2InstanceId);
  return fault && { arn: instance.arn, reason: String(fault.parameters?.reason ?? 'MISSING') };
}

/** A failure names an ARN even for an id that does not exist. */
export function missingArn(clusterArn: string, identifier: string): string {
  if (identifier.startsWith('arn:')) return identifier;
  return `${clusterArn.replace(':cluster/', ':container-instance/')}/${identifier}`;
}

export const deregisterContainerInstance: Operation = ({ instances, ledger, kernel }, input) => {
  const force = flag(input, 'force') ?? false;
  const cluster = ledger.activeCluster(text(input, 'cluster'));
  const identifier = text(input, 'containerInstance');
  if (!identifier) throw invalidParameter('Container instance can not be blank.');
  const instance = ledger.instance(cluster, identifier);
  if (!instance || instance.status === 'INACTIVE')
    throw invalidParameter('The referenced container instance was not found.');
  if (!force && instance.tasks.size > 0)
    throw invalidParameter('Found running tasks on the instance.');
  kernel.log.append('ecs', 'deregistration-requested', instance.ec2InstanceId, { force });
  instances.deregister(instance, {
    code: 'UserInitiated',
    reason: 'Container instance deregistration forced by user.',
  });
  return { containerInstance: containerInstanceShape(instance, epochSeconds) };
};
