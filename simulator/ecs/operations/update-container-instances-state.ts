// UpdateContainerInstancesState: begins a drain, or ends it.

import { type Failure, invalidParameter } from '../errors.ts';
import type { ContainerInstance } from '../model.ts';
import type { EcsRegion, Operation } from '../region.ts';
import { shortage } from '../resources.ts';
import { containerInstanceShape } from '../shapes/container-instance.ts';
import { epochSeconds } from '../shapes/members.ts';
import { missingArn, partialFailure } from './container-instances.ts';
import { ids, text } from './input.ts';

/**
 * Not in the API reference; AWS answers "instanceIds can have at most 10 items."
 * (minamijoyo/myaws#25).
 */
const IDS_MAX = 10;

/**
 * "REGISTERING, DEREGISTERING and REGISTRATION_FAILED can't be changed" (botocore ecs
 * UpdateContainerInstancesState).
 */
const CHANGEABLE = new Set(['ACTIVE', 'DRAINING', 'INACTIVE']);

export const updateContainerInstancesState: Operation = (region, input) => {
  const { kernel, ledger, instances } = region;
  const rules = {
    calledByAws: 'instanceIds',
    max: IDS_MAX,
    empty: 'Container instances cannot be empty.',
  };
  const status = text(input, 'status');
  const cluster = ledger.activeCluster(text(input, 'cluster'));
  const identifiers = ids(input, 'containerInstances', rules);
  if (status !== 'ACTIVE' && status !== 'DRAINING')
    throw invalidParameter('Container instance status should be one of [ACTIVE, DRAINING].');
  const found = identifiers.map((identifier) => ledger.instance(cluster, identifier));
  for (const instance of found) refuseUnchangeable(instance, status);
  const containerInstances = [];
  const failures: Failure[] = [];
  for (const [index, instance] of found.entries()) {
    const failure = instance
      ? failureOf(region, instance)
      : { arn: missingArn(cluster.arn, identifiers[index] ?? ''), reason: 'MISSING' };
    if (failure || !instance) {
      if (failure) failures.push(failure);
      continue;
    }
    if (status === 'DRAINING' && instance.status === 'ACTIVE') beforeDraining(region, instance);
    instances.setStatus(instance, status, 'api');
    if (status === 'DRAINING') afterDraining(region, instance);
    containerInstances.push(containerInstanceShape(instance, epochSeconds));
  }
  kernel.log.append('ecs', 'container-instances-state-updated', cluster.name, {
    status,
    done: containerInstances.length,
    failed: failures.length,
  });
  return { containerInstances, failures };
};

/** "If the instance is in any other status, an error will be received" (same page). */
function refuseUnchangeable(instance: ContainerInstance | undefined, status: string): void {
  if (!instance || CHANGEABLE.has(instance.status)) return;
  throw invalidParameter(
    `Container instance in status ${instance.status} cannot be updated to ${status}.`,
  );
}

function failureOf(region: EcsRegion, instance: ContainerInstance): Failure | undefined {
  if (instance.status === 'INACTIVE') return { arn: instance.arn, reason: 'INACTIVE' };
  return partialFailure(region, instance);
}

/**
 * F56: somebody's RunTask lands between the caller's look and the drain. F55: does this drain
 * honour protection?
 */
function beforeDraining(
  { kernel, ledger, lifecycle }: EcsRegion,
  instance: ContainerInstance,
): void {
  const { faults } = kernel;
  const starts = faults.strikes('standalone-task-starts', instance.ec2InstanceId);
  if (starts) {
    const named = starts.parameters?.taskDefinition;
    const definitions = named
      ? [ledger.taskDefinitions.find(String(named))]
      : ledger.taskDefinitions.all();
    for (const taskDefinition of definitions) {
      if (!taskDefinition || shortage(instance, taskDefinition.demand)) continue;
      const seconds = starts.parameters?.endsAfterSeconds;
      const endsAfterSeconds = seconds === undefined ? undefined : Number(seconds);
      lifecycle.start({ instance, taskDefinition, startedBy: 'somebody', endsAfterSeconds });
      break;
    }
  }
  if (faults.strikes('drain-ignores-task-protection', instance.ec2InstanceId))
    for (const task of instance.tasks) task.drainIgnoresProtection = true;
}

/** Somebody else sees the drain and ends it, or deregisters the instance. */
function afterDraining({ kernel, instances }: EcsRegion, instance: ContainerInstance): void {
  const fault = kernel.faults.strikes('another-actor-ends-drain', instance.ec2InstanceId);
  if (!fault) return;
  const seconds = Number(fault.parameters?.afterSeconds ?? 5);
  kernel.clock.after(seconds * 1000, () => {
    changeByAnotherActor(instances, instance, String(fault.parameters?.status ?? 'ACTIVE'));
  });
}

/** @param status ACTIVE, DRAINING, or DEREGISTERED for the end of its registration. */
export function changeByAnotherActor(
  instances: EcsRegion['instances'],
  instance: ContainerInstance,
  status: string,
): void {
  if (instance.status === 'INACTIVE') return;
  if (status === 'ACTIVE' || status === 'DRAINING')
    instances.setStatus(instance, status, 'another actor');
  else
    instances.deregister(instance, {
      code: 'UserInitiated',
      reason: 'Container instance deregistration forced by user.',
    });
}
