// The record of versions: when each was first seen, where it is proven, and which must not be tried again.

import { BadInputError } from '../core/errors.ts';
import type { KnownVersion, Proof, ProofChange } from '../core/proof.ts';
import { now } from './clock.ts';
import { deleteItem, type Item, type Key, putItem, query, updateItem } from './table.ts';

function partition(image: string): string {
  return `VERSION#${image.replace('/', '#')}`;
}

/** Beside the item of its version, one per cluster: two clusters may close at once. */
const PROVEN_ON = '#PROVEN#';

function proofKey(image: string, version: string, clusterArn: string): Key {
  return { pk: partition(image), sk: `${version}${PROVEN_ON}${clusterArn}` };
}

/** Everything known about the versions of one image (`variant/architecture`). */
export async function readVersions(image: string): Promise<KnownVersion[]> {
  const items = await query({ pk: partition(image), keys: 'all' });
  const proofs = new Map<string, Proof[]>();
  for (const { sk, sinceAt, untilAt } of items) {
    const [version = '', clusterArn] = String(sk).split(PROVEN_ON);
    if (clusterArn === undefined) continue;
    const proof = { clusterArn, sinceAt: Number(sinceAt), untilAt: untilAt as number | undefined };
    proofs.set(version, [...(proofs.get(version) ?? []), proof]);
  }
  return items
    .filter(({ sk }) => !String(sk).includes(PROVEN_ON))
    .map((item) => ({
      version: String(item.sk),
      // A version that a person released before it was ever seen.
      firstSeenAt: Number(item.firstSeenAt ?? now()),
      quarantinedReason: item.quarantinedReason as string | undefined,
      releasedAt: item.releasedAt as number | undefined,
      provenOn: proofs.get(String(item.sk)) ?? [],
    }));
}

/** Safe to repeat: what runs goes on running since it began to. */
export async function changeProof(
  image: string,
  clusterArn: string,
  { kind, version }: ProofChange,
): Promise<void> {
  const key = proofKey(image, version, clusterArn);
  switch (kind) {
    case 'start':
      await updateItem(key, {
        set: { sinceAt: now() },
        remove: ['untilAt'],
        condition: 'attribute_not_exists(#sinceAt) OR attribute_exists(#untilAt)',
      });
      return;
    case 'end':
      await updateItem(key, {
        set: { untilAt: now() },
        condition: 'attribute_exists(#sinceAt) AND attribute_not_exists(#untilAt)',
      });
      return;
    case 'withdraw':
      await deleteItem(key);
      return;
  }
}

/** Remembers the first sight of versions; the first sight stays. */
export async function noteVersions(image: string, versions: readonly string[]): Promise<void> {
  for (const version of versions) {
    await putItem({ pk: partition(image), sk: version, firstSeenAt: now() }, { ifAbsent: true });
  }
}

/** Keeps a version from being tried again until a person releases it. The first reason stays. */
export async function quarantine(image: string, version: string, reason: string): Promise<void> {
  await updateItem(
    { pk: partition(image), sk: version },
    {
      set: { quarantinedReason: reason, quarantinedAt: now() } as Item,
      condition: 'attribute_not_exists(#quarantinedReason)',
    },
  );
}

/**
 * Lifts a quarantine; who did it is in the journal. Safe to repeat.
 *
 * @throws {BadInputError} When it is not quarantined, and never was released either.
 */
export async function releaseQuarantine(image: string, version: string): Promise<void> {
  const { kind } = await updateItem(
    { pk: partition(image), sk: version },
    {
      set: { releasedAt: now() },
      remove: ['quarantinedReason', 'quarantinedAt'],
      condition: 'attribute_exists(#quarantinedReason) OR attribute_exists(#releasedAt)',
    },
  );
  if (kind === 'refused') {
    throw new BadInputError(`Cannot release ${image} ${version}: it is not quarantined`);
  }
}
