// The admin host container: off by default, pulled and started when a setting asks for it, and a
// root shell through sheltie.

import type { RandomStream } from '../kernel/random.ts';
import type { CommandResult } from './apiclient-output.ts';
import { type PartitionTable, SignpostError } from './partition-table.ts';
import type { Uptime } from './uptime.ts';

export interface AdminContainerHost {
  readonly disk: PartitionTable;
  readonly uptime: Uptime;
  readonly random: RandomStream;
  /** The image is on the data partition, from an earlier start on this host. */
  readonly imagePulled: boolean;
  /** What the journal says of the boot before this one. */
  previousBootJournal(): string;
  onPulled(): void;
  log(name: string, detail?: Readonly<Record<string, unknown>>): void;
}

/** Pull from the regional registry and start, or only start: not measured anywhere. */
const START_SECONDS = { pull: { median: 20, p99: 60 }, cached: { median: 3, p99: 8 } };

/** One exec through apiserver, containerd and a shell. */
const EXEC_SECONDS = { low: 0.15, high: 0.5 };

const ended = (stdout: string, exitCode = 0): CommandResult => ({ stdout, stderr: '', exitCode });

export class AdminContainer {
  readonly #host: AdminContainerHost;
  #running = false;
  #generation = 0;

  constructor(host: AdminContainerHost) {
    this.#host = host;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Follows `settings.host-containers.admin.enabled`. */
  setEnabled(enabled: boolean): void {
    const generation = ++this.#generation;
    if (!enabled) {
      if (this.#running) this.#host.log('admin-container-stopped');
      this.#running = false;
      return;
    }
    if (this.#running) return;
    const { median, p99 } = this.#host.imagePulled ? START_SECONDS.cached : START_SECONDS.pull;
    this.#host.uptime.after(this.#host.random.lognormal(median, p99), () => {
      if (generation !== this.#generation) return;
      this.#running = true;
      this.#host.onPulled();
      this.#host.log('admin-container-started');
    });
  }

  /** `apiclient exec admin …`; the server merges both streams into one. */
  async exec(target: string, command: readonly string[]): Promise<CommandResult> {
    const { low, high } = EXEC_SECONDS;
    await this.#host.uptime.sleep(this.#host.random.between(low, high));
    // ctr's own text; apiserver runs `ctr task exec`.
    const missing = `ctr: container "${target}" in namespace "default": not found\n`;
    if (target !== 'admin' || !this.#running) return ended(missing, 1);
    if (command[0] === 'sheltie') return this.#sheltie(command.slice(1));
    if (command[0] === 'true') return ended('');
    if (command[0] === 'false') return ended('', 1);
    if (command[0] === 'echo') return ended(`${command.slice(1).join(' ')}\n`);
    return ended(`OCI runtime exec failed: exec: "${command[0]}": not found\n`, 127);
  }

  /** `sheltie` enters the host's namespaces: what runs there runs as root of the host. */
  #sheltie(command: readonly string[]): CommandResult {
    if (command[0] === 'signpost') return this.#signpost(command[1] ?? '');
    if (command[0] === 'journalctl') return ended(this.#host.previousBootJournal());
    if (command[0] === 'true') return ended('');
    return ended(`nsenter: failed to execute ${command[0]}: No such file or directory\n`, 127);
  }

  #signpost(subcommand: string): CommandResult {
    const { disk } = this.#host;
    try {
      if (subcommand === 'status') return ended(disk.status());
      if (subcommand === 'rollback-to-inactive') disk.rollbackToInactive();
      else if (subcommand === 'cancel-upgrade') disk.cancelUpgrade();
      else if (subcommand === 'upgrade-to-inactive') disk.upgradeToInactive();
      else if (subcommand === 'mark-successful-boot') disk.markSuccessfulBoot();
      else if (subcommand === 'clear-inactive') disk.clearInactive();
      else return ended('USAGE:\n    signpost <SUBCOMMAND>\n', 1);
      this.#host.log(`signpost-${subcommand}`, { next: disk.next() ?? null });
      return ended('');
    } catch (error) {
      if (error instanceof SignpostError) return ended(`${error.message}\n`, 1);
      throw error;
    }
  }
}
