// Tests of a command over its instances: counts, targets, limits, pages, and events.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { idOf, ssmFleet } from './fleet-of.ts';

describe('A command', () => {
  test('answers zeros at first and counts later', async () => {
    const fleet = ssmFleet({ count: 3 });
    const sent = await fleet.call('SendCommand', {
      DocumentName: 'AWS-RunShellScript',
      InstanceIds: [idOf(0), idOf(1), idOf(2)],
      Comment: 'rollout-7',
      Parameters: { commands: ['[ "$AWS_SSM_INSTANCE_ID" != i-00000000000000001 ]'] },
    });
    expect(sent.Command).toMatchObject({ Status: 'Pending', TargetCount: 0, CompletedCount: 0 });
    await fleet.advance(10);
    const { Commands } = await fleet.call('ListCommands', {
      Filters: [{ key: 'Status', value: 'Failed' }],
    });
    expect(Commands).toMatchObject([
      { Status: 'Failed', TargetCount: 3, CompletedCount: 3, ErrorCount: 1, Comment: 'rollout-7' },
    ]);
  });

  test('is found by a filter on whatever page it is: pages before it may be empty', async () => {
    const fleet = ssmFleet();
    const first = await fleet.send(['exit 1']);
    await fleet.advance(10);
    for (let count = 0; count < 2; count++) await fleet.send(['echo']);
    await fleet.advance(10);
    const Filters = [{ key: 'Status', value: 'Failed' }];
    const pages = async (operation: string, member: string) => {
      const found: unknown[][] = [];
      let NextToken: unknown;
      do {
        const page = await fleet.call(operation, { Filters, MaxResults: 1, NextToken });
        found.push((page[member] as JsonObject[]).map(({ CommandId }) => CommandId));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      return found;
    };
    expect(await pages('ListCommands', 'Commands')).toEqual([[], [], [first]]);
    expect(await pages('ListCommandInvocations', 'CommandInvocations')).toEqual([[], [], [first]]);
  });

  test('for tags goes to whoever has them, and to nobody is a success', async () => {
    const tags = [{ key: 'role', value: 'web' }];
    const fleet = ssmFleet({ count: 3, hosts: { 0: { tags }, 2: { tags } } });
    const Targets = [{ Key: 'tag:role', Values: ['web'] }];
    const commandId = await fleet.send(['echo'], { InstanceIds: undefined, Targets });
    await fleet.advance(10);
    const { CommandInvocations } = await fleet.call('ListCommandInvocations', {
      CommandId: commandId,
    });
    expect((CommandInvocations as JsonObject[]).map(({ InstanceId }) => InstanceId)).toEqual([
      idOf(0),
      idOf(2),
    ]);
    const nobody = [{ Key: 'tag:role', Values: ['db'] }];
    await fleet.send(['echo'], { InstanceIds: undefined, Targets: nobody });
    const { Commands } = await fleet.call('ListCommands');
    expect((Commands as JsonObject[])[0]).toMatchObject({
      Status: 'Success',
      StatusDetails: 'NoInstancesInTag',
      TargetCount: 0,
    });
  });

  test('goes to MaxConcurrency at a time and stops after MaxErrors', async () => {
    const fleet = ssmFleet({ count: 4 });
    await fleet.send(['sleep 10; exit 1'], { MaxConcurrency: '1', MaxErrors: '1' });
    await fleet.advance(120);
    const details = [0, 1, 2, 3].map((index) => fleet.statuses(idOf(index)).at(-1));
    expect(details).toEqual(['Failed', 'Failed', 'Terminated', 'Terminated']);
  });

  test('lists its invocations in pages of at most 50', async () => {
    const fleet = ssmFleet({ count: 60 });
    const ids = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, at) => idOf(from + at));
    await fleet.send(['echo'], { InstanceIds: ids(0, 50) });
    await fleet.send(['echo'], { InstanceIds: ids(50, 60) });
    await fleet.advance(10);
    const first = await fleet.call('ListCommandInvocations', {});
    expect(first.CommandInvocations).toHaveLength(50);
    const second = await fleet.call('ListCommandInvocations', { NextToken: first.NextToken });
    expect(second.CommandInvocations).toHaveLength(10);
    expect(second.NextToken).toBeUndefined();
    expect((await fleet.refusal('ListCommandInvocations', { MaxResults: 51 })).code).toBe(
      'ValidationException',
    );
  });
});

test('events: command and invocation level, `Canceled` with one l, parameters in the former only', async () => {
  const fleet = ssmFleet();
  const commandId = await fleet.send(['sleep 100']);
  await fleet.advance(10);
  await fleet.call('CancelCommand', { CommandId: commandId });
  await fleet.advance(10);
  const requested = '2026-11-24T02:00:00.000Z';
  const document = { 'command-id': commandId, 'document-name': 'AWS-RunShellScript' };
  expect(fleet.emitted.filter(({ detail }) => detail.status === 'Canceled')).toEqual([
    {
      source: 'aws.ssm',
      detailType: 'EC2 Command Invocation Status-change Notification',
      resources: [`arn:aws:ec2:eu-west-1:111122223333:instance/${idOf(0)}`],
      detail: {
        ...document,
        'instance-id': idOf(0),
        'requested-date-time': requested,
        status: 'Canceled',
      },
    },
    {
      source: 'aws.ssm',
      detailType: 'EC2 Command Status-change Notification',
      resources: [`arn:aws:ec2:eu-west-1:111122223333:instance/${idOf(0)}`],
      detail: {
        ...document,
        'expire-after': '2026-11-24T04:00:00.000Z',
        parameters: { commands: ['sleep 100'] },
        'requested-date-time': requested,
        status: 'Canceled',
      },
    },
  ]);
  expect(fleet.emitted.map(({ detail }) => detail.status)).toEqual([
    'InProgress',
    'InProgress',
    'Canceled',
    'Canceled',
  ]);
});
