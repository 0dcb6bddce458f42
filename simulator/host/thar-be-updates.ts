// The update state machine of a host: which command is allowed when, what it leaves behind, and who
// holds the lock.
//
// bottlerocket-core-kit sources/api/thar-be-updates/src/main.rs (`drive_state_machine`) and
// status.rs. Its state lives under /run, a tmpfs: a new instance belongs to every boot.

import type { VirtualClock } from '../kernel/clock.ts';
import type { OfferedUpdate } from './update-repository.ts';
import { chooseUpdate, type ProcessEnd, type TimedProcess, type Updog } from './updog.ts';
import type { Uptime } from './uptime.ts';

export type UpdateState = 'Idle' | 'Available' | 'Staged' | 'Ready';
export type UpdateCommand = 'refresh' | 'prepare' | 'activate' | 'deactivate';

interface UpdateImage {
  readonly arch: string;
  readonly version: string;
  readonly variant: string;
}

interface StagedImage {
  readonly image: UpdateImage;
  next_to_boot: boolean;
}

/** `UpdateStatus` with its members in the order in which the original serializes them. */
export interface UpdateStatus {
  update_state: UpdateState;
  available_updates: string[];
  chosen_update: UpdateImage | null;
  active_partition: StagedImage;
  staging_partition: StagedImage | null;
  most_recent_command: {
    cmd_type: UpdateCommand;
    cmd_status: 'Success' | 'Failed';
    timestamp: string;
    exit_status: number;
    stderr: string;
  } | null;
}

/** Exit statuses of thar-be-updates as the API server translates them. */
export type Refusal = 'lock-held' | 'disallowed' | 'update-does-not-exist' | 'no-staged-image';

export interface TharBeUpdatesHost {
  readonly clock: VirtualClock;
  readonly image: UpdateImage;
  /** The running set is the one that signpost says boots next. */
  activeBootsNext(): boolean;
  versionLock(): string;
  log(name: string, detail: Readonly<Record<string, unknown>>): void;
}

/** chrono prints nanoseconds; virtual time has milliseconds, so the rest is fixed. */
function timestamp(clock: VirtualClock): string {
  return new Date(clock.now()).toISOString().replace('Z', '285751Z');
}

export class TharBeUpdates {
  readonly #host: TharBeUpdatesHost;
  readonly #updog: Updog;
  readonly #uptime: Uptime;
  #status: UpdateStatus | undefined;
  #busy = false;
  #foreignLockUntil = 0;

  constructor(host: TharBeUpdatesHost, updog: Updog, uptime: Uptime) {
    this.#host = host;
    this.#updog = updog;
    this.#uptime = uptime;
  }

  get locked(): boolean {
    return this.#busy || this.#host.clock.now() < this.#foreignLockUntil;
  }

  /** Undefined before the first command of this boot. */
  get status(): Readonly<UpdateStatus> | undefined {
    return this.#status;
  }

  /** Another process of the host takes the lock for a while. */
  holdLock(seconds: number): void {
    this.#foreignLockUntil = this.#host.clock.now() + seconds * 1000;
  }

  /** Starts a command; the work goes on after the answer, whoever waits for it or not. */
  dispatch(command: UpdateCommand): Refusal | undefined {
    if (this.locked) return 'lock-held';
    const status = this.#initialized();
    const refusal = this.#refusal(command, status);
    if (refusal) return refusal;
    if (command === 'refresh') this.#refresh(status);
    else if (command === 'prepare') this.#prepare(status);
    else if (command === 'activate') this.#activate(status);
    else this.#deactivate(status);
    return undefined;
  }

  /**
   * Somebody else on this host refreshed and prepared (and activated) what the settings choose,
   * some time before now.
   */
  prepareForSomeoneElse(state: 'Staged' | 'Ready'): void {
    const status = this.#initialized();
    if (this.locked || status.update_state === 'Staged' || status.update_state === 'Ready') return;
    const manifest = this.#updog.whats().end();
    if (manifest.ok) this.#choose(status, manifest.updates);
    const chosen = status.chosen_update;
    if (!chosen || this.#updog.updateImage().end().exitStatus !== 0) return;
    status.staging_partition = { image: chosen, next_to_boot: false };
    this.#enter(status, 'Staged');
    if (state === 'Staged') return;
    this.#record('activate', this.#updog.updateApply().end());
    this.#markNextToBoot(status, true);
    this.#enter(status, 'Ready');
  }

  #initialized(): UpdateStatus {
    this.#status ??= {
      update_state: 'Idle',
      available_updates: [],
      chosen_update: null,
      active_partition: { image: this.#host.image, next_to_boot: this.#host.activeBootsNext() },
      staging_partition: null,
      most_recent_command: null,
    };
    return this.#status;
  }

