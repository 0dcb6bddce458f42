// What happens to machines, told to every service that models a side of them.

/** Signals about one EC2 instance. Each is told in the order the listeners subscribed, at one instant. */
export interface Signals {
  /** The operating system went away: a reboot, a crash, or the end of the instance. Every process on it is gone. */
  'host-down': { ec2InstanceId: string; why: 'reboot' | 'crash' | 'terminate' };
  /** The SSM agent runs on, but does not reach the service. */
  'ssm-connection-lost': { ec2InstanceId: string };
  'ssm-connection-back': { ec2InstanceId: string };
  /** The operating system runs again (a new boot id), agents not yet. */
  'host-up': { ec2InstanceId: string; bootId: string; version: string };
  'ssm-agent-up': { ec2InstanceId: string };
  'ssm-agent-down': { ec2InstanceId: string };
  'ecs-agent-up': {
    ec2InstanceId: string;
    agentVersion: string;
    dockerVersion: string;
    /** The agent lost its checkpoint and registers as a new container instance. */
    newRegistration?: boolean;
  };
  /** The ECS agent lost its connection; its containers keep running. */
  'ecs-agent-down': { ec2InstanceId: string };
  /** A new machine exists and will boot (Auto Scaling launched it). */
  'instance-launched': { ec2InstanceId: string; autoScalingGroupName?: string };
  /** The machine is gone for ever. */
  'instance-terminated': {
    ec2InstanceId: string;
    why: 'scale-in' | 'spot' | 'unhealthy' | 'request';
  };
  /** What a service placed on the machine changed (for Auto Scaling's managed protection and the like). */
  'tasks-changed': { ec2InstanceId: string; nonDaemonTasks: number };
}

type Listener<K extends keyof Signals> = (signal: Signals[K]) => void;

export class SignalHub {
  readonly #listeners = new Map<keyof Signals, ((signal: never) => void)[]>();

  on<K extends keyof Signals>(name: K, listener: Listener<K>): void {
    const listeners = this.#listeners.get(name) ?? [];
    listeners.push(listener as (signal: never) => void);
    this.#listeners.set(name, listeners);
  }

  emit<K extends keyof Signals>(name: K, signal: Signals[K]): void {
    for (const listener of this.#listeners.get(name) ?? []) (listener as Listener<K>)(signal);
  }
}
