// What the update client on a host does with the repository and the disk: choose, download, write,
// arm, disarm.
//
// Behaviour and texts: bottlerocket-core-kit sources/updater/updog/src/main.rs and error.rs.

import type { Faults } from '../faults/faults.ts';
import type { RandomStream } from '../kernel/random.ts';
import { type PartitionTable, SignpostError } from './partition-table.ts';
import { compareVersions, parseVersion } from './semantic-version.ts';
import type { Settings } from './settings.ts';
import type { ManifestAnswer, OfferedUpdate, UpdateRepository } from './update-repository.ts';

/** One finished process: exit status 0 or 1 and what it wrote. */
export interface ProcessEnd {
  readonly exitStatus: number;
  readonly stderr: string;
}

/** A process that takes its time; `end` happens when that time is over. */
export interface TimedProcess<T> {
  readonly seconds: number;
  end(): T;
}

export interface UpdogHost {
  readonly ec2InstanceId: string;
  readonly variant: string;
  readonly arch: string;
  readonly version: string;
  readonly disk: PartitionTable;
  readonly settings: Settings;
  readonly repository: UpdateRepository;
  readonly faults: Faults;
  readonly random: RandomStream;
  /** Median and 99th percentile of download and write together. */
  readonly prepareSeconds: { readonly median: number; readonly p99: number };
}

/**
 * `apiclient update check` took 0.417 s and 0.484 s in all (bottlerocket-ecs-updater#34, #38),
 * client polling included.
 */
const REFRESH_SECONDS = { low: 0.25, high: 0.4 };

/** Writing GPT attributes: not measured anywhere; the client's own cap is 5 s. */
const FLAGS_SECONDS = { low: 0.1, high: 0.4 };

/** Settings and disk writes that fail do so at some point of the download. */
const FAILS_AFTER_SHARE = { low: 0.1, high: 0.9 };

const DISK_FULL = 'Failed writing update data to disk: No space left on device (os error 28)';

/**
 * The update that updog would install: the locked version whatever its order, so downgrades too;
 * under `latest` the newest that is newer, or any listed one when the running version is above the
 * highest on offer (a pulled release).
 */
export function chooseUpdate(
  updates: readonly OfferedUpdate[],
  runningVersion: string,
  versionLock: string,
): string | undefined {
  if (versionLock !== 'latest') {
    const locked = parseVersion(versionLock);
    if (locked === runningVersion) return undefined;
    return updates.find((update) => update.version === locked)?.version;
  }
  return updates.find(
    (update) =>
      compareVersions(runningVersion, update.version) < 0 ||
      compareVersions(runningVersion, update.maxVersion) > 0,
  )?.version;
}

export class Updog {
  readonly #host: UpdogHost;

  constructor(host: UpdogHost) {
    this.#host = host;
  }

  /** `updog whats --all --json`. */
  whats(): TimedProcess<ManifestAnswer> {
    const answer = this.#fetchManifest();
    const { low, high } = REFRESH_SECONDS;
    const seconds = answer.ok ? this.#host.random.between(low, high) : answer.tookSeconds;
    return { seconds, end: () => answer };
  }

  /** `updog update-image`: decides anew what to install, wipes the other set, and writes it. */
  updateImage(): TimedProcess<ProcessEnd> {
    const answer = this.#fetchManifest();
    if (!answer.ok) {
      return {
        seconds: answer.tookSeconds,
        end: () => ({ exitStatus: 1, stderr: answer.stderr }),
      };
    }
    const { disk, settings, version, random, prepareSeconds } = this.#host;
    const chosen = chooseUpdate(answer.updates, version, settings.versionLock);
    if (chosen === undefined) {
      return { seconds: 0.3, end: () => ({ exitStatus: 0, stderr: 'No update required\n' }) };
    }
    const installed = this.#thirdVersion(chosen);
    const fails = this.#host.faults.strikes('prepare-fails', this.#host.ec2InstanceId);
    const seconds = random.lognormal(prepareSeconds.median, prepareSeconds.p99);
    const starting = `Starting update to ${installed}\n`;
    disk.clearInactive();
    if (fails) {
      const text = String(fails.parameters?.stderr ?? DISK_FULL);
      const share = random.between(FAILS_AFTER_SHARE.low, FAILS_AFTER_SHARE.high);
      return {
        seconds: seconds * share,
        end: () => ({ exitStatus: 1, stderr: `${starting}${text}\n` }),
      };
    }
    return {
      seconds,
      end: () => {
        disk.markInactiveValid(installed);
        return { exitStatus: 0, stderr: starting };
      },
    };
  }

  /** `updog update-apply`: the other set boots next. */
  updateApply(): TimedProcess<ProcessEnd> {
    return this.#flags(() => this.#host.disk.upgradeToInactive());
  }

  /** `updog update-revert`: it does not any more. */
  updateRevert(): TimedProcess<ProcessEnd> {
    return this.#flags(() => this.#host.disk.cancelUpgrade());
  }

  #flags(write: () => void): TimedProcess<ProcessEnd> {
    const seconds = this.#host.random.between(FLAGS_SECONDS.low, FLAGS_SECONDS.high);
    const end = (): ProcessEnd => {
      try {
        write();
        return { exitStatus: 0, stderr: '' };
      } catch (error) {
        if (!(error instanceof SignpostError)) throw error;
        const stderr = `Could not mark inactive partition for boot: ${error.message}\n`;
        return { exitStatus: 1, stderr };
      }
    };
    return { seconds, end };
  }

  #fetchManifest(): ManifestAnswer {
    const { ec2InstanceId, variant, arch, version, settings, repository } = this.#host;
    const { seed, ignoreWaves } = settings;
    return repository.fetchManifest({ ec2InstanceId, variant, arch, version, seed, ignoreWaves });
  }

  /**
   * Fault `third-version`: a release that lands between check and prepare is installed instead of
   * the chosen one.
   */
  #thirdVersion(chosen: string): string {
    const { ec2InstanceId, variant, arch, repository, faults } = this.#host;
    const fault = faults.strikes('third-version', ec2InstanceId);
    if (!fault) return chosen;
    const named = fault.parameters?.version;
    if (named !== undefined) return String(named);
    return repository.newerThan(variant, arch, chosen)?.version ?? nextPatch(chosen);
  }
}

function nextPatch(version: string): string {
  const [major, minor, patch] = version.split('.').map(Number);
  return `${major}.${minor}.${(patch ?? 0) + 1}`;
}
