// Counts versions and tells EventBridge what happened, in the shapes of the ECS Developer Guide's
// "Amazon ECS events".

import type { Kernel } from '../kernel/kernel.ts';
import type { ContainerInstance, Deployment, Service, Task } from './model.ts';
import {
  connectivityShape,
  containerInstanceShape,
  snapshotOf,
} from './shapes/container-instance.ts';
import { isoInstant, present } from './shapes/members.ts';
import { taskEventDetail } from './shapes/task.ts';

type ServiceAction =
  | 'SERVICE_STEADY_STATE'
  | 'TASKS_STOPPED'
  | 'SERVICE_TASK_PLACEMENT_FAILURE'
  | 'SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED';

const LEVEL: Readonly<Record<ServiceAction, 'INFO' | 'WARN' | 'ERROR'>> = {
  SERVICE_STEADY_STATE: 'INFO',
  TASKS_STOPPED: 'INFO',
  SERVICE_TASK_PLACEMENT_FAILURE: 'ERROR',
  SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED: 'ERROR',
};

export class BusEvents {
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  taskChanged(task: Task): void {
    task.version++;
    this.#kernel.emit({
      source: 'aws.ecs',
      detailType: 'ECS Task State Change',
      resources: [task.arn],
      detail: taskEventDetail(task, this.#kernel.clock.now(), isoInstant),
    });
  }

  /**
   * A change without an event: the API's answer is the only notice. The documented triggers do not
   * name UpdateContainerInstancesState, PutAttributes or DeleteAttributes ("Amazon ECS container
   * instance state change events"). The counter still moves, so that readers can tell an old state
   * from a new one (guess).
   */
  containerInstanceTouched(instance: ContainerInstance): void {
    instance.version++;
    instance.changedAt = this.#kernel.clock.now();
    instance.stale = instance.shown;
    instance.shown = snapshotOf(instance);
  }

  containerInstanceChanged(instance: ContainerInstance): void {
    this.containerInstanceTouched(instance);
    this.#kernel.emit({
      source: 'aws.ecs',
      detailType: 'ECS Container Instance State Change',
      resources: [instance.arn],
      detail: {
        ...containerInstanceShape(instance, isoInstant),
        clusterArn: instance.cluster.arn,
        updatedAt: this.#kernel.clock.isoNow(),
      },
    });
  }

  /** Carries no version ("Amazon ECS container instance health events"). */
  containerInstanceHealthChanged(instance: ContainerInstance): void {
    const { arn, cluster, ec2InstanceId, capacityProviderName } = instance;
    const now = this.#kernel.clock.now();
    const connectivity = connectivityShape(instance, now, isoInstant);
    this.#kernel.emit({
      source: 'aws.ecs',
      detailType: 'ECS Container Instance Health Change',
      resources: [arn],
      detail: present({
        clusterArn: cluster.arn,
        containerInstanceArn: arn,
        capacityProviderName,
        ec2InstanceId,
        overallStatus: connectivity.status,
        healthChecks: [connectivity],
      }),
    });
  }

  /**
   * Service action events carry no version (ECS Developer Guide, "Amazon ECS service action
   * events").
   */
  serviceAction(
    service: Service,
    eventName: ServiceAction,
    more: { readonly reason?: string; readonly containerInstanceArns?: readonly string[] } = {},
  ): void {
    this.#kernel.emit({
      source: 'aws.ecs',
      detailType: 'ECS Service Action',
      resources: [service.arn],
      detail: present({
        eventType: LEVEL[eventName],
        eventName,
        clusterArn: service.cluster.arn,
        ...more,
        createdAt: this.#kernel.clock.isoNow(),
      }),
    });
  }

  deploymentChanged(service: Service, deployment: Deployment): void {
    const done = deployment.rolloutState === 'COMPLETED';
    this.#kernel.emit({
      source: 'aws.ecs',
      detailType: 'ECS Deployment State Change',
      resources: [service.arn],
      detail: {
        eventType: 'INFO',
        eventName: done ? 'SERVICE_DEPLOYMENT_COMPLETED' : 'SERVICE_DEPLOYMENT_IN_PROGRESS',
        deploymentId: deployment.id,
        updatedAt: this.#kernel.clock.isoNow(),
        reason: `ECS deployment ${deployment.id} ${done ? 'completed' : 'in progress'}.`,
      },
    });
  }
}
