// Writes one milestone as a line of Slack's mrkdwn, for the person on call.

import type { Milestone } from './milestone.ts';
import type { Ending, Outcome } from './model.ts';
import { code, instant, minutes, sentence } from './slack-text.ts';

type Of<E extends Milestone['event']> = Extract<Milestone, { readonly event: E }>;

export const ENDING_EMOJI: Readonly<Record<Ending, string>> = {
  Succeeded: ':white_check_mark:',
  Halted: ':octagonal_sign:',
  FailedClean: ':x:',
  FailedDirty: ':rotating_light:',
};

const OUTCOME_EMOJI: Readonly<Partial<Record<Outcome, string>>> = {
  Failed: ':x:',
  FellBack: ':leftwards_arrow_with_hook:',
  RolledBack: ':leftwards_arrow_with_hook:',
  Replaced: ':recycle:',
  NeedsAttention: ':rotating_light:',
};

const EVERY_OTHER = ':heavy_minus_sign:';

/** `14 Updated, 1 RolledBack`. */
export function countsText(counts: Readonly<Partial<Record<Outcome, number>>>): string {
  const parts = Object.entries(counts).map(([outcome, number]) => `${number} ${outcome}`);
  return parts.length > 0 ? parts.join(', ') : 'no container instances';
}

function versions({ fromVersion, toVersion }: Of<'Container Instance Over'>): string {
  if (fromVersion === undefined || toVersion === undefined) return '';
  return ` (${sentence(fromVersion)} to ${sentence(toVersion)})`;
}

/** Why there is something to do: how many of each image lack the target, and since when an update waits. */
function whyLines({ targets, drift }: Of<'Rollout Planned'>): string[] {
  return Object.entries(targets).map(([image, version]) => {
    const found = drift.find((one) => one.image === image);
    const on = found?.versions.find((one) => one.version === version)?.containerInstances ?? 0;
    const lacking = found ? ` that ${found.containerInstances - on} lack` : '';
    const missing = found?.oldestMissing;
    const waited = missing && missing.ageDays > 0;
    const since = waited ? `; ${sentence(missing.version)} has waited ${missing.ageDays} days` : '';
    return `• ${code(image)} to *${sentence(version)}*${lacking}${since}`;
  });
}

function planned(milestone: Of<'Rollout Planned'>): string {
  const { waves, containerInstances, expectedSeconds, startedBy, reason } = milestone;
  const chosen = waves.reduce((sum, wave) => sum + wave.size, 0);
  if (chosen === 0)
    return `:clipboard: *Planned*: ${sentence(reason)}. Asked for by ${sentence(startedBy)}.`;
  const sizes = waves.map((one) => `${one.size}${one.kind === 'canary' ? ' (canary)' : ''}`);
  const inWaves = waves.length === 1 ? 'one wave' : `${waves.length} waves of ${sizes.join(', ')}`;
  return [
    `:clipboard: *Planned*: ${chosen} of ${containerInstances} container instances in ${inWaves}; about ${minutes(expectedSeconds)}. Asked for by ${sentence(startedBy)}.`,
    ...whyLines(milestone),
  ].join('\n');
}

function waveStarted({ wave, waves, kind, size }: Of<'Wave Started'>): string {
  const instances = `${size} container instance${size === 1 ? '' : 's'}`;
  if (kind === 'rollback') return `:rewind: *The way back started*: ${instances}.`;
  const what = kind === 'canary' ? ', the canary' : '';
  return `:arrow_forward: *Wave ${wave} of ${waves} started*${what}: ${instances}.`;
}

const WAVE_ENDS: Readonly<Record<Of<'Wave Ended'>['verdict'], (wave: number) => string>> = {
  next: (wave) => `:heavy_check_mark: *Wave ${wave} ended*`,
  done: (wave) => `:heavy_check_mark: *Wave ${wave} ended*`,
  'roll-back': (wave) => `:rewind: *Halted after wave ${wave}*, what was updated is taken back`,
  halt: (wave) => `:octagonal_sign: *Halted after wave ${wave}*`,
};

/** One line, or several for a plan; every name in it is escaped. */
export function milestoneLine(milestone: Milestone): string {
  switch (milestone.event) {
    case 'Rollout Opened': {
      const { clusterName, startedBy } = milestone;
      return `:flashlight: *Opened* on ${code(clusterName)} by ${sentence(startedBy)}: asking every host what it runs.`;
    }
    case 'Rollout Planned':
      return planned(milestone);
    case 'Approval Awaited':
      return `:raised_hand: *Waits for approval* until ${instant(milestone.untilAt)}.`;
    case 'Wave Started':
      return waveStarted(milestone);
    case 'Gate Closed':
      return `:vertical_traffic_light: *Gate closed* in wave ${milestone.wave}: ${sentence(milestone.reason)}.`;
    case 'Gate Opened':
      return `:vertical_traffic_light: *Gates green again* in wave ${milestone.wave}: ${sentence(milestone.reason)}.`;
    case 'Container Instance Over': {
      const { ec2InstanceId, outcome, reason } = milestone;
      const emoji = OUTCOME_EMOJI[outcome] ?? EVERY_OTHER;
      return `${emoji} ${code(ec2InstanceId)} *${outcome}*${versions(milestone)}: ${sentence(reason)}.`;
    }
    case 'Wave Ended':
      return `${WAVE_ENDS[milestone.verdict](milestone.wave)}: ${sentence(milestone.reason)}.`;
    case 'Rollout Controlled':
      return `:bust_in_silhouette: *${sentence(milestone.action)}* asked for by ${sentence(milestone.by)}.`;
    case 'Rollout Closed': {
      const { ending, reason, counts } = milestone;
      return `${ENDING_EMOJI[ending]} *${ending}*: ${countsText(counts)}; ${sentence(reason)}.`;
    }
  }
}
