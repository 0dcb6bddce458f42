// Scenarios: what one rollout learns of a version, and what the next ones make of it.

import { describe, expect, it } from 'vitest';
import { type RolloutRecord, readRecord } from '../../cli/record.ts';
import { rolloutIdOf } from '../../functions/core/rollout-id.ts';
import { functionName } from '../../infra/names.ts';
import type { FaultSpec } from '../../simulator/faults/faults.ts';
import type { Fleet } from '../../simulator/fleet-file/schema.ts';
import {
  CLUSTER,
  type Ended,
  idsOf,
  type Policy,
  runRollout,
  smallFleet,
  withRelease,
} from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const [first = '', second = ''] = idsOf(smallFleet());
const HOURS = 3600;

/** One more rollout in the region where another has ended. */
async function again(ended: Ended, name: string, policy: Policy = {}): Promise<RolloutRecord> {
  const { region, execution } = ended;
  const started = await region.call('states', 'StartExecution', {
    stateMachineArn: execution.stateMachine.arn,
    name,
    input: JSON.stringify({ ...ended.policy, ...policy }),
  });
  const isOver = () =>
    region.services.states
      .executions()
      .some(({ arn, status }) => arn === started.executionArn && status !== 'RUNNING');
  await region.run(isOver, region.kernel.clock.now() + 8 * HOURS * 1000);
  await region.advance(300);
  return readRecord(region, rolloutIdOf(name));
}

function verdicts({ instances }: RolloutRecord): string[] {
  return instances.map(({ code, reason }) => `${code}: ${reason}`);
}

async function release(ended: Ended, version: string): Promise<void> {
  const asked = {
    action: 'release-quarantine',
    variant: 'aws-ecs-2',
    arch: 'x86_64',
    version,
    by: 'ana',
  };
  const answer = await ended.region.finish(
    ended.region.kernel.invokeFunction(functionName('control-rollout'), asked),
  );
  expect(answer).toMatchObject({ ok: true, payload: { verdict: 'released' } });
}

function versionsOf({ region, fleet }: Ended): (string | undefined)[] {
  return idsOf(fleet).map((id) => region.hosts.get(id)?.version);
}

describe('quarantine', () => {
  it.each([
    ['FellBack', 'host-falls-back', /did not boot/],
    ['RolledBack', 'ecs-agent-fails', /rolled back to 1\.64\.0/],
  ])(
    '%s keeps the version from being tried until a person releases it',
    async (outcome, name, why) => {
      const faults: readonly FaultSpec[] = [{ name, subject: first, timesMax: 1 }];
      const ended = await runRollout({ faults });
      expectEnd(ended, 'FailedClean');
      expect(ended.outcomes[first]).toBe(outcome);

      const held = verdicts(await again(ended, 'held'));
      expect(held).toHaveLength(2);
      for (const verdict of held) {
        expect(verdict).toMatch(/^HeldBack: stays on 1\.64\.0: 1\.65\.0 is quarantined/);
        expect(verdict).toMatch(why);
      }
      expect(versionsOf(ended)).toEqual(['1.64.0', '1.64.0']);

      await release(ended, '1.65.0');
      const released = await again(ended, 'released');
      expect(released.rollout?.ending).toBe('Succeeded');
      expect(versionsOf(ended)).toEqual(['1.65.0', '1.65.0']);
    },
  );
});

describe('proof', () => {
  it('a version that never ran on the named cluster is held back', async () => {
    const provenOn = [{ cluster: 'stage', hours: 24 }];
    const ended = await runRollout({ policy: { target: { provenOn } } });
    expectEnd(ended, 'Succeeded', ['Skipped', 'Skipped']);
    expect(ended.instances[first]?.reason).toContain(
      '1.65.0 ran healthily on cluster stage for 0 of 24 hours (target.provenOn)',
    );
  });

  it('a version is proven from the end of the rollout that succeeded with it', async () => {
    const ended = await runRollout();
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
    const target = (hours: number) => ({ target: { provenOn: [{ cluster: CLUSTER, hours }] } });
    const early = verdicts(await again(ended, 'early', target(3)));
    expect(early[0]).toMatch(/^NothingOffered: 1\.65\.0 ran healthily .* for 0\.\d of 3 hours/);
    await ended.region.advance(3 * HOURS);
    const later = verdicts(await again(ended, 'later', target(3)));
    expect(later[0]).toBe('UpToDate: runs 1.65.0 already');
  });

  it('a failure on the cluster itself takes its proof away', async () => {
    const faults = [{ name: 'host-falls-back', subject: first, timesMax: 1 }];
    const ended = await runRollout({ faults, policy: { failureBudget: 1 } });
    expectEnd(ended, 'FailedClean', ['FellBack', 'Updated']);
    await release(ended, '1.65.0');
    const provenOn = [{ cluster: CLUSTER, hours: 0 }];
    const held = verdicts(await again(ended, 'held', { target: { provenOn } }));
    expect(held[0]).toContain('1.65.0 ran healthily on cluster prod for 0 of 0 hours');
  });
});

