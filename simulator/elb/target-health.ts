// Judges one target by health checks: initial, healthy, unhealthy, draining, unused.
//
// Sources: Elastic Load Balancing user guides, "Health checks for your target groups" ("after your
// target is registered, it must pass one health check to be considered healthy", Application Load
// Balancers) and "Deregistration delay" (a target stays `draining` until the delay is over, even
// with no request left).

import type { Timer } from '../kernel/clock.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Target, TargetState } from '../kernel/target-groups.ts';

/** The settings of a target group that decide how its targets fare. */
export interface HealthCheckSettings {
  readonly protocol: string;
  readonly intervalSeconds: number;
  readonly healthyThresholdCount: number;
  readonly unhealthyThresholdCount: number;
  readonly deregistrationDelaySeconds: number;
}

/** Protocols of Application Load Balancers; the others belong to Network Load Balancers. */
const APPLICATION_PROTOCOLS = new Set(['HTTP', 'HTTPS']);

export class TargetHealth {
  readonly target: Target;
  state: TargetState = 'initial';
  readonly #kernel: Kernel;
  readonly #settings: HealthCheckSettings;
  readonly #onChange: (health: TargetHealth) => void;
  #reachable: boolean;
  #timer: Timer | undefined;

  /** @param reachable Whether checks of a target pass now. */
  constructor(
    kernel: Kernel,
    settings: HealthCheckSettings,
    options: {
      readonly target: Target;
      readonly reachable: boolean;
      readonly onChange: (health: TargetHealth) => void;
    },
  ) {
    this.#kernel = kernel;
    this.#settings = settings;
    this.target = options.target;
    this.#reachable = options.reachable;
    this.#onChange = options.onChange;
    this.#await();
  }

  /** The machine behind the target went away or came back. */
  reach(reachable: boolean): void {
    if (this.#reachable === reachable || this.state === 'draining') return;
    this.#reachable = reachable;
    this.#await();
  }

  drain(): void {
    if (this.state === 'draining' || this.state === 'unused') return;
    const seconds = this.#settings.deregistrationDelaySeconds;
    this.#become('draining');
    this.#later(seconds, 'unused');
  }

  /** Takes a target that served before the run began. */
  settle(): void {
    this.#timer?.cancel();
    this.state = 'healthy';
  }

  /** Checks in a row that settle the next change; a change back begins the count anew. */
  #checksNeeded(): number {
    const { protocol, healthyThresholdCount, unhealthyThresholdCount } = this.#settings;
    if (!this.#reachable) return unhealthyThresholdCount;
    const needsOne = this.state === 'initial' && APPLICATION_PROTOCOLS.has(protocol);
    return needsOne ? 1 : healthyThresholdCount;
  }

  /**
   * Plans the one check after which the state changes, unless the target's reachability changes
   * first.
   */
  #await(): void {
    this.#timer?.cancel();
    const next: TargetState = this.#reachable ? 'healthy' : 'unhealthy';
    if (this.state === next) return;
    const { intervalSeconds } = this.#settings;
    // The load balancer's own rhythm decides when the first check falls.
    const first = this.#kernel.random.stream('elb.health-check').between(0, intervalSeconds);
    this.#later(first + (this.#checksNeeded() - 1) * intervalSeconds, next);
  }

  #later(seconds: number, state: TargetState): void {
    this.#timer?.cancel();
    this.#timer = this.#kernel.clock.after(seconds * 1000, () => this.#become(state));
  }

  #become(state: TargetState): void {
    this.#timer?.cancel();
    this.state = state;
    this.#onChange(this);
  }
}
