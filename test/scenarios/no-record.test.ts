// Scenarios: the table, or what it says of a rollout, is lost; the marks on what is drained bring it back.

import { describe, expect, it } from 'vitest';
import { TABLE_NAME } from '../../infra/names.ts';
import type { FaultSpec } from '../../simulator/faults/faults.ts';
import type { Region } from '../../simulator/region.ts';
import {
  CLUSTER,
  type Ended,
  idsOf,
  type Running,
  runRollout,
  type Scenario,
  smallFleet,
  withGroups,
  withoutGroups,
} from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const fleet = smallFleet();
const [first = '', second = ''] = idsOf(fleet);
const UPDATED = ['Updated', 'Updated'];
/** The first one drains; the same, empty and told to reboot. */
const DRAINING_SECONDS = 140;
const REBOOTING_SECONDS = 200;
/** The longest that looks, questions and answers take without a record. */
const RECOVERY_SECONDS = 3600;

function deleted(fromSeconds: number, restoredAfterSeconds?: number): FaultSpec {
  const parameters = restoredAfterSeconds === undefined ? {} : { restoredAfterSeconds };
  return { name: 'dynamodb-table-deleted', subject: TABLE_NAME, fromSeconds, parameters };
}

function itemDeleted(key: string, fromSeconds: number): FaultSpec {
  const parameters = { key };
  return { name: 'dynamodb-item-deleted', subject: TABLE_NAME, fromSeconds, parameters };
}

/** As somebody does who has permission to. */
async function deleteTable(region: Region): Promise<void> {
  const unprotected = { TableName: TABLE_NAME, DeletionProtectionEnabled: false };
  await region.call('dynamodb', 'UpdateTable', unprotected);
  await region.call('dynamodb', 'DeleteTable', { TableName: TABLE_NAME });
}

async function deleteItems(region: Region): Promise<void> {
  const { Items } = await region.call('dynamodb', 'Scan', { TableName: TABLE_NAME });
  for (const { pk, sk } of Items as { pk: unknown; sk: unknown }[]) {
    await region.call('dynamodb', 'DeleteItem', { TableName: TABLE_NAME, Key: { pk, sk } });
  }
}

interface Told {
  /** Messages of the sweep's log lines, those about nothing but waiting left out. */
  readonly sweep: string[];
  /** Events of our bus about what is not recorded. */
  readonly events: string[];
}

async function run(scenario: Scenario): Promise<Ended & Told> {
  const told: Told = { sweep: [], events: [] };
  const observe = (region: Region) => {
    region.services.lambda.logs.subscribe(({ functionName, text }) => {
      const found = /"message":"(recovered|stranded|open rollout was not listed)"/.exec(text);
      if (functionName.endsWith('-sweep') && found?.[1]) told.sweep.push(found[1]);
    });
    region.kernel.log.subscribe(({ name, detail }) => {
      const found = /Container Instance (Recovered|Stranded)/.exec(JSON.stringify(detail));
      if (name === 'event-put' && found?.[1]) told.events.push(found[1]);
    });
  };
  const ended = await runRollout({ settleSeconds: RECOVERY_SECONDS, observe, ...scenario });
  return { ...ended, ...told };
}

const statuses = ({ world }: Ended) =>
  Object.fromEntries(world.map(({ ec2InstanceId, status }) => [ec2InstanceId, status]));
const IN_SERVICE = { [first]: 'ACTIVE', [second]: 'ACTIVE' };

function lockOf({ region }: Ended, id: string): string | undefined {
  return region.hosts.get(id)?.bottlerocket?.settings.versionLock;
}

/** Everything is downloaded and locked, and nothing is drained yet; then the table is deleted for good. */
function loseTableWhenPrepared(then?: (region: Region) => Promise<unknown>) {
  return async ({ region, untilState }: Running) => {
    await untilState('update-container-instance', 'DrainContainerInstance');
    await region.advance(1);
    await deleteTable(region);
    await then?.(region);
  };
}

