// ListClusters and DescribeClusters.

import type { Kernel } from '../../kernel/kernel.ts';
import { clusterArn } from '../arns.ts';
import type { Failure } from '../errors.ts';
import type { Cluster } from '../model.ts';
import type { Operation } from '../region.ts';
import { present, tagList } from '../shapes/members.ts';
import { ids, includes } from './input.ts';
import { page } from './paging.ts';

const INCLUDE = ['ATTACHMENTS', 'CONFIGURATIONS', 'SETTINGS', 'STATISTICS', 'TAGS'];

export const listClusters: Operation = (region, input) => {
  const active = [...region.ledger.clusters.values()].filter(({ status }) => status === 'ACTIVE');
  const numbered = active.map(({ arn }, index) => ({ arn, sequence: index + 1 }));
  const rules = { operation: 'ListClusters', usual: 100, max: 100 };
  const { items, nextToken } = page(region, numbered, input, rules);
  return present({ clusterArns: items.map(({ arn }) => arn), nextToken });
};

export const describeClusters: Operation = ({ kernel, ledger }, input) => {
  const include = includes(input, INCLUDE);
  const rules = { calledByAws: 'clusters', max: 100, empty: 'Clusters cannot be empty.' };
  const asked = input.clusters === undefined ? ['default'] : ids(input, 'clusters', rules);
  const clusters = [];
  const failures: Failure[] = [];
  for (const identifier of asked) {
    const cluster = ledger.cluster(identifier);
    if (cluster) clusters.push(clusterShape(cluster, include));
    else failures.push({ arn: missingArn(kernel, identifier), reason: 'MISSING' });
  }
  return { clusters, failures };
};

/** A failure names an ARN even for a name that does not exist. */
function missingArn(kernel: Kernel, identifier: string): string {
  return identifier.startsWith('arn:') ? identifier : clusterArn(kernel, identifier);
}

function clusterShape(cluster: Cluster, include: ReadonlySet<string>) {
  const instances = [...cluster.zones.values()].flat();
  const services = [...cluster.services.values()];
  const sum = (count: (instance: (typeof instances)[number]) => number) =>
    instances.reduce((total, instance) => total + count(instance), 0);
  return present({
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: instances.length,
    runningTasksCount: sum(({ runningTasksCount }) => runningTasksCount),
    pendingTasksCount: sum(({ pendingTasksCount }) => pendingTasksCount),
    activeServicesCount: services.filter(({ status }) => status === 'ACTIVE').length,
    statistics: [],
    tags: include.has('TAGS') ? tagList(cluster.tags) : [],
    settings: include.has('SETTINGS') ? [{ name: 'containerInsights', value: 'disabled' }] : [],
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
  });
}
