// The Bottlerocket side of one host: disk and settings that outlive a boot, and what every boot
// builds anew.

import type { FleetHost } from '../fleet-file/schema.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { AdminContainer } from './admin-container.ts';
import { ApiServer, buildId } from './api-server.ts';
import { type ApiclientHost, runApiclient } from './apiclient.ts';
import type { CommandResult } from './apiclient-output.ts';
import type { BootTimings } from './boot-timings.ts';
import { PartitionTable } from './partition-table.ts';
import { bootPosture, kernelCommandLine, type Posture, shippedPosture } from './posture.ts';
import { MAX_SEED } from './repository-waves.ts';
import { Settings } from './settings.ts';
import { TharBeUpdates } from './thar-be-updates.ts';
import type { UpdateRepository } from './update-repository.ts';
import { Updog } from './updog.ts';
import type { Uptime } from './uptime.ts';

type BottlerocketFacts = NonNullable<FleetHost['bottlerocket']>;

export interface BottlerocketContext {
  readonly kernel: Kernel;
  readonly repository: UpdateRepository;
  readonly ec2InstanceId: string;
  readonly timings: BootTimings;
  /** Asks for a reboot; answers systemd's error text when it refuses. */
  reboot(): string | undefined;
}

/** Fault `apiclient-locked` holds the lock so long unless said. */
const FOREIGN_LOCK_SECONDS = 30;

export class Bottlerocket {
  readonly variant: string;
  readonly arch: 'x86_64' | 'aarch64';
  readonly disk: PartitionTable;
  readonly settings: Settings;
  readonly #context: BottlerocketContext;
  #adminImagePulled: boolean;
  #boot: { apiclient: ApiclientHost; updates: TharBeUpdates; admin: AdminContainer } | undefined;

  constructor(context: BottlerocketContext, facts: BottlerocketFacts) {
    const { kernel, ec2InstanceId } = context;
    this.#context = context;
    this.variant = facts.variant;
    this.arch = facts.arch;
    this.disk = new PartitionTable(facts.version, facts.otherPartitionVersion);
    this.#adminImagePulled = facts.settings.adminContainerEnabled;
    this.settings = new Settings({
      variant: facts.variant,
      arch: facts.arch,
      // Drawn once, at first boot (`bork seed`).
      seed:
        facts.seed ?? kernel.random.stream(`host.seed/${ec2InstanceId}`).integer(0, MAX_SEED - 1),
      region: kernel.region,
      ...facts.settings,
    });
    this.settings.onChange((key, value) => {
      this.#log('setting-changed', { key, value });
      if (key === 'host-containers.admin.enabled') this.#boot?.admin.setEnabled(value === true);
    });
  }

  /** Version of the running image. */
  get version(): string {
    return this.disk.activeSet.version ?? '0.0.0';
  }

  /** Undefined before the first update command of this boot. */
  get updates(): TharBeUpdates | undefined {
    return this.#boot?.updates;
  }

  /** A boot in the middle of the run, which may come out weaker than Bottlerocket ships. */
  reboot(uptime: Uptime): void {
    const { kernel, ec2InstanceId } = this.#context;
    this.boot(uptime, bootPosture(kernel.faults, ec2InstanceId, this.settings.lockdown));
  }

  /** Builds what lives in memory and on tmpfs. */
  boot(uptime: Uptime, posture: Posture = shippedPosture(this.settings.lockdown)): void {
    const { kernel, ec2InstanceId, repository, timings } = this.#context;
    const random = kernel.random.stream(`host.update/${ec2InstanceId}`);
    const image = { arch: this.arch, version: this.version, variant: this.variant };
    const { disk, settings } = this;
    const log = (name: string, detail: Readonly<Record<string, unknown>> = {}) =>
      this.#log(name, detail);
    const updog = new Updog({
      ec2InstanceId,
      ...image,
      disk,
      settings,
      repository,
      faults: kernel.faults,
      random,
      prepareSeconds: timings.of('prepare'),
    });
    const updates = new TharBeUpdates(
      {
        clock: kernel.clock,
        image,
        activeBootsNext: () => disk.next() === disk.active,
        versionLock: () => settings.versionLock,
        log,
      },
      updog,
      uptime,
    );
    const admin = this.#adminContainer(uptime);
    const reboot = () => this.#context.reboot();
    const server = new ApiServer({ os: image, settings, updates, uptime, random, reboot });
    const letOthersActFirst = () => this.#letOthersActFirst(updates);
    const { clock } = kernel;
    const apiclient = { clock, uptime, server, admin, posture, random, letOthersActFirst };
    this.#boot = { apiclient, updates, admin };
    if (settings.adminContainerEnabled) admin.setEnabled(true);
  }

  apiclient(args: readonly string[]): Promise<CommandResult> {
    if (!this.#boot) throw new Error(`${this.#context.ec2InstanceId} is not booted`);
    return runApiclient(this.#boot.apiclient, args);
  }

  /** The host's os-release, which the control container sees as /etc/bottlerocket-release. */
  releaseFile(): string {
    const { version, variant } = this;
    return [
      'NAME=Bottlerocket',
      'ID=bottlerocket',
      `VERSION="${version} (${variant})"`,
      `PRETTY_NAME="Bottlerocket OS ${version} (${variant})"`,
      `VARIANT_ID=${variant}`,
      `VERSION_ID=${version}`,
      `BUILD_ID=${buildId(version)}`,
      'HOME_URL="https://github.com/bottlerocket-os/bottlerocket"',
      '',
    ].join('\n');
  }

  /** `/proc/cmdline`, the kernel's own in every container. */
  commandLine(): string {
    return kernelCommandLine(this.#boot?.apiclient.posture ?? shippedPosture('none'));
  }

  #adminContainer(uptime: Uptime): AdminContainer {
    const { kernel, ec2InstanceId } = this.#context;
    return new AdminContainer({
      disk: this.disk,
      uptime,
      random: kernel.random.stream(`host.admin/${ec2InstanceId}`),
      imagePulled: this.#adminImagePulled,
      // A boot that ends before its journal is flushed leaves nothing.
      previousBootJournal: () => '-- No entries --\n',
      onPulled: () => {
        this.#adminImagePulled = true;
      },
      log: (name, detail = {}) => this.#log(name, detail),
    });
  }

  /** Faults `apiclient-locked` and `already-ready-by-someone`. */
  #letOthersActFirst(updates: TharBeUpdates): void {
    const { kernel, ec2InstanceId } = this.#context;
    const lock = kernel.faults.strikes('apiclient-locked', ec2InstanceId);
    if (lock) updates.holdLock(Number(lock.parameters?.seconds ?? FOREIGN_LOCK_SECONDS));
    const ready = kernel.faults.strikes('already-ready-by-someone', ec2InstanceId);
    if (ready) {
      updates.prepareForSomeoneElse(ready.parameters?.state === 'Staged' ? 'Staged' : 'Ready');
    }
  }

  #log(name: string, detail: Readonly<Record<string, unknown>>): void {
    this.#context.kernel.log.append('host', name, this.#context.ec2InstanceId, detail);
  }
}
