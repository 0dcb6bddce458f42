// Scenarios: a host that somebody else reboots between its download and its turn says nothing about the version.

import { describe, expect, it } from 'vitest';
import { TABLE_NAME } from '../../infra/names.ts';
import type { Region } from '../../simulator/region.ts';
import { idsOf, type Policy, runRollout, smallFleet, withoutGroups } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const fleet = withoutGroups(smallFleet());
const ids = idsOf(fleet);
const CANARY: Policy = {
  waves: { canaryCount: 1, bakeTimeSeconds: 900 },
  rollback: { onHalt: 'rollout' },
};

async function versionItem(region: Region): Promise<Readonly<Record<string, unknown>>> {
  const Key = { pk: { S: 'VERSION#aws-ecs-2#x86_64' }, sk: { S: '1.65.0' } };
  const { Item } = await region.call('dynamodb', 'GetItem', { TableName: TABLE_NAME, Key });
  return (Item ?? {}) as Readonly<Record<string, unknown>>;
}

/** Somebody reboots those that wait while the canary bakes. */
async function rebootedWhileBaking(faults: Parameters<typeof runRollout>[0] = {}) {
  let waiting: string[] = [];
  const ended = await runRollout({
    fleet,
    policy: CANARY,
    ...faults,
    meanwhile: async ({ region, untilState }) => {
      await untilState('run-wave', 'BakeWave');
      waiting = ids.filter((id) => region.hosts.get(id)?.version === '1.64.0');
      await region.call('ec2', 'RebootInstances', { InstanceId: waiting });
    },
  });
  const [waited = ''] = waiting;
  return { ended, waited, canary: ids.find((id) => id !== waited) ?? '' };
}

describe('a host that a person has rebooted since it was prepared', () => {
  it('is Blocked and in service; nothing speaks against the version, nothing is taken back', async () => {
    const { ended, waited, canary } = await rebootedWhileBaking();
    // The person's doing, and nothing else.
    expect(ended.violations).toEqual([expect.stringMatching(/ rebooted with \d tasks on board$/)]);
    expect(ended.ending).toBe('Succeeded');
    expect(ended.outcomes).toEqual({ [canary]: 'Updated', [waited]: 'Blocked' });
    expect(ended.instances[waited]?.reason).toMatch(
      /^its host was rebooted by others after it was prepared, at \S+Z at the latest: 1\.65\.0 was never activated; it runs 1\.64\.0$/,
    );
    expect(ended.watched.reboots.get(waited)).toEqual({ api: 0, ec2: 1 });
    expect(ended.region.hosts.get(canary)?.version).toBe('1.65.0');
    expect((await versionItem(ended.region)).quarantinedReason).toBeUndefined();
    expect(ended.world.map(({ status }) => status)).toEqual(['ACTIVE', 'ACTIVE']);
  });

  it('is so, too, where only its undo learns of it', async () => {
    const faults = [{ name: 'ssm-output-garbled', fromSeconds: 1200, untilSeconds: 2000 }];
    const { ended, waited } = await rebootedWhileBaking({
      policy: { ...CANARY, reboot: { timeoutSeconds: 300 } },
      faults,
    });
    expect(ended.instances[waited]?.undo?.error).toBe('RebootTimedOut');
    expect(ended.outcomes[waited]).toBe('Blocked');
    expect((await versionItem(ended.region)).quarantinedReason).toBeUndefined();
  });

  it('is updated by the next rollout', async () => {
    let waiting: string[] = [];
    const ended = await runRollout({
      fleet,
      policy: CANARY,
      meanwhile: async ({ region, untilState, start, execution }) => {
        await untilState('run-wave', 'BakeWave');
        waiting = ids.filter((id) => region.hosts.get(id)?.version === '1.64.0');
        await region.call('ec2', 'RebootInstances', { InstanceId: waiting });
        await region.run(() => execution.status !== 'RUNNING', region.kernel.clock.now() + 7.2e6);
        const next = await start('next');
        await region.run(() => next.status !== 'RUNNING', region.kernel.clock.now() + 7.2e6);
      },
    });
    expect(waiting.map((id) => ended.region.hosts.get(id)?.version)).toEqual(['1.65.0']);
  });
});

describe('a host that falls back by itself', () => {
  it('is FellBack, even where its agent runs the reboot command again, which then finds another boot', async () => {
    const [first = ''] = ids;
    const faults = [
      { name: 'host-falls-back', subject: first },
      { name: 'ssm-reruns-reboot', subject: first, timesMax: 1 },
    ];
    const ended = await runRollout({ fleet, faults });
    expectEnd(ended, 'FailedClean', ['FellBack', 'NotStarted']);
    expect((await versionItem(ended.region)).quarantinedReason).toBeDefined();
  });
});
