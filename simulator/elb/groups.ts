// Keeps the target groups with their targets; the seam that ECS registers its tasks through.

import type { FleetTargetGroup } from '../fleet-file/schema.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { AwsError } from '../kernel/service.ts';
import type { Target, TargetGroups, TargetState } from '../kernel/target-groups.ts';
import { TargetHealth } from './target-health.ts';

/** Defaults of a group that the fleet file does not describe (API reference, CreateTargetGroup). */
const DELAY_DEFAULT_SECONDS = 300;

type Listener = (targetGroupArn: string, target: Target, state: TargetState) => void;

export interface Group {
  readonly arn: string;
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly targetType: string;
  readonly intervalSeconds: number;
  readonly healthyThresholdCount: number;
  readonly unhealthyThresholdCount: number;
  deregistrationDelaySeconds: number;
  readonly targets: Map<string, TargetHealth>;
}

function keyOf({ id, port }: Target): string {
  return `${id}:${port}`;
}

/** `arn:…:targetgroup/<name>/<id>` */
function nameFromArn(targetGroupArn: string): string {
  return targetGroupArn.split('/').at(-2) ?? targetGroupArn;
}

export class TargetGroupRegistry implements TargetGroups {
  readonly #kernel: Kernel;
  readonly #byArn = new Map<string, Group>();
  readonly #listeners: Listener[] = [];
  /** Machines whose operating system is down: their checks fail. */
  readonly #down = new Set<string>();
  /** Targets by machine, so that a reboot touches only its own. */
  readonly #byTargetId = new Map<string, Set<TargetHealth>>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    kernel.signals.on('host-down', ({ ec2InstanceId }) => this.#reach(ec2InstanceId, false));
    kernel.signals.on('host-up', ({ ec2InstanceId }) => this.#reach(ec2InstanceId, true));
  }

  load(record: FleetTargetGroup): void {
    const arn = record.TargetGroupArn;
    this.#byArn.set(arn, {
      arn,
      name: record.TargetGroupName ?? nameFromArn(arn),
      protocol: record.Protocol,
      port: record.Port,
      targetType: record.TargetType,
      intervalSeconds: record.HealthCheckIntervalSeconds,
      healthyThresholdCount: record.HealthyThresholdCount,
      unhealthyThresholdCount: record.UnhealthyThresholdCount,
      deregistrationDelaySeconds: record.deregistrationDelaySeconds,
      targets: new Map(),
    });
  }

  all(): readonly Group[] {
    return [...this.#byArn.values()];
  }

  find(targetGroupArn: unknown): Group | undefined {
    return this.#byArn.get(String(targetGroupArn));
  }

  get(targetGroupArn: unknown): Group {
    const group = this.find(targetGroupArn);
    if (group) return group;
    throw new AwsError('TargetGroupNotFound', 'One or more target groups not found');
  }

  register(targetGroupArn: string, target: Target): void {
    const group = this.get(targetGroupArn);
    const known = group.targets.get(keyOf(target));
    if (known && known.state !== 'draining') return;
    this.#changed(group, this.#add(group, target));
  }

  /** Registers a target that was healthy before the run began; nobody is told. */
  adopt(targetGroupArn: string, target: Target): void {
    this.#add(this.get(targetGroupArn), target).settle();
  }

  #add(group: Group, target: Target): TargetHealth {
    const health = new TargetHealth(this.#kernel, this.#settingsOf(group), {
      target,
      reachable: !this.#down.has(target.id),
      onChange: (changed) => this.#changed(group, changed),
    });
    // A target registered again while it drains starts over; the old timer must not end the new
    // life.
    const known = group.targets.get(keyOf(target));
    known?.settle();
    group.targets.set(keyOf(target), health);
    const siblings = this.#byTargetId.get(target.id) ?? new Set();
    if (known) siblings.delete(known);
    this.#byTargetId.set(target.id, siblings.add(health));
    return health;
  }

  deregister(targetGroupArn: string, target: Target): void {
    this.find(targetGroupArn)?.targets.get(keyOf(target))?.drain();
  }

  state(targetGroupArn: string, target: Target): TargetState {
    return this.find(targetGroupArn)?.targets.get(keyOf(target))?.state ?? 'unused';
  }

  deregistrationDelaySeconds(targetGroupArn: string): number {
    return this.find(targetGroupArn)?.deregistrationDelaySeconds ?? DELAY_DEFAULT_SECONDS;
  }

  onChange(listener: Listener): void {
    this.#listeners.push(listener);
  }

  #settingsOf(group: Group) {
    return {
      protocol: group.protocol,
      intervalSeconds: group.intervalSeconds,
      healthyThresholdCount: group.healthyThresholdCount,
      unhealthyThresholdCount: group.unhealthyThresholdCount,
      deregistrationDelaySeconds: group.deregistrationDelaySeconds,
    };
  }

  #changed(group: Group, health: TargetHealth): void {
    const { state, target } = health;
    if (state === 'unused') {
      group.targets.delete(keyOf(target));
      this.#byTargetId.get(target.id)?.delete(health);
    }
    this.#kernel.log.append('elb', `target-${state}`, keyOf(target), { group: group.name });
    for (const listener of this.#listeners) listener(group.arn, target, state);
  }

  #reach(ec2InstanceId: string, reachable: boolean): void {
    if (reachable) this.#down.delete(ec2InstanceId);
    else this.#down.add(ec2InstanceId);
    for (const health of this.#byTargetId.get(ec2InstanceId) ?? []) health.reach(reachable);
  }
}
