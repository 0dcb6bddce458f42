// What Bottlerocket's update repository offers to a host, and what a host meets when it cannot
// reach it.

import type { Fleet, FleetRelease } from '../fleet-file/schema.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { availableAt } from './repository-waves.ts';
import { compareVersions } from './semantic-version.ts';

/** Who asks: the members that updog filters the manifest by. */
export interface UpdateQuery {
  readonly ec2InstanceId: string;
  readonly variant: string;
  readonly arch: string;
  readonly version: string;
  readonly seed: number;
  readonly ignoreWaves: boolean;
}

/** One `Update` of the manifest, as updog sees it. */
export interface OfferedUpdate {
  readonly version: string;
  readonly maxVersion: string;
}

/** The repository's answer; `tookSeconds` is how long the host waits for a failure. */
export type ManifestAnswer =
  | { readonly ok: true; readonly updates: readonly OfferedUpdate[] }
  | { readonly ok: false; readonly stderr: string; readonly tookSeconds: number };

const METADATA_BASE_URL = 'https://updates.bottlerocket.aws/2020-07-07';

/**
 * Measured with a repository that refuses: ExecutionElapsedTime PT0.314S
 * (bottlerocket-ecs-updater#84).
 */
const REFUSED_SECONDS = 0.3;

/** awslabs/tough, tough/src/http.rs: 10 s to connect, 4 tries. */
const BLACK_HOLED_SECONDS = 40;

export function metadataBaseUrl(variant: string, arch: string): string {
  return `${METADATA_BASE_URL}/${variant}/${arch}/`;
}

/** The text of bottlerocket-update-operator#706. */
function unreachableText(query: UpdateQuery): string {
  const url = `${metadataBaseUrl(query.variant, query.arch)}7.root.json`;
  const full = `${url}?seed=${query.seed}&version=${query.version}`;
  return (
    `Metadata error: Failed to fetch ${url}: Transport 'other' error fetching '${full}': ` +
    `error sending request for url (${full})\n`
  );
}

export class UpdateRepository {
  readonly #kernel: Kernel;
  readonly #releases: FleetRelease[];
  readonly #maxVersions: Map<string, string>;
  /** False: every request is refused at once. */
  reachable: boolean;

  constructor(kernel: Kernel, repository: Fleet['updateRepository']) {
    this.#kernel = kernel;
    this.#releases = [...repository.releases];
    this.#maxVersions = new Map(Object.entries(repository.maxVersion));
    this.reachable = repository.reachable;
  }

  /** Adds a release; hosts see it from its `publishedAt` on. */
  publish(release: FleetRelease): void {
    this.#releases.push(release);
    this.#kernel.log.append('host', 'release-published', release.version, {
      variant: release.variant,
      arch: release.arch,
    });
  }

  /** Lowers (or raises) the highest version on offer: how Bottlerocket pulls a release. */
  setMaxVersion(variant: string, version: string): void {
    this.#maxVersions.set(variant, version);
    this.#kernel.log.append('host', 'max-version-set', version, { variant });
  }

  /** The release behind an image, whether on offer or not. */
  find(variant: string, arch: string, version: string): FleetRelease | undefined {
    return this.#releases.find(
      (release) =>
        release.variant === variant && release.arch === arch && release.version === version,
    );
  }

  /** The next newer release than `version`, whether its waves are open or not. */
  newerThan(variant: string, arch: string, version: string): FleetRelease | undefined {
    return this.#published(variant, arch)
      .filter((release) => compareVersions(release.version, version) > 0)
      .sort((a, b) => compareVersions(a.version, b.version))[0];
  }

  /**
   * Answers `updog whats --all`: applicable updates, newest first, the running and older versions
   * included.
   */
  fetchManifest(query: UpdateQuery): ManifestAnswer {
    const failure = this.#unreachable(query);
    if (failure) return failure;
    const { variant, arch, seed, ignoreWaves } = query;
    const published = this.#published(variant, arch);
    const maxVersion = this.#maxVersion(variant, published);
    const now = this.#kernel.clock.now();
    const isClosed = !ignoreWaves && this.#isWaveClosed(query.ec2InstanceId);
    const updates = published
      .filter((release) => compareVersions(release.version, maxVersion) <= 0)
      .filter(
        (release) =>
          ignoreWaves || availableAt(Date.parse(release.publishedAt), release.waves, seed) <= now,
      )
      .filter((release) => !isClosed || compareVersions(release.version, query.version) <= 0)
      .sort((a, b) => compareVersions(b.version, a.version))
      .map((release) => ({ version: release.version, maxVersion }));
    return { ok: true, updates };
  }

  /** Fault `repository-wave-closed` (F49): the host's turn has not come for anything newer. */
  #isWaveClosed(ec2InstanceId: string): boolean {
    return this.#kernel.faults.strikes('repository-wave-closed', ec2InstanceId) !== undefined;
  }

  /** A manifest lists no release before it is published, whatever its waves. */
  #published(variant: string, arch: string): FleetRelease[] {
    const now = this.#kernel.clock.now();
    return this.#releases.filter(
      (release) =>
        release.variant === variant &&
        release.arch === arch &&
        Date.parse(release.publishedAt) <= now,
    );
  }

  #maxVersion(variant: string, published: readonly FleetRelease[]): string {
    const highest = published.reduce(
      (max, release) => (compareVersions(release.version, max) > 0 ? release.version : max),
      '0.0.0',
    );
    return this.#maxVersions.get(variant) ?? highest;
  }

  /**
   * Fault `repository-unreachable`: `how` is `refused`, `black-holed`, or the text of another
   * metadata error.
   */
  #unreachable(query: UpdateQuery): ManifestAnswer | undefined {
    const fault = this.#kernel.faults.strikes('repository-unreachable', query.ec2InstanceId);
    if (!fault && this.reachable) return undefined;
    const how = String(fault?.parameters?.how ?? 'refused');
    const tookSeconds = how === 'black-holed' ? BLACK_HOLED_SECONDS : REFUSED_SECONDS;
    const known = how === 'refused' || how === 'black-holed';
    const stderr = known ? unreachableText(query) : `Metadata error: ${how}\n`;
    return { ok: false, stderr, tookSeconds };
  }
}
