// The seam between ECS, which registers its tasks, and Elastic Load Balancing, which judges them.

export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unused';

/** One target: an EC2 instance id (or IP address) and a port. */
export interface Target {
  readonly id: string;
  readonly port: number;
}

export interface TargetGroups {
  register(targetGroupArn: string, target: Target): void;
  /** Takes over a target that has been registered and healthy since before the run: no `initial`, no checks. */
  adopt?(targetGroupArn: string, target: Target): void;
  /** Starts deregistration: `draining`, then `unused` after the group's deregistration delay. */
  deregister(targetGroupArn: string, target: Target): void;
  /** `unused` for a target that is not registered. */
  state(targetGroupArn: string, target: Target): TargetState;
  /** Seconds between the start of deregistration and `unused` (ELB default 300). */
  deregistrationDelaySeconds(targetGroupArn: string): number;
  onChange(listener: (targetGroupArn: string, target: Target, state: TargetState) => void): void;
}
