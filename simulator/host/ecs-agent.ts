// The ECS agent of one host: when it connects, whether it stays connected, and whether it gives up
// for good.

import type { Kernel } from '../kernel/kernel.ts';
import type { Uptime } from './uptime.ts';

/** What a release that the repository does not list ships. */
const AGENT_VERSION = '1.98.0';

const DOCKER_VERSION = '25.0.13';

/**
 * RegisterContainerInstance was refused: `RestartPreventExitStatus=5` keeps the unit down
 * (packages/ecs-agent/ecs.service).
 */
const TERMINAL_EXIT_CODE = 5;

const FLAP = { upSeconds: 40, downSeconds: 20, times: 15 };

export class EcsAgent {
  readonly #kernel: Kernel;
  readonly #ec2InstanceId: string;
  /** A machine of the fleet file starts with its agent as the file says; ECS knows. */
  #up = true;

  constructor(kernel: Kernel, ec2InstanceId: string) {
    this.#kernel = kernel;
    this.#ec2InstanceId = ec2InstanceId;
  }

  get up(): boolean {
    return this.#up;
  }

  /** The machine went down under it: ECS learns that from the host's own signal. */
  stop(): void {
    this.#up = false;
  }

  start(uptime: Uptime, seconds: number, agentVersion = AGENT_VERSION, fails = false): void {
    const { faults } = this.#kernel;
    if (fails || faults.strikes('ecs-agent-fails', this.#ec2InstanceId)) {
      uptime.after(seconds, () => this.#log('ecs-agent-exited', { exitCode: TERMINAL_EXIT_CODE }));
      return;
    }
    const fresh = faults.strikes('reregisters-as-new-container-instance', this.#ec2InstanceId);
    const flaps = faults.strikes('ecs-agent-flaps', this.#ec2InstanceId);
    uptime.after(seconds, () => {
      this.#connect(agentVersion, fresh !== undefined);
      if (flaps) this.#flap(uptime, agentVersion, { ...FLAP, ...flaps.parameters });
    });
  }

  #connect(agentVersion: string, newRegistration: boolean): void {
    this.#up = true;
    this.#log('ecs-agent-up', { agentVersion, newRegistration });
    this.#kernel.signals.emit('ecs-agent-up', {
      ec2InstanceId: this.#ec2InstanceId,
      agentVersion,
      dockerVersion: DOCKER_VERSION,
      ...(newRegistration ? { newRegistration } : {}),
    });
  }

  #flap(uptime: Uptime, agentVersion: string, flap: Readonly<Record<string, unknown>>): void {
    const times = Number(flap.times);
    if (times < 1) return;
    uptime.after(Number(flap.upSeconds), () => {
      this.#up = false;
      this.#log('ecs-agent-down', {});
      this.#kernel.signals.emit('ecs-agent-down', { ec2InstanceId: this.#ec2InstanceId });
      uptime.after(Number(flap.downSeconds), () => {
        this.#connect(agentVersion, false);
        this.#flap(uptime, agentVersion, { ...flap, times: times - 1 });
      });
    });
  }

  #log(name: string, detail: Readonly<Record<string, unknown>>): void {
    this.#kernel.log.append('host', name, this.#ec2InstanceId, detail);
  }
}
