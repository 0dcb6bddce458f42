// The record of versions: when each was first seen, and which must not be tried again.

import type { KnownVersion } from '../core/proof.ts';
import { now } from './clock.ts';
import { type Item, putItem, query, updateItem } from './table.ts';

function partition(image: string): string {
  return `VERSION#${image.replace('/', '#')}`;
}

/** Everything known about the versions of one image (`variant/architecture`). */
export async function readVersions(image: string): Promise<KnownVersion[]> {
  const items = await query({ pk: partition(image), prefix: '' });
  return items.map((item) => ({
    version: String(item.sk),
    firstSeenAt: Number(item.firstSeenAt),
    quarantinedReason: item.quarantinedReason as string | undefined,
  }));
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

/** Lifts a quarantine; who did it is in the journal. */
export async function releaseQuarantine(image: string, version: string): Promise<void> {
  await updateItem(
    { pk: partition(image), sk: version },
    { remove: ['quarantinedReason', 'quarantinedAt'] },
  );
}
