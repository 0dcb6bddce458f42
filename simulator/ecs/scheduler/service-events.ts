// Writes the events of a service, the ones people read in the console, and repeats none too soon.

import type { Kernel } from '../../kernel/kernel.ts';
import type { BusEvents } from '../bus-events.ts';
import type { Deployment, Service, Task } from '../model.ts';
import type { PlacementFailure } from './placement.ts';

/** "The 100 most recent events" (botocore ecs Service.events). */
const EVENTS_MAX = 100;
/**
 * A failure that has not been cured is told again after this ("Amazon ECS service event messages").
 */
const REPEAT_AFTER_SECONDS = 6 * 3600;

const ADVICE =
  'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';

function obstacleText({ reason, closest }: PlacementFailure): string {
  if (!closest) return 'Reason: No Container Instances were found in your cluster.';
  const instance = `The closest matching (container-instance ${closest.id})`;
  switch (reason) {
    case 'RESOURCE:CPU':
      return `${instance} has insufficient CPU units available.`;
    case 'RESOURCE:MEMORY':
      return `${instance} has insufficient memory available.`;
    case 'RESOURCE:PORTS':
      return `${instance} is already using a port required by your task.`;
    case 'ATTRIBUTE':
      return `${instance} is missing an attribute required by your task.`;
    default:
      return `${instance} encountered error "${reason}".`;
  }
}

const listed = (tasks: readonly Task[]) => tasks.map(({ id }) => `(task ${id})`).join(' ');

export class ServiceEvents {
  readonly #kernel: Kernel;
  readonly #bus: BusEvents;

  constructor(kernel: Kernel, bus: BusEvents) {
    this.#kernel = kernel;
    this.#bus = bus;
  }

  started(service: Service, tasks: readonly Task[]): void {
    if (tasks.length === 0) return;
    this.#say(service, `has started ${tasks.length} tasks: ${listed(tasks)}.`);
  }

  registered(service: Service): void {
    for (const { targetGroupArn } of service.loadBalancers)
      this.#say(service, `registered 1 targets in (target-group ${targetGroupArn})`);
  }

  stopped(service: Service, tasks: readonly Task[]): void {
    if (tasks.length === 0) return;
    this.#say(service, `has stopped ${tasks.length} running tasks: ${listed(tasks)}.`);
    this.#bus.serviceAction(service, 'TASKS_STOPPED');
    const behind = tasks.filter(({ targets }) => targets.length > 0);
    if (behind.length === 0) return;
    for (const { targetGroupArn } of service.loadBalancers)
      this.#say(
        service,
        `deregistered ${behind.length} targets in (target-group ${targetGroupArn})`,
      );
    this.#say(service, `has begun draining connections on ${behind.length} tasks.`);
  }

  steady(service: Service): void {
    service.lastSaidAt.clear();
    this.#say(service, 'has reached a steady state.');
    this.#bus.serviceAction(service, 'SERVICE_STEADY_STATE');
  }

  notPlaced(service: Service, failure: PlacementFailure): void {
    const text =
      `was unable to place a task because no container instance met all of its requirements. ` +
      `${obstacleText(failure)} ${ADVICE}`;
    // One cause is told once, though the closest instance may be another each time.
    if (!this.#mayRepeat(service, failure.reason)) return;
    this.#say(service, text);
    this.#bus.serviceAction(service, 'SERVICE_TASK_PLACEMENT_FAILURE', {
      reason: failure.reason,
      containerInstanceArns: failure.closest ? [failure.closest.arn] : [],
    });
  }

  /** min and max leave no room to stop or start anything. */
  stuck(service: Service): void {
    if (!this.#mayRepeat(service, 'stuck')) return;
    const text =
      'was unable to stop or start tasks during a deployment because of the service deployment ' +
      'configuration. Update the minimumHealthyPercent or maximumPercent value and try again.';
    this.#say(service, text);
  }

  constraintViolated(service: Service): void {
    this.#bus.serviceAction(service, 'SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED');
  }

  deploymentChanged(service: Service, deployment: Deployment): void {
    if (deployment.rolloutState === 'COMPLETED')
      this.#say(service, `(deployment ${deployment.id}) deployment completed.`);
    this.#bus.deploymentChanged(service, deployment);
  }

  #mayRepeat(service: Service, cause: string): boolean {
    const now = this.#kernel.clock.now();
    const before = service.lastSaidAt.get(cause);
    if (before !== undefined && now - before < REPEAT_AFTER_SECONDS * 1000) return false;
    service.lastSaidAt.set(cause, now);
    return true;
  }

  #say(service: Service, what: string): void {
    const message = `(service ${service.name}) ${what}`;
    const id = this.#kernel.random.stream('ecs.service-event-id').uuid();
    service.events.unshift({ id, at: this.#kernel.clock.now(), message });
    if (service.events.length > EVENTS_MAX) service.events.pop();
    this.#kernel.log.append('ecs', 'service-event', service.arn, { message });
  }
}
