// How long a host needs for each part of a reboot, drawn from its stream.

import type { FleetHost } from '../fleet-file/schema.ts';
import type { RandomStream } from '../kernel/random.ts';

interface Duration {
  readonly median: number;
  readonly p99: number;
}

/**
 * No per-step measurements are published. Known: userspace and kernel boot in 9 s
 * (bottlerocket#4163), shutdown used to take 90 s (bottlerocket#858), the incumbent updater still
 * met silent agents 35 s after its reboot command (bottlerocket-ecs-updater#54). Together the
 * defaults give 55 s at the median and 120 s at the 99th percentile from command to SSM answer.
 */
const DEFAULTS = {
  /** Command until the new kernel runs: shutdown, firmware, GRUB, boot. */
  reboot: { median: 45, p99: 95 },
  /** New kernel until the SSM agent answers. */
  ssmAgentStart: { median: 10, p99: 30 },
  /** New kernel until the ECS agent is connected. */
  ecsAgentConnect: { median: 14, p99: 40 },
  /** Download and write: bounds are the client's cap of 600 s and the official document's 120 s. */
  prepare: { median: 50, p99: 240 },
} as const;

/** Services stop, the SSM agent's container among them, before the kernel goes down. */
const AGENT_STOP_SECONDS = { low: 0.1, high: 1.5 };

/** Share of a reboot that is the shutdown. */
const SHUTDOWN_SHARE = { low: 0.05, high: 0.25 };

/** `kernel.panic=10` (packages/release/release-sysctl.conf). */
export const PANIC_DELAY_SECONDS = 10;

/**
 * EC2 resets an instance that does not shut down cleanly within some minutes (EC2 user guide,
 * "Reboot your instance").
 */
export const HARD_RESET_SECONDS = 240;

export type DurationName = keyof typeof DEFAULTS;

export class BootTimings {
  readonly #timings: FleetHost['timings'];
  readonly #random: RandomStream;

  constructor(timings: FleetHost['timings'], random: RandomStream) {
    this.#timings = timings;
    this.#random = random;
  }

  of(name: DurationName): Duration {
    const said = this.#timings[name];
    return said ? { median: said.medianSeconds, p99: said.p99Seconds } : DEFAULTS[name];
  }

  draw(name: DurationName): number {
    const { median, p99 } = this.of(name);
    return this.#random.lognormal(median, Math.max(p99, median));
  }

  /** Seconds from the accepted command to each step of one reboot. */
  drawReboot(): { readonly agentStop: number; readonly down: number; readonly up: number } {
    const up = this.draw('reboot');
    const agentStop = this.#random.between(AGENT_STOP_SECONDS.low, AGENT_STOP_SECONDS.high);
    const share = this.#random.between(SHUTDOWN_SHARE.low, SHUTDOWN_SHARE.high);
    const down = Math.max(agentStop + 0.1, up * share);
    return { agentStop, down, up: Math.max(up, down + 1) };
  }
}
