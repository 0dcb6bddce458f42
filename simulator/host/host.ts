// One machine's operating system: its boots, its agents, and the scripts that run on it.

import type { FleetHost } from '../fleet-file/schema.ts';
import type { VirtualClock } from '../kernel/clock.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { RandomStream } from '../kernel/random.ts';
import type { Signals } from '../kernel/signals.ts';
import type { CommandResult } from './apiclient-output.ts';
import { bootOutcome } from './boot-outcome.ts';
import { BootTimings, HARD_RESET_SECONDS, PANIC_DELAY_SECONDS } from './boot-timings.ts';
import { Bottlerocket } from './bottlerocket.ts';
import type { ComputeTurns } from './compute-turns.ts';
import { EcsAgent } from './ecs-agent.ts';
import { hostFiles } from './host-files.ts';
import { HostScripts, type RunningProcess, type StartedScript } from './host-scripts.ts';
import type { ScriptResult } from './script-run.ts';
import type { UpdateRepository } from './update-repository.ts';
import { UP_BEFORE_SECONDS, Uptime } from './uptime.ts';

export type HostState = 'running' | 'booting' | 'hung' | 'terminated';

/** Who asks for a reboot: the Bottlerocket API, the host itself, or the EC2 API. */
export type RebootReason = 'api' | 'host' | 'ec2';

export type TerminateReason = Signals['instance-terminated']['why'];

/** Fault `reboot-late` unless said. */
const REBOOT_LATE_SECONDS = 600;

export class Host {
  readonly ec2InstanceId: string;
  readonly availabilityZone: string;
  readonly instanceType: string;
  readonly autoScalingGroupName: string | undefined;
  tags: readonly { readonly key: string; readonly value: string }[];
  /** False: no SSM agent of this machine is registered, ever. */
  readonly ssmRegistered: boolean;
  /** Undefined when the machine does not run Bottlerocket. */
  readonly bottlerocket: Bottlerocket | undefined;
  readonly #kernel: Kernel;
  readonly #repository: UpdateRepository;
  readonly #random: RandomStream;
  readonly #timings: BootTimings;
  readonly #ecsAgent: EcsAgent;
  readonly #scripts: HostScripts;
  /** What is under way between two boots; a hard reset or the end of the machine cancels it. */
  #power: Uptime;
  #state: HostState = 'running';
  #bootId: string;
  #uptime: Uptime;
  #ssmAgentUp: boolean;
  #rebooting = false;
  #reconciled = false;