describe('the table is deleted for good', () => {
  it('before anything was touched: the execution ends, and says what is missing', async () => {
    const ended = await run({ faults: [deleted(3)] });
    expect(ended.ending).toBe('FailedDirty');
    expect(ended.reason).toContain(`table ${TABLE_NAME} does not exist; restore it`);
    expect(ended.violations).toEqual([]);
    expect(ended.watched.reboots.size).toBe(0);
  });

  it('before the first drain: nothing is drained any more', async () => {
    const ended = await run({
      meanwhile: async ({ region, untilState }) => {
        await untilState('roll-out-cluster', 'PrepareUpdates');
        await region.advance(10);
        await deleteTable(region);
      },
    });
    expect(ended.ending).toBe('FailedDirty');
    expect(ended.violations).toEqual([]);
    expect(ended.watched.mutations.get('ecs:UpdateContainerInstancesState')).toBeUndefined();
  });

  it.each([
    ['while one drains', 'DrainContainerInstance', '1.64.0'],
    ['while it reboots', 'RebootIntoUpdate', '1.65.0'],
    ['on its new boot', 'LetAgentSettle', '1.65.0'],
  ])('%s: its mark brings it back, with its own settings', async (_, state, version) => {
    let drained = '';
    const ended = await run({
      meanwhile: async ({ region, untilState }) => {
        await untilState('update-container-instance', state);
        await region.advance(3);
        const instances = region.services.ecs.world.containerInstances(CLUSTER);
        drained = instances.find(({ status }) => status === 'DRAINING')?.ec2InstanceId ?? '';
        await deleteTable(region);
      },
    });
    expect(ended.ending).toBe('FailedDirty');
    expect(statuses(ended)).toEqual(IN_SERVICE);
    expect(ended.violations).toEqual([]);
    expect(ended.region.hosts.get(drained)?.bottlerocket?.version).toBe(version);
    expect(new Set(ended.sweep)).toEqual(new Set(['recovered']));
    expect(new Set(ended.events)).toEqual(new Set(['Recovered']));
    const running = ended.region.services.states.executions();
    expect(running.filter(({ status }) => status === 'RUNNING')).toEqual([]);
  });

  it('the scale-in protection that was ours goes, too', async () => {
    const policy = { autoScaling: { protectFromScaleIn: true } };
    const ended = await run({
      fleet: withGroups(fleet),
      policy,
      faults: [deleted(DRAINING_SECONDS)],
    });
    expect(statuses(ended)).toEqual(IN_SERVICE);
    const asked = { InstanceIds: [first] };
    const answer = await ended.region.call('autoscaling', 'DescribeAutoScalingInstances', asked);
    expect(answer.AutoScalingInstances).toMatchObject([{ ProtectedFromScaleIn: false }]);
  });

  it('that cannot be put back: in service all the same, and a person is told', async () => {
    const policy = { autoScaling: { protectFromScaleIn: true } };
    const subject = 'autoscaling:SetInstanceProtection';
    const denied = { name: 'api-access-denied', subject, fromSeconds: DRAINING_SECONDS };
    const faults = [denied, deleted(DRAINING_SECONDS)];
    const ended = await run({ fleet: withGroups(fleet), policy, faults });
    expect(statuses(ended)).toEqual(IN_SERVICE);
    expect(new Set(ended.sweep)).toEqual(new Set(['stranded', 'recovered']));
    expect(new Set(ended.events)).toEqual(new Set(['Stranded', 'Recovered']));
  });

  it('an update that is active is taken back before the host returns', async () => {
    const never = { name: 'reboot-never-happens', subject: first };
    const ended = await run({ faults: [never, deleted(REBOOTING_SECONDS)] });
    expect(statuses(ended)).toEqual(IN_SERVICE);
    expect(ended.violations).toEqual([]);
    expect(ended.watched.documents).toContain('BottlerocketFleet-Cancel');
  });

  it('a host that never comes back stays drained, and people are told again and again', async () => {
    const hangs = { name: 'host-never-returns', subject: first };
    const ended = await run({
      fleet: withoutGroups(fleet),
      faults: [hangs, deleted(REBOOTING_SECONDS)],
    });
    expect(statuses(ended)).toEqual({ ...IN_SERVICE, [first]: 'DRAINING' });
    expect(new Set(ended.sweep)).toEqual(new Set(['stranded']));
    expect(ended.events.length).toBeGreaterThan(2);
    expect(ended.events.length).toBeLessThan(ended.sweep.length);
  });

  it('an instance that is terminated meanwhile is deregistered', async () => {
    const gone = {
      name: 'instance-terminated',
      subject: first,
      fromSeconds: REBOOTING_SECONDS,
      timesMax: 1,
    };
    const ended = await run({ fleet: withoutGroups(fleet), faults: [gone, deleted(201)] });
    expect(statuses(ended)[first]).toBe('INACTIVE');
    expect(ended.sweep).toEqual([]);
  });
});

