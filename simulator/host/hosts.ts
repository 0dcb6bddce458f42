// Every machine of the region, by EC2 instance id.

import type { FleetHost } from '../fleet-file/schema.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { ComputeTurns } from './compute-turns.ts';
import { Host } from './host.ts';
import type { UpdateRepository } from './update-repository.ts';

export class Hosts {
  readonly #kernel: Kernel;
  readonly #repository: UpdateRepository;
  readonly #turns: ComputeTurns;
  readonly #hosts = new Map<string, Host>();

  constructor(kernel: Kernel, repository: UpdateRepository) {
    this.#kernel = kernel;
    this.#repository = repository;
    this.#turns = new ComputeTurns(kernel.clock);
    kernel.signals.on('instance-launched', ({ ec2InstanceId }) =>
      this.get(ec2InstanceId)?.launch(),
    );
  }

  /** Adds a running machine; for one that is only being launched, emit `instance-launched` next. */
  add(facts: FleetHost): Host {
    if (this.#hosts.has(facts.ec2InstanceId)) {
      throw new Error(`Cannot add host "${facts.ec2InstanceId}": it exists already`);
    }
    const host = new Host(this.#kernel, this.#repository, this.#turns, facts);
    this.#hosts.set(host.ec2InstanceId, host);
    return host;
  }

  get(ec2InstanceId: string): Host | undefined {
    return this.#hosts.get(ec2InstanceId);
  }

  /** In the order in which they were added. */
  all(): readonly Host[] {
    return [...this.#hosts.values()];
  }
}
