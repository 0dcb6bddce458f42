// Knows what the container instances of a cluster run, and writes down what the end of a rollout says about versions.

import { type ImageDrift, judgeDrift, type Running } from '../core/drift.ts';
import type { Ending, Outcome } from '../core/model.ts';
import { judgeProofs, type KnownVersion, NO_MORE, versionNow } from '../core/proof.ts';
import { now } from './clock.ts';
import type { InstanceRecord } from './instance-record.ts';
import { inParallel } from './parallel.ts';
import { changeProof, readVersions } from './version-record.ts';

/** Images read at once. */
const READS_MAX = 10;

/** A container instance with the outcome that it has, or gets now. */
type Ended = InstanceRecord & { readonly outcome: Outcome };

/** What it says of itself, else what ECS says of it; undefined for what is not Bottlerocket. */
export function imageOf(
  record: Pick<InstanceRecord, 'image' | 'variant' | 'arch'>,
): string | undefined {
  if (record.image !== undefined) return record.image;
  return record.variant === undefined ? undefined : `${record.variant}/${record.arch ?? 'unknown'}`;
}

/** Everything the record knows about the versions of these images. */
export async function readKnownVersions(
  images: readonly string[],
): Promise<Map<string, KnownVersion[]>> {
  const entries = await inParallel(images, READS_MAX, async (image) => {
    return [image, await readVersions(image)] as const;
  });
  return new Map(entries);
}

/** Safe to repeat. */
export async function closeVersions(
  clusterArn: string,
  ending: Ending,
  ended: readonly Ended[],
): Promise<ImageDrift[]> {
  const running = ended.flatMap((one): Running[] => {
    const image = imageOf(one);
    if (image === undefined || NO_MORE.has(one.outcome)) return [];
    return [{ ec2InstanceId: one.ec2InstanceId, image, version: versionNow(one) }];
  });
  const known = await readKnownVersions([...new Set(running.map((one) => one.image))]);
  for (const [image, versions] of known) {
    const instances = ended.filter((one) => imageOf(one) === image);
    for (const change of judgeProofs(clusterArn, ending, instances, versions)) {
      await changeProof(image, clusterArn, change);
    }
  }
  return judgeDrift(running, known, now());
}