describe('hosts that were prepared, and have no record any more', () => {
  const cutOff = (subject: string): FaultSpec => ({
    name: 'ssm-output-cut',
    subject,
    parameters: { characters: 100 },
    fromSeconds: 8,
    untilSeconds: 200,
  });

  it('have their own settings again', async () => {
    const ended = await run({ meanwhile: loseTableWhenPrepared() });
    expect(ended.ending).toBe('FailedDirty');
    expect([first, second].map((id) => lockOf(ended, id))).toEqual(['latest', 'latest']);
    expect(ended.violations).toEqual([]);
    expect(ended.sweep).not.toContain('stranded');
  });

  it('keep what a person has set since', async () => {
    const ended = await run({
      meanwhile: loseTableWhenPrepared(async (region) => {
        const { bottlerocket } = region.hosts.get(second) ?? {};
        await region.finish(bottlerocket!.apiclient(['set', 'updates.version-lock=v1.63.0']));
      }),
    });
    expect(lockOf(ended, second)).toBe('v1.63.0');
    expect(lockOf(ended, first)).toBe('latest');
  });

  it('whose answer cannot be read: what they said at the check counts', async () => {
    const ended = await run({ faults: [cutOff(second)], meanwhile: loseTableWhenPrepared() });
    expect(ended.violations).toEqual([]);
    expect(lockOf(ended, second)).toBe('latest');
  });

  it('that do not answer: people are told, and not at every look', async () => {
    const lost = { name: 'ssm-delivery-lost', subject: second, fromSeconds: 100 };
    const ended = await run({ faults: [lost], meanwhile: loseTableWhenPrepared() });
    expect(lockOf(ended, second)).toBe('v1.65.0');
    const told = ended.sweep.filter((message) => message === 'stranded');
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(4);
    expect(ended.events).toContain('Stranded');
  });

  it('that a newer rollout works on are left to it, and get their own settings after it', async () => {
    const locks: (string | undefined)[] = [];
    const ended = await run({
      settleSeconds: 3 * RECOVERY_SECONDS,
      meanwhile: async ({ region, execution, untilState, start }) => {
        await untilState('update-container-instance', 'DrainContainerInstance');
        await region.call('states', 'StopExecution', { executionArn: execution.arn });
        await deleteItems(region);
        const next = await start('second', { approval: { required: true } });
        await untilState('roll-out-cluster', 'AwaitApproval');
        await region.advance(2400);
        locks.push(region.hosts.get(first)?.bottlerocket?.settings.versionLock);
        await region.call('states', 'StopExecution', { executionArn: next.arn });
      },
    });
    expect(locks).toEqual(['v1.65.0']);
    expect([first, second].map((id) => lockOf(ended, id))).toEqual(['latest', 'latest']);
  });
});

describe('the table is restored under its name', () => {
  it('while the executions still wait: they go on where they were', async () => {
    const ended = await run({ faults: [deleted(DRAINING_SECONDS, 900)] });
    expectEnd(ended, 'Succeeded', UPDATED);
  });

  it('after one was brought back without it: it is left alone, the other is updated', async () => {
    const ended = await run({ faults: [deleted(REBOOTING_SECONDS, 3000)] });
    expectEnd(ended, 'Succeeded', ['Yielded', 'Updated']);
    expect(ended.instances[first]?.reason).toContain('the sweep verified it and returned it to');
  });

  it('after everything has ended: the sweep closes the rollout', async () => {
    const ended = await run({
      faults: [deleted(DRAINING_SECONDS, 5400)],
      settleSeconds: 2 * RECOVERY_SECONDS,
    });
    expectEnd(ended, 'FailedDirty');
    expect(ended.recordedEnding).toBe('FailedClean');
    expect(new Set(ended.sweep)).toEqual(new Set(['recovered']));
  });
});

describe('a table that does not answer is not gone', () => {
  it.each(['api-throttled', 'api-error-before-effect', 'api-access-denied'])(
    '%s for half an hour: nothing is taken for unrecorded',
    async (name) => {
      const span = { fromSeconds: DRAINING_SECONDS, untilSeconds: DRAINING_SECONDS + 1800 };
      const ended = await run({ faults: [{ name, subject: 'dynamodb:*', ...span }] });
      expectEnd(ended, ['Succeeded', 'FailedClean', 'FailedDirty', 'Halted']);
      expect(ended.sweep).toEqual([]);
    },
  );
});

describe('somebody deletes items', () => {
  it('the rollout itself: what is drained comes home all the same', async () => {
    const ended = await run({ faults: [itemDeleted('ROLLOUT#scenario/*', DRAINING_SECONDS)] });
    expect(ended.ending).toBe('FailedDirty');
    expect(statuses(ended)).toEqual(IN_SERVICE);
    expect(ended.leases).toEqual([]);
  });

  it('everything', async () => {
    const ended = await run({ faults: [itemDeleted('*', REBOOTING_SECONDS)] });
    expect(ended.ending).toBe('FailedDirty');
    expect(statuses(ended)).toEqual(IN_SERVICE);
    expect(new Set(ended.sweep)).toEqual(new Set(['recovered']));
  });

  it('the container instances: the rollout says that it has lost them', async () => {
    const ended = await run({
      faults: [itemDeleted('ROLLOUT#scenario/INSTANCE*', DRAINING_SECONDS)],
    });
    expect(ended.ending).toBe('FailedDirty');
    expect(ended.reason).toContain('the record has lost 2 of the chosen container instances');
    expect(statuses(ended)).toEqual(IN_SERVICE);
    expect(new Set(ended.sweep)).toEqual(new Set(['recovered']));
  });

  it('the list that the sweep goes through: an open rollout is put on it again', async () => {
    const hangs = { name: 'task-stops-late', subject: 'web' };
    const ended = await run({ faults: [itemDeleted('OPEN/*', DRAINING_SECONDS), hangs] });
    expectEnd(ended, 'Succeeded', ['Blocked', 'Blocked']);
    expect(ended.sweep).toContain('open rollout was not listed');
  });
});

it('what a person was told of stays drained: its rollout is on record', async () => {
  const faults = [{ name: 'host-never-returns', subject: first }];
  const ended = await run({ fleet: withoutGroups(fleet), faults });
  expectEnd(ended, 'FailedDirty', ['NeedsAttention', 'NotStarted']);
  expect(ended.sweep).toEqual([]);
});
