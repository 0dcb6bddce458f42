// Keeps what EC2 knows of each machine: its state, its launch, and what its checks last saw.

import type { Kernel } from '../kernel/kernel.ts';
import { arn } from '../kernel/kernel.ts';
import { StatusChecks } from './status-checks.ts';

/** What this service needs of a simulated host. */
export interface MachineHost {
  readonly ec2InstanceId: string;
  readonly availabilityZone: string;
  readonly instanceType: string;
  readonly autoScalingGroupName?: string | undefined;
  readonly tags?:
    | readonly { readonly key: string; readonly value?: string | undefined }[]
    | undefined;
  readonly arch?: string | undefined;
  readonly state: 'running' | 'booting' | 'hung' | 'terminated';
  reboot(why: 'api' | 'host' | 'ec2'): void;
  terminate(why: 'scale-in' | 'spot' | 'unhealthy' | 'request'): void;
}

export interface MachineHosts {
  get(ec2InstanceId: string): MachineHost | undefined;
  all(): Iterable<MachineHost>;
}

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated';

/** Codes of the API reference, InstanceState. */
export const STATE_CODES: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
};

export interface Machine {
  readonly host: MachineHost;
  readonly launchedAt: number;
  state: InstanceState;
  terminatedAt?: number;
  readonly checks: StatusChecks;
}

/** A new instance is `pending` for about this long, in seconds; a guess of the usual. */
const PENDING_SECONDS = { low: 4, high: 12 };
/** From `shutting-down` to `terminated`, in seconds; a guess of the usual. */
const SHUTTING_DOWN_SECONDS = { low: 20, high: 70 };
/**
 * "Recently terminated instances might appear in the returned results … usually less than one
 * hour".
 */
const TERMINATED_VISIBLE_SECONDS = 3600;
/**
 * Machines of the fleet file were launched long before the run; the age spreads over so many days.
 */
const AGE_DAYS_MAX = 60;
const DAY_MILLISECONDS = 86_400_000;

export class Machines {
  readonly #kernel: Kernel;
  readonly #hosts: MachineHosts;
  readonly #startAt: number;
  readonly #byId = new Map<string, Machine>();

  constructor(kernel: Kernel, hosts: MachineHosts) {
    this.#kernel = kernel;
    this.#hosts = hosts;
    this.#startAt = kernel.clock.now();
    const { signals } = kernel;
    signals.on('instance-launched', ({ ec2InstanceId }) => this.#launch(ec2InstanceId));
    signals.on('instance-terminated', ({ ec2InstanceId }) => this.#terminate(ec2InstanceId));
    signals.on('host-down', ({ ec2InstanceId }) => this.#seen(ec2InstanceId, false));
    signals.on('host-up', ({ ec2InstanceId }) => this.#seen(ec2InstanceId, true));
  }

  /** Undefined for an id that EC2 does not know, or knows no more. */
  get(ec2InstanceId: string): Machine | undefined {
    const machine = this.#byId.get(ec2InstanceId) ?? this.#adopt(this.#hosts.get(ec2InstanceId));
    return machine && this.#isVisible(machine) ? machine : undefined;
  }

  all(): readonly Machine[] {
    for (const host of this.#hosts.all()) this.#adopt(host);
    return [...this.#byId.values()].filter((machine) => this.#isVisible(machine));
  }

  arnOf(ec2InstanceId: string): string {
    return arn(this.#kernel, 'ec2', `instance/${ec2InstanceId}`);
  }

  #isVisible({ terminatedAt }: Machine): boolean {
    if (terminatedAt === undefined) return true;
    return this.#kernel.clock.now() - terminatedAt < TERMINATED_VISIBLE_SECONDS * 1000;
  }

  /** A machine of the fleet file: it ran long before the run began. */
  #adopt(host: MachineHost | undefined): Machine | undefined {
    if (!host) return undefined;
    const known = this.#byId.get(host.ec2InstanceId);
    if (known) return known;
    const stream = this.#kernel.random.stream(`ec2.launch/${host.ec2InstanceId}`);
    const age = stream.between(1, AGE_DAYS_MAX) * DAY_MILLISECONDS;
    const checks = new StatusChecks(stream.between(0, 60_000), undefined);
    const launchedAt = Math.floor((this.#startAt - age) / 1000) * 1000;
    const machine: Machine = { host, launchedAt, state: 'running', checks };
    this.#byId.set(host.ec2InstanceId, machine);
    return machine;
  }

  #launch(ec2InstanceId: string): void {
    const host = this.#hosts.get(ec2InstanceId);
    if (!host) return;
    const { clock, random } = this.#kernel;
    const stream = random.stream(`ec2.launch/${ec2InstanceId}`);
    const checks = new StatusChecks(stream.between(0, 60_000), clock.now());
    const machine: Machine = { host, launchedAt: clock.now(), state: 'pending', checks };
    this.#byId.set(ec2InstanceId, machine);
    this.#announce(machine);
    const { low, high } = PENDING_SECONDS;
    clock.after(stream.between(low, high) * 1000, () => {
      if (machine.state === 'pending') this.#become(machine, 'running');
    });
  }

  #terminate(ec2InstanceId: string): void {
    const machine = this.get(ec2InstanceId);
    if (!machine || machine.terminatedAt !== undefined) return;
    machine.terminatedAt = this.#kernel.clock.now();
    this.#become(machine, 'shutting-down');
    const { low, high } = SHUTTING_DOWN_SECONDS;
    const stream = this.#kernel.random.stream('ec2.shutting-down');
    this.#kernel.clock.after(stream.between(low, high) * 1000, () =>
      this.#become(machine, 'terminated'),
    );
  }

  #become(machine: Machine, state: InstanceState): void {
    machine.state = state;
    this.#announce(machine);
  }

  /** The event has only the state; the reason is for DescribeInstances. */
  #announce({ host, state }: Machine): void {
    const id = host.ec2InstanceId;
    this.#kernel.log.append('ec2', 'instance-state-changed', id, { state });
    this.#kernel.emit({
      source: 'aws.ec2',
      detailType: 'EC2 Instance State-change Notification',
      resources: [this.arnOf(id)],
      detail: { 'instance-id': id, state },
    });
  }

  #seen(ec2InstanceId: string, reachable: boolean): void {
    this.get(ec2InstanceId)?.checks.changed(this.#kernel.clock.now(), reachable);
  }
}