/** Ten releases, the hosts on the oldest. */
function farBehind(): Fleet {
  const fleet = smallFleet();
  const [release] = fleet.updateRepository.releases;
  if (!release) throw new Error('The fleet has no releases');
  const versions = Array.from({ length: 11 }, (_, index) => `1.${50 + index}.0`);
  return {
    ...fleet,
    hosts: fleet.hosts.map((host) => ({
      ...host,
      ...(host.bottlerocket ? { bottlerocket: { ...host.bottlerocket, version: '1.50.0' } } : {}),
    })),
    updateRepository: {
      ...fleet.updateRepository,
      releases: versions.map((version) => ({ ...release, version })),
    },
  };
}

describe('steps', () => {
  it('a host that is too far behind takes one step per rollout and says so', async () => {
    const policy = { target: { maxStepReleases: 4 } };
    const ended = await runRollout({ fleet: farBehind(), policy });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
    expect(versionsOf(ended)).toEqual(['1.54.0', '1.54.0']);
    expect(ended.record.rollout?.targets).toEqual({ 'aws-ecs-2/x86_64': '1.60.0' });
    await again(ended, 'second');
    expect(versionsOf(ended)).toEqual(['1.58.0', '1.58.0']);
    const third = await again(ended, 'third');
    expect(versionsOf(ended)).toEqual(['1.60.0', '1.60.0']);
    expect(third.instances.map((one) => one.toVersion)).toEqual(['1.60.0', '1.60.0']);
  });

  it('without a limit it goes at once', async () => {
    const ended = await runRollout({ fleet: farBehind() });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
    expect(versionsOf(ended)).toEqual(['1.60.0', '1.60.0']);
  });
});

describe('posture', () => {
  const weakened: readonly FaultSpec[] = [
    { name: 'posture-weakened', subject: first, timesMax: 1 },
  ];

  it('what is only reported is in the record and the journal, and fails nobody', async () => {
    const ended = await runRollout({ faults: weakened });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
    expect(ended.instances[first]).toMatchObject({
      posture: { selinux: 'permissive', rootVerity: true, lockdown: 'integrity' },
      postureRemarks: ['SELinux is permissive, wanted enforcing'],
      agentVersion: '1.98.0',
    });
    expect(ended.instances[second]).toMatchObject({
      posture: { selinux: 'enforcing', adminContainer: false },
      postureRemarks: [],
    });
    expect(ended.instances[first]?.containerRuntimeVersion).toMatch(/^\d+\.\d+/);
    expect(ended.journal.filter(({ what }) => what === 'posture')).toMatchObject([
      { subject: first, why: 'SELinux is permissive, wanted enforcing' },
    ]);
  });

  it('what the policy fails is rolled back, and the version is quarantined', async () => {
    const policy = { posture: { selinuxEnforcing: 'fail' } };
    const ended = await runRollout({ faults: weakened, policy });
    expectEnd(ended, 'FailedClean');
    expect(ended.instances[first]).toMatchObject({
      outcome: 'RolledBack',
      reason:
        'on 1.65.0 SELinux is permissive, wanted enforcing (posture.selinuxEnforcing); ' +
        'rolled back to 1.64.0',
    });
    expect(ended.region.hosts.get(first)?.version).toBe('1.64.0');
    expect(verdicts(await again(ended, 'held'))[0]).toMatch(
      /^HeldBack: .* 1\.65\.0 is quarantined/,
    );
  });

  it('what failed before the update is skipped and blames no version', async () => {
    const fleet = smallFleet();
    const [host] = fleet.hosts;
    if (host?.bottlerocket) host.bottlerocket.settings.adminContainerEnabled = true;
    const policy = { posture: { adminContainerOff: 'fail' } };
    const ended = await runRollout({ fleet, policy });
    expectEnd(ended, 'Succeeded', ['Skipped', 'Updated']);
    expect(ended.instances[first]?.code).toBe('PostureFailed');
  });
});

describe('drift', () => {
  it('the plan says what ran before, the closed rollout what runs after', async () => {
    const fleet = withRelease(smallFleet({ olderEvery: 2 }), 'good');
    const faults = [{ name: 'prepare-fails', subject: first }];
    const ended = await runRollout({ fleet, faults });
    expectEnd(ended, 'Succeeded', ['Skipped', 'Updated']);
    const [before] = ended.record.plan?.drift ?? [];
    const [after] = ended.record.rollout?.drift ?? [];
    expect(before).toMatchObject({ image: 'aws-ecs-2/x86_64', containerInstances: 2 });
    expect(before?.versions).toHaveLength(2);
    expect(after).toMatchObject({ majority: '1.65.0', differing: 1, differingIds: [first] });
    expect(after?.oldestMissing).toMatchObject({ ageDays: 0, containerInstances: 1 });
  });
});