  constructor(kernel: Kernel, repository: UpdateRepository, turns: ComputeTurns, facts: FleetHost) {
    this.#kernel = kernel;
    this.#repository = repository;
    this.ec2InstanceId = facts.ec2InstanceId;
    this.availabilityZone = facts.availabilityZone;
    this.instanceType = facts.instanceType;
    this.autoScalingGroupName = facts.autoScalingGroupName;
    this.tags = (facts.tags ?? []).map(({ key, value }) => ({ key, value: value ?? '' }));
    this.ssmRegistered = facts.ssmRegistered;
    this.#random = kernel.random.stream(`host.boot/${facts.ec2InstanceId}`);
    this.#timings = new BootTimings(facts.timings, this.#random);
    this.#ecsAgent = new EcsAgent(kernel, facts.ec2InstanceId);
    this.#scripts = new HostScripts(kernel.clock, turns, {
      running: () => this.#state === 'running',
      files: () => this.files(),
      commands: () => this.commands(),
    });
    this.#bootId = this.#random.uuid();
    this.#uptime = new Uptime(kernel.clock, UP_BEFORE_SECONDS);
    this.#power = new Uptime(kernel.clock);
    this.#ssmAgentUp = facts.ssmRegistered && facts.ssmPingStatus === 'Online';
    if (facts.bottlerocket) {
      const { ec2InstanceId } = this;
      const context = { kernel, repository, ec2InstanceId, timings: this.#timings };
      const reboot = () => this.#rebootByApi();
      this.bottlerocket = new Bottlerocket({ ...context, reboot }, facts.bottlerocket);
      this.bottlerocket.boot(this.#uptime);
    }
  }

  get state(): HostState {
    return this.#state;
  }

  get clock(): VirtualClock {
    return this.#kernel.clock;
  }

  get bootId(): string {
    return this.#bootId;
  }

  get version(): string | undefined {
    return this.bottlerocket?.version;
  }

  get variant(): string | undefined {
    return this.bottlerocket?.variant;
  }

  get arch(): 'x86_64' | 'aarch64' | undefined {
    return this.bottlerocket?.arch;
  }

  get ssmAgentUp(): boolean {
    return this.#ssmAgentUp;
  }

  get ecsAgentUp(): boolean {
    return this.#ecsAgent.up;
  }

  reboot(why: RebootReason): void {
    if (this.#state === 'terminated') return;
    this.#log('reboot-requested', { why });
    if (why === 'ec2') this.#rebootByEc2();
    else if (this.#state === 'running') this.#shutDown();
  }

  terminate(why: TerminateReason): void {
    if (this.#state === 'terminated') return;
    this.#cancelPower();
    this.#stopAgents();
    this.#state = 'terminated';
    this.#goDown('terminate');
    this.#kernel.signals.emit('instance-terminated', { ec2InstanceId: this.ec2InstanceId, why });
  }

  /** The first boot of a machine that Auto Scaling (or somebody) just launched. */
  launch(): void {
    this.#uptime.end();
    this.#ssmAgentUp = false;
    this.#ecsAgent.stop();
    this.#state = 'booting';
    this.#log('host-launched');
    this.#power.after(this.#timings.draw('reboot'), () => this.#powerOn());
  }

  /** Runs a shell script as the SSM agent does; it ends early when the host goes down. */
  runScript(
    script: string,
    env: Readonly<Record<string, string>> = {},
    options: { readonly timeoutSeconds?: number } = {},
  ): Promise<ScriptResult> {
    return this.#scripts.run(script, env, options.timeoutSeconds);
  }

  startScript(script: string, env: Readonly<Record<string, string>> = {}): StartedScript {
    return this.#scripts.start(script, env);
  }

  /** Processes outside the interpreter that end when the host's containers stop. */
  adopt(process: RunningProcess): void {
    this.#scripts.adopt(process);
  }

  /** Files of the machine that scripts read. */
  files(): Readonly<Record<string, string>> {
    return hostFiles(this.#bootId, this.#uptime.seconds, this.bottlerocket);
  }

  /** Commands of the machine beyond those of its shell; they take virtual time. */
  commands(): Readonly<Record<string, (args: readonly string[]) => Promise<CommandResult>>> {
    const { bottlerocket } = this;
    return bottlerocket ? { apiclient: (args) => bottlerocket.apiclient(args) } : {};
  }

  /** Faults `reboot-never-happens` and `reboot-late`: systemd accepted, and that is all for now. */
  #rebootByApi(): undefined {
    this.#log('reboot-requested', { why: 'api' });
    const { faults } = this.#kernel;
    if (faults.strikes('reboot-never-happens', this.ec2InstanceId)) return;
    const late = faults.strikes('reboot-late', this.ec2InstanceId);
    if (!late) return this.#shutDown();
    const seconds = Number(late.parameters?.seconds ?? REBOOT_LATE_SECONDS);
    this.#uptime.after(seconds, () => this.#shutDown());
  }

  #rebootByEc2(): void {
    if (this.#state === 'running') {
      this.#shutDown();
      return;
    }
    // Nothing listens to the power button: EC2 waits, then resets.
    const bootId = this.#bootId;
    this.#power.after(HARD_RESET_SECONDS, () => {
      if (this.#state === 'running' || this.#bootId !== bootId) return;
      this.#cancelPower();
      this.#state = 'booting';
      this.#power.after(this.#timings.draw('reboot'), () => this.#powerOn());
    });
  }

  #shutDown(): undefined {
    if (this.#rebooting) return;
    this.#rebooting = true;
    const { agentStop, down, up } = this.#timings.drawReboot();
    this.#power.after(agentStop, () => this.#stopAgents());
    this.#power.after(down, () => {
      this.#state = 'booting';
      this.#goDown('reboot');
      this.#power.after(up - down, () => this.#powerOn());
    });
  }

  /** Host containers stop before the kernel does, and every script with them. */
  #stopAgents(): void {
    this.#scripts.killAll();
    if (!this.#ssmAgentUp) return;
    this.#ssmAgentUp = false;
    this.#log('ssm-agent-down');
    this.#kernel.signals.emit('ssm-agent-down', { ec2InstanceId: this.ec2InstanceId });
  }

  #goDown(why: Signals['host-down']['why']): void {
    this.#ecsAgent.stop();
    this.#uptime.end();
    this.#log('host-down', { why });
    this.#kernel.signals.emit('host-down', { ec2InstanceId: this.ec2InstanceId, why });
  }

  /** Firmware and GRUB are behind us: how far does the image get? */
  #powerOn(): void {
    this.#rebooting = false;
    const { bottlerocket } = this;
    if (!bottlerocket) {
      this.#comeUp(false);
      return;
    }
    const set = bottlerocket.disk.selectForBoot();
    if (!set?.version) {
      this.#hang('no bootable partition set');
      return;
    }
    const release = this.#repository.find(bottlerocket.variant, bottlerocket.arch, set.version);
    const { faults } = this.#kernel;
    const outcome = bootOutcome(set, release, faults, this.ec2InstanceId);
    if (outcome === 'panics') {
      this.#log('kernel-panic', { version: set.version });
      const seconds = PANIC_DELAY_SECONDS + this.#timings.draw('reboot');
      this.#power.after(seconds, () => this.#powerOn());
      return;
    }
    if (outcome !== 'hangs-unmarked') bottlerocket.disk.markSuccessfulBoot();
    if (outcome !== 'up') {
      this.#hang(outcome);
      return;
    }
    if (!this.#reconciled && faults.strikes('reboot-to-reconcile', this.ec2InstanceId)) {
      // settings.boot.reboot-to-reconcile: once more before the agents start, this boot id unseen.
      this.#log('reboot-to-reconcile');
      this.#reconciled = true;
      this.#power.after(this.#timings.draw('reboot'), () => this.#powerOn());
      return;
    }
    this.#reconciled = false;
    this.#comeUp(release?.behaviour === 'ecs-agent-fails');
  }

  #hang(where: string): void {
    this.#state = 'hung';
    this.#log('host-hung', { where });
  }

  #comeUp(ecsAgentFails: boolean): void {
    const { ec2InstanceId } = this;
    this.#state = 'running';
    this.#bootId = this.#random.uuid();
    this.#uptime = new Uptime(this.#kernel.clock);
    this.bottlerocket?.reboot(this.#uptime);
    const version = this.version ?? '';
    this.#log('host-up', { bootId: this.#bootId, version });
    this.#kernel.signals.emit('host-up', { ec2InstanceId, bootId: this.#bootId, version });
    if (this.ssmRegistered) {
      this.#uptime.after(this.#timings.draw('ssmAgentStart'), () => {
        this.#ssmAgentUp = true;
        this.#log('ssm-agent-up');
        this.#kernel.signals.emit('ssm-agent-up', { ec2InstanceId });
      });
    }
    const { variant, arch } = this;
    const release = variant && arch ? this.#repository.find(variant, arch, version) : undefined;
    const connectSeconds = this.#timings.draw('ecsAgentConnect');
    this.#ecsAgent.start(this.#uptime, connectSeconds, release?.ecsAgentVersion, ecsAgentFails);
  }

  #cancelPower(): void {
    this.#power.end();
    this.#power = new Uptime(this.#kernel.clock);
    this.#rebooting = false;
  }

  #log(name: string, detail: Readonly<Record<string, unknown>> = {}): void {
    this.#kernel.log.append('host', name, this.ec2InstanceId, detail);
  }
}