  #refusal(command: UpdateCommand, status: UpdateStatus): Refusal | undefined {
    const state = status.update_state;
    const allowed: Readonly<Record<UpdateCommand, readonly UpdateState[]>> = {
      refresh: ['Idle', 'Available', 'Staged', 'Ready'],
      prepare: ['Available', 'Staged'],
      activate: ['Staged'],
      deactivate: ['Ready'],
    };
    if (!allowed[command].includes(state)) return 'disallowed';
    if (command === 'prepare' && !status.chosen_update) return 'update-does-not-exist';
    const needsImage = command === 'activate' || command === 'deactivate';
    return needsImage && !status.staging_partition ? 'no-staged-image' : undefined;
  }

  #refresh(status: UpdateStatus): void {
    this.#work(this.#updog.whats(), (answer) => {
      const end = answer.ok
        ? { exitStatus: 0, stderr: '' }
        : { exitStatus: 1, stderr: answer.stderr };
      this.#record('refresh', end);
      // A failed refresh keeps the old lists and still leaves Available for Idle (`refresh` answers
      // Ok(false)).
      if (answer.ok) this.#choose(status, answer.updates);
      if (status.update_state === 'Idle' || status.update_state === 'Available') {
        const available = answer.ok && status.chosen_update !== null;
        this.#enter(status, available ? 'Available' : 'Idle');
      }
    });
  }

  #choose(status: UpdateStatus, updates: readonly OfferedUpdate[]): void {
    const { version, variant, arch } = this.#host.image;
    const chosen = chooseUpdate(updates, version, this.#host.versionLock());
    status.available_updates = updates.map((update) => update.version);
    status.chosen_update = chosen ? { arch, version: chosen, variant } : null;
  }

  #prepare(status: UpdateStatus): void {
    const chosen = status.chosen_update;
    this.#work(this.#updog.updateImage(), (end) => {
      this.#record('prepare', end);
      if (end.exitStatus !== 0 || !chosen) return;
      // updog decides anew what it installs, and also ends well when it installed nothing; this
      // names the chosen one anyway.
      status.staging_partition = { image: chosen, next_to_boot: false };
      this.#enter(status, 'Staged');
    });
  }

  #activate(status: UpdateStatus): void {
    this.#work(this.#updog.updateApply(), (end) => {
      this.#record('activate', end);
      if (end.exitStatus !== 0) return;
      this.#markNextToBoot(status, true);
      this.#enter(status, 'Ready');
    });
  }

  #deactivate(status: UpdateStatus): void {
    this.#work(this.#updog.updateRevert(), (end) => {
      this.#record('deactivate', end);
      if (end.exitStatus !== 0) return;
      this.#markNextToBoot(status, false);
      this.#enter(status, 'Staged');
    });
  }

  #work<T>(process: TimedProcess<T>, finish: (result: T) => void): void {
    this.#busy = true;
    this.#uptime.after(process.seconds, () => {
      this.#busy = false;
      finish(process.end());
    });
  }

  #record(command: UpdateCommand, end: ProcessEnd): void {
    const status = this.#initialized();
    status.most_recent_command = {
      cmd_type: command,
      cmd_status: end.exitStatus === 0 ? 'Success' : 'Failed',
      timestamp: timestamp(this.#host.clock),
      exit_status: end.exitStatus,
      stderr: end.stderr,
    };
    this.#host.log(`update-${command}`, { exitStatus: end.exitStatus });
  }

  #enter(status: UpdateStatus, state: UpdateState): void {
    if (status.update_state === state) return;
    this.#host.log('update-state', { from: status.update_state, to: state });
    status.update_state = state;
  }

  #markNextToBoot(status: UpdateStatus, staging: boolean): void {
    if (status.staging_partition) status.staging_partition.next_to_boot = staging;
    status.active_partition.next_to_boot = !staging;
  }
}
