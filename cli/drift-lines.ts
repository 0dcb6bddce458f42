// Says what the cluster runs by image, before and after: who differs, what is out of support, which update waits longest.

import type { ImageDrift } from '../functions/core/drift.ts';
import { paragraph } from './paragraph.ts';
import type { Line } from './styled-text.ts';

interface Drifted {
  readonly drift: { readonly before: readonly ImageDrift[]; readonly after: readonly ImageDrift[] };
}

/** Ids that are named one by one; the JSON has more. */
const NAMED_MAX = 3;

function versionsText({ versions, unknown }: ImageDrift): string {
  const known = versions.map(
    ({ version, containerInstances }) => `${containerInstances} on ${version}`,
  );
  return [...known, ...(unknown > 0 ? [`${unknown} unknown`] : [])].join(', ');
}

function differText({ differing, unknown, differingIds }: ImageDrift): string[] {
  const all = differing + unknown;
  if (all === 0) return [];
  const named = differingIds.slice(0, NAMED_MAX).join(', ');
  return [
    all > NAMED_MAX
      ? `${named} and ${all - NAMED_MAX} more differ`
      : `${named} ${all === 1 ? 'differs' : 'differ'}`,
  ];
}

function imageText(after: ImageDrift, before: ImageDrift | undefined): string {
  const { image, oldestMissing, outOfSupportSince } = after;
  const was = before === undefined ? '' : versionsText(before);
  const now = versionsText(after);
  const missing =
    oldestMissing &&
    `${oldestMissing.version}, known for ${oldestMissing.ageDays} days, is missing on ${oldestMissing.containerInstances}`;
  return [
    `${image}: ${now}${was === '' || was === now ? '' : ` (before: ${was})`}`,
    ...differText(after),
    ...(missing ? [missing] : []),
    ...(outOfSupportSince === undefined
      ? []
      : [`no releases for this variant since ${outOfSupportSince}`]),
  ].join('; ');
}

/** One paragraph per image; none when the rollout never got so far as to ask. */
export function driftLines({ drift }: Drifted, width: number): Line[] {
  const before = new Map(drift.before.map((one) => [one.image, one]));
  const lines = drift.after.flatMap((one) =>
    paragraph('versions', imageText(one, before.get(one.image)), width),
  );
  return lines.length === 0 ? [] : [[], ...lines];
}
