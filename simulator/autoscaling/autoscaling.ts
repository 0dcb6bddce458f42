// Speaks Auto Scaling's query API and plays its part: groups keep their size, whatever happens.

import type { FleetGroup } from '../fleet-file/schema.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { AwsService, JsonObject } from '../kernel/service.ts';
import { Activities } from './activities.ts';
import { Capacity, type RegisterContainerInstance } from './capacity.ts';
import { GroupOperations } from './group-operations.ts';
import { type GroupHosts, Groups } from './groups.ts';
import { GroupHealth } from './health.ts';
import { InstanceOperations } from './instance-operations.ts';
import { ManagedScaleIn } from './scale-in.ts';

export class AutoScalingService implements AwsService {
  readonly id = 'autoscaling';
  readonly protocol = 'awsQuery';
  readonly apiVersion = '2011-01-01';
  readonly xmlNamespace = 'http://autoscaling.amazonaws.com/doc/2011-01-01/';
  readonly operations: readonly string[];
  readonly #groups: Groups;
  readonly #byName: ReadonlyMap<string, (input: JsonObject) => JsonObject>;

  constructor(
    kernel: Kernel,
    hosts: GroupHosts,
    ports: { readonly registerContainerInstance: RegisterContainerInstance },
  ) {
    const groups = new Groups(kernel, hosts);
    const activities = new Activities(kernel);
    const capacity = new Capacity(kernel, { groups, hosts, activities, ...ports });
    const health = new GroupHealth(kernel, { groups, hosts, capacity });
    new ManagedScaleIn(kernel, { groups, capacity });
    const parts = { groups, activities, capacity, health };
    this.#groups = groups;
    this.#byName = new Map([
      ...new GroupOperations(kernel, parts).operations,
      ...new InstanceOperations(kernel, parts).operations,
    ]);
    this.operations = [...this.#byName.keys()];
  }

  /** Takes over the groups of a fleet file; their hosts must be there already. */
  load(groups: readonly FleetGroup[]): void {
    for (const group of groups) this.#groups.load(group);
  }

  call(operation: string, input: JsonObject): JsonObject {
    return this.#byName.get(operation)!(input);
  }
}
