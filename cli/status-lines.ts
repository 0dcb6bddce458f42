// Shows where a rollout stands: its phase, its waves, what is open, what waits and why, and whom a person must look at.

import { FAILURES } from '../functions/core/model.ts';
import { paragraph } from './paragraph.ts';
import type { RolloutStatus } from './rollout-status.ts';
import { type Line, type Style, styleOf } from './styled-text.ts';

type Instance = RolloutStatus['containerInstances'][number];

/** Container instances that are named one by one, of each kind; `--json` has them all. */
const NAMED_MAX = 12;

function styleOfEnding({ ending }: RolloutStatus): Style {
  if (ending === 'Succeeded') return 'green';
  return ending === 'Halted' ? 'yellow' : 'red';
}

function openedText(status: RolloutStatus): string {
  const { rolloutId, cluster, startedBy, openedAt, windowClosesAt, planOnly } = status;
  if (openedAt === null) return rolloutId;
  const window = windowClosesAt === null ? '' : `; its window closes at ${windowClosesAt}`;
  return `${rolloutId} of cluster ${cluster}${planOnly ? ', plan only' : ''}, started by ${startedBy} at ${openedAt}${window}`;
}

function askedLines({ paused, aborted }: RolloutStatus, width: number): Line[] {
  const line = (label: string, asked: RolloutStatus['paused']) =>
    asked === null ? [] : paragraph(label, `by ${asked.by} at ${asked.at}`, width, 'yellow');
  return [...line('aborted', aborted), ...line('paused', paused)];
}

function waveLines({ waves }: RolloutStatus, width: number): Line[] {
  return waves.flatMap(({ wave, kind, size, over, verdict, reason }) => {
    const name = `wave ${wave}`;
    const what = kind === 'wave' ? '' : `${kind}, `;
    return paragraph(
      name,
      `${what}${over} of ${size} over; ${verdict}${reason ? `: ${reason}` : ''}`,
      width,
    );
  });
}

function countText({ counts, open, toCome }: RolloutStatus): string {
  const parts = Object.entries(counts).map(([outcome, number]) => `${number} ${outcome}`);
  if (open > 0) parts.push(`${open} open`);
  if (toCome > 0) parts.push(`${toCome} to come`);
  return parts.join(', ');
}

function instanceLines(
  instances: readonly Instance[],
  textOf: (one: Instance) => string,
  width: number,
): Line[] {
  const more = instances.length - NAMED_MAX;
  return [
    ...instances.slice(0, NAMED_MAX).flatMap((one) => {
      const style = one.outcome === null ? 'bold' : styleOf(one.outcome);
      return paragraph('', `${one.ec2InstanceId} ${textOf(one)}`, width, style);
    }),
    ...(more > 0 ? paragraph('', `and ${more} more`, width) : []),
  ];
}

/** @param width Columns; Infinity where nothing is cut. */
export function statusLines(status: RolloutStatus, width: number): Line[] {
  const { containerInstances, phase, ending, reason, targets, waiting, closedAt } = status;
  const target = Object.entries(targets).map(([image, version]) => `${image} ${version}`);
  const counts = countText(status);
  const open = containerInstances.filter(({ step }) => step !== null);
  const failed = containerInstances.filter(
    ({ outcome }) => outcome !== null && FAILURES.has(outcome),
  );
  return [
    ...paragraph('rollout', openedText(status), width),
    ...(phase === null ? [] : paragraph('phase', phase, width)),
    ...askedLines(status, width),
    ...(target.length === 0 ? [] : paragraph('targets', target.join(', '), width)),
    ...waveLines(status, width),
    ...(counts === '' ? [] : paragraph('instances', counts, width)),
    ...instanceLines(open, ({ step }) => String(step), width),
    ...instanceLines(failed, (one) => `${one.outcome}: ${one.reason}`, width),
    ...waiting.flatMap(({ reason: why, containerInstances: number }) =>
      paragraph('waiting', `${number}: ${why}`, width),
    ),
    ...(ending === null
      ? []
      : paragraph(
          ending,
          `${reason}${closedAt ? ` (${closedAt})` : ''}`,
          width,
          styleOfEnding(status),
        )),
  ];
}
