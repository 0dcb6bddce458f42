// Shows a plan: what would become of every container instance and why, in which waves, how long, and what runs now.

import type { InstanceRecord } from '../functions/aws/instance-record.ts';
import { driftLines } from './drift-lines.ts';
import { paragraph } from './paragraph.ts';
import type { RolloutRecord } from './record.ts';
import { endOf, type RolloutView } from './rollout-view.ts';
import { type Line, styleOf } from './styled-text.ts';
import { type Column, tableLines } from './table.ts';
import { durationText } from './time-text.ts';

function isChosen({ wave }: InstanceRecord): boolean {
  return wave !== undefined;
}

const COLUMNS: readonly Column<InstanceRecord>[] = [
  { title: 'container instance', of: (one) => one.ec2InstanceId },
  { title: 'zone', of: (one) => one.availabilityZone },
  {
    title: 'image',
    of: ({ image, variant, arch }) => image ?? (variant ? `${variant}/${arch}` : '-'),
  },
  {
    title: 'version',
    of: ({ fromVersion, toVersion }) =>
      toVersion === undefined ? (fromVersion ?? '-') : `${fromVersion} -> ${toVersion}`,
  },
  { title: 'wave', of: ({ wave }) => String(wave ?? '-'), side: 'right' },
  {
    title: 'out',
    of: ({ expectedSeconds }) =>
      expectedSeconds === undefined ? '-' : durationText(expectedSeconds),
    side: 'right',
  },
  {
    title: 'verdict',
    of: (one) => (isChosen(one) ? 'chosen' : one.code),
    style: (one) => (isChosen(one) ? 'green' : styleOf(one.outcome ?? 'Skipped')),
  },
];

/** The reason of the plan itself: closing it added why nothing was started, which a plan need not say. */
function plannedReason({ reason }: InstanceRecord): string {
  const [planned = reason] = reason.split('; not started: ');
  return planned;
}

/** By wave, then the others; within each in the order of the record. */
function sorted(instances: readonly InstanceRecord[]): InstanceRecord[] {
  const place = ({ wave }: InstanceRecord) => wave ?? Number.POSITIVE_INFINITY;
  // Infinity minus Infinity is no order.
  return [...instances].sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
}

function waveText({ rollout }: RolloutRecord): string {
  return (rollout?.waves ?? [])
    .map(({ wave, kind, size }) => `${wave}${kind === 'wave' ? '' : ` (${kind})`}: ${size}`)
    .join(', ');
}

function targetText({ rollout }: RolloutRecord): string {
  return Object.entries(rollout?.targets ?? {})
    .map(([image, version]) => `${image} ${version}`)
    .join(', ');
}

/** What was planned is in the journal even when the rollout was closed for another reason. */
function planText(view: RolloutView): string {
  const { rollout, journal } = view.record;
  const planned = journal.find(({ what }) => what === 'planned');
  const reason = planned?.why ?? endOf(view)?.reason ?? 'no plan was made';
  return `${reason} (cluster ${rollout?.clusterName}; nothing was touched)`;
}

/** @param width Columns; Infinity where nothing is cut. */
export function planLines(view: RolloutView, width: number): Line[] {
  const { record } = view;
  const { instances, plan } = record;
  const reason = { title: 'reason', of: plannedReason };
  const waves = waveText(record);
  const targets = targetText(record);
  return [
    ...(instances.length === 0 ? [] : tableLines(COLUMNS, reason, sorted(instances), width)),
    ...driftLines({ drift: { before: [], after: plan?.drift ?? [] } }, width),
    [],
    ...(targets === '' ? [] : paragraph('targets', targets, width)),
    ...(waves === '' ? [] : paragraph('waves', waves, width)),
    ...paragraph('plan', planText(view), width),
  ];
}
