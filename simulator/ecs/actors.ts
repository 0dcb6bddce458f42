// Other people and systems that use the same clusters, as far as the fault file sends them.

import { happenOnce } from '../faults/instants.ts';
import { watchFault } from '../faults/watch.ts';
import type { Cluster, Service } from './model.ts';
import { changeByAnotherActor } from './operations/update-container-instances-state.ts';
import type { EcsRegion } from './region.ts';

/**
 * F58, F59 and F60: a deployment starts, somebody changes an instance's status, somebody deletes
 * the cluster or a service.
 */
export function watchActors(region: EcsRegion): void {
  const { kernel, ledger, scheduler, instances } = region;
  watchFault(kernel, {
    name: 'service-deployment-starts',
    subjects: () => servicesByName(region).keys(),
    strike: (name) => {
      const service = servicesByName(region).get(name);
      const definition = service?.deployments[0]?.taskDefinition;
      if (service && definition) scheduler.deploy(service, definition);
    },
  });
  watchFault(kernel, {
    name: 'another-actor-changes-state',
    subjects: () => Array.from(ledger.registeredInstances(), ({ ec2InstanceId }) => ec2InstanceId),
    strike: (ec2InstanceId, { parameters }) => {
      const instance = ledger.instanceOn(ec2InstanceId);
      if (instance)
        changeByAnotherActor(instances, instance, String(parameters?.status ?? 'ACTIVE'));
    },
  });
  happenOnce(kernel, {
    name: 'service-deleted',
    subjects: () => servicesByName(region).keys(),
    happen: (name) => {
      const service = servicesByName(region).get(name);
      if (service) deleteService(region, service);
    },
  });
  watchFault(kernel, {
    name: 'cluster-deleted',
    subjects: () => ledger.clusters.keys(),
    strike: (name) => {
      const cluster = ledger.clusters.get(name);
      if (cluster?.status === 'ACTIVE') deleteCluster(region, cluster);
    },
  });
}

function servicesByName({ ledger }: EcsRegion) {
  return new Map(
    [...ledger.clusters.values()].flatMap(({ services }) =>
      [...services.values()]
        .filter(({ status }) => status === 'ACTIVE')
        .map((each) => [each.name, each]),
    ),
  );
}

function retire(service: Service): void {
  service.status = 'INACTIVE';
  service.timer?.cancel();
  service.timer = undefined;
  service.cluster.daemons.delete(service);
  service.cluster.starving.delete(service);
}

/** DeleteService with `force`: its tasks stop, nothing replaces them. */
function deleteService({ kernel, lifecycle }: EcsRegion, service: Service): void {
  kernel.log.append('ecs', 'service-deleted', service.name);
  retire(service);
  const code = 'ServiceSchedulerInitiated';
  for (const task of [...service.tasks]) {
    lifecycle.stop(task, { code, reason: 'Service deleted by user.' });
  }
}

/**
 * DeleteCluster refuses a cluster that is in use, so its services and instances go first, by force.
 */
function deleteCluster({ kernel, instances, lifecycle }: EcsRegion, cluster: Cluster): void {
  kernel.log.append('ecs', 'cluster-deleted', cluster.name);
  const why = { code: 'UserInitiated', reason: 'Cluster deleted by user.' } as const;
  for (const service of cluster.services.values()) retire(service);
  for (const instance of cluster.instances.values()) instances.deregister(instance, why);
  for (const task of [...cluster.tasks.values()])
    if (task.lastStatus !== 'STOPPED') lifecycle.abandon(task, why);
  cluster.status = 'INACTIVE';
}
