// Follows the ECS agent of every container instance: up and down with its host, and now and then
// away for a moment.

import type { Timer } from '../kernel/clock.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Signals } from '../kernel/signals.ts';
import type { ContainerInstances } from './container-instances.ts';
import type { Ledger } from './ledger.ts';
import type { ContainerInstance } from './model.ts';
import type { TaskLifecycle } from './task-lifecycle.ts';

export interface AgentFlaps {
  /** Mean number of disconnections per hour and agent; 0 for none. */
  readonly perHour: number;
  readonly minSeconds: number;
  readonly maxSeconds: number;
}

/**
 * "It is normal for the agent to disconnect and reconnect several times per hour" (ECS Developer
 * Guide, "Amazon ECS container instance state change events"); three, and for how long, are
 * guesses.
 */
export const USUAL_AGENT_FLAPS: AgentFlaps = { perHour: 3, minSeconds: 1, maxSeconds: 20 };

/**
 * "The container instance turned INACTIVE about 30 seconds after" (field report of a terminated
 * connected instance).
 */
const DEREGISTRATION_SECONDS = [20, 45] as const;

interface AgentState {
  /** The agent's process runs and could talk. */
  up: boolean;
  flap: Timer | undefined;
  /** It was connected when its host was terminated. */
  upUntilTermination: boolean;
}

interface AgentVersions {
  readonly agentVersion: string;
  readonly dockerVersion: string;
}

const stateWith = (up: boolean): AgentState => ({ up, flap: undefined, upUntilTermination: false });

interface AgentsParts {
  readonly kernel: Kernel;
  readonly ledger: Ledger;
  readonly instances: ContainerInstances;
  readonly lifecycle: TaskLifecycle;
  readonly flaps: AgentFlaps;
}

export class Agents {
  readonly #parts: AgentsParts;
  readonly #states = new Map<ContainerInstance, AgentState>();
  readonly #heard = new Map<string, AgentVersions>();

  constructor(parts: AgentsParts) {
    this.#parts = parts;
    const { signals } = parts.kernel;
    signals.on('host-down', ({ ec2InstanceId, why }) => this.#hostDown(ec2InstanceId, why));
    signals.on('ecs-agent-down', ({ ec2InstanceId }) => this.#down(ec2InstanceId));
    signals.on('ecs-agent-up', (signal) => this.#up(signal));
    signals.on('instance-terminated', ({ ec2InstanceId }) => this.#terminated(ec2InstanceId));
  }

  /** Takes note of a newly registered instance. */
  follow(instance: ContainerInstance): void {
    const state = stateWith(instance.agentConnected);
    this.#states.set(instance, state);
    if (state.up) this.#planFlap(instance, state);
  }

  /** What the agent of an instance last said about itself. */
  heardOf(ec2InstanceId: string): AgentVersions | undefined {
    return this.#heard.get(ec2InstanceId);
  }

  #up(signal: Signals['ecs-agent-up']): void {
    const { ledger, instances, kernel } = this.#parts;
    const { ec2InstanceId, agentVersion, dockerVersion } = signal;
    this.#heard.set(ec2InstanceId, { agentVersion, dockerVersion });
    const instance = ledger.instanceOn(ec2InstanceId);
    if (!instance) {
      // Auto Scaling will register it; or it was deregistered, and the agent ends with "… is
      // inactive".
      kernel.log.append('ecs', 'agent-without-registration', ec2InstanceId);
      return;
    }
    if (signal.newRegistration) {
      this.#registerAnew(instance, { agentVersion, dockerVersion });
      return;
    }
    const state = this.#stateOf(instance);
    state.up = true;
    instances.setVersions(instance, agentVersion, dockerVersion);
    instances.setAgentConnected(instance, true);
    state.flap?.cancel();
    this.#planFlap(instance, state);
  }

  /**
   * An agent that lost its checkpoint becomes another container instance; the old one stays,
   * disconnected.
   */
  #registerAnew(old: ContainerInstance, versions: AgentVersions): void {
    const { cluster, ec2InstanceId, availabilityZone, capacityProviderName, tags } = old;
    const { builtInAttributes, registered } = old;
    const fresh = this.#parts.instances.register({
      ...{ cluster, ec2InstanceId, availabilityZone, capacityProviderName, tags },
      ...versions,
      builtInAttributes,
      customAttributes: new Map(),
      resources: registered,
      agentConnected: true,
    });
    this.follow(fresh);
  }

  #down(ec2InstanceId: string): ContainerInstance | undefined {
    const instance = this.#parts.ledger.instanceOn(ec2InstanceId);
    if (!instance) return undefined;
    const state = this.#stateOf(instance);
    state.up = false;
    state.flap?.cancel();
    this.#parts.instances.setAgentConnected(instance, false);
    return instance;
  }

  #hostDown(ec2InstanceId: string, why: Signals['host-down']['why']): void {
    const known = this.#parts.ledger.instanceOn(ec2InstanceId);
    const wasUp = known !== undefined && this.#stateOf(known).up;
    const instance = this.#down(ec2InstanceId);
    if (!instance) return;
    if (why === 'terminate') this.#stateOf(instance).upUntilTermination ||= wasUp;
    this.#parts.lifecycle.hostDown(instance);
  }

  /**
   * "If you terminate a running container instance with a connected agent, the agent automatically
   * deregisters it. Instances with disconnected agents are not automatically deregistered when
   * terminated" (ECS Developer Guide, "Deregistering an Amazon EC2 backed container instance"). The
   * tasks end either way: ECS sees the end of the host.
   */
  #terminated(ec2InstanceId: string): void {
    const { kernel, ledger, instances, lifecycle } = this.#parts;
    const instance = ledger.instanceOn(ec2InstanceId);
    if (!instance) return;
    this.#hostDown(ec2InstanceId, 'terminate');
    const { upUntilTermination } = this.#stateOf(instance);
    const why = {
      code: 'TerminationNotice',
      reason: `Host EC2 (instance ${ec2InstanceId}) terminated.`,
    } as const;
    const [low, high] = DEREGISTRATION_SECONDS;
    const seconds = kernel.random.stream('ecs.deregistration').between(low, high);
    kernel.clock.after(Math.round(seconds * 1000), () => {
      if (upUntilTermination) instances.deregister(instance, why);
      else for (const task of [...instance.tasks]) lifecycle.abandon(task, why);
    });
  }

  #planFlap(instance: ContainerInstance, state: AgentState): void {
    const { kernel, instances, flaps } = this.#parts;
    if (flaps.perHour <= 0) return;
    const random = kernel.random.stream(`ecs.agent-flap/${instance.ec2InstanceId}`);
    const waitSeconds = (-Math.log(1 - random.next()) * 3600) / flaps.perHour;
    const awaySeconds = random.between(flaps.minSeconds, flaps.maxSeconds);
    state.flap = kernel.clock.after(Math.round(waitSeconds * 1000), () => {
      if (instance.status === 'INACTIVE') return;
      instances.setAgentConnected(instance, false);
      state.flap = kernel.clock.after(Math.round(awaySeconds * 1000), () => {
        instances.setAgentConnected(instance, true);
        this.#planFlap(instance, state);
      });
    });
  }

  #stateOf(instance: ContainerInstance): AgentState {
    const known = this.#states.get(instance);
    if (known) return known;
    const state = stateWith(instance.agentConnected);
    this.#states.set(instance, state);
    return state;
  }
}
