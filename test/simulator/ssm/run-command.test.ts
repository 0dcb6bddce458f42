// Tests of Run Command: what is refused, what an invocation goes through, and what the API shows of
// it.

import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { idOf, ssmFleet } from './fleet-of.ts';

describe('SendCommand refuses', () => {
  const echo = { DocumentName: 'AWS-RunShellScript', Parameters: { commands: ['echo'] } };
  const rows: [string, JsonObject, string][] = [
    [
      'an unknown instance, and with it the whole call',
      { InstanceIds: [idOf(0), idOf(99)] },
      'InvalidInstanceId',
    ],
    ['an instance without SSM agent', { InstanceIds: [idOf(1)] }, 'InvalidInstanceId'],
    ['an instance named twice', { InstanceIds: [idOf(0), idOf(0)] }, 'DuplicateInstanceId'],
    ['neither instances nor targets', {}, 'InvalidInstanceId'],
    [
      'more than 50 instances',
      { InstanceIds: Array.from({ length: 51 }, (_, at) => idOf(at)) },
      'ValidationException',
    ],
    [
      'a delivery timeout below 30 s',
      { InstanceIds: [idOf(0)], TimeoutSeconds: 29 },
      'ValidationException',
    ],
    [
      'a comment above 100 characters',
      { InstanceIds: [idOf(0)], Comment: 'x'.repeat(101) },
      'ValidationException',
    ],
  ];
  test.each(rows)('%s', async (_what, input, code) => {
    const fleet = ssmFleet({ count: 2, hosts: { 1: { ssmRegistered: false } } });
    expect((await fleet.refusal('SendCommand', { ...echo, ...input })).code).toBe(code);
    expect((await fleet.call('ListCommands')).Commands).toEqual([]);
  });

  test('a terminated instance', async () => {
    const fleet = ssmFleet();
    fleet.hosts.get(idOf(0))?.terminate('scale-in');
    const error = await fleet.refusal('SendCommand', { ...echo, InstanceIds: [idOf(0)] });
    expect(error.message).toBe(
      `Instances [[${idOf(0)}]] not in a valid state for account 111122223333`,
    );
  });
});

describe('An invocation', () => {
  test('is Pending, then InProgress, then Success', async () => {
    const fleet = ssmFleet();
    const commandId = await fleet.send(['echo hello; echo trouble >&2']);
    expect(
      (await fleet.refusal('GetCommandInvocation', { CommandId: commandId, InstanceId: idOf(0) }))
        .code,
    ).toBe('InvocationDoesNotExist');
    await fleet.advance(10);
    expect(fleet.statuses()).toEqual(['InProgress', 'Success']);
    expect(await fleet.invocation(commandId)).toMatchObject({
      Status: 'Success',
      StatusDetails: 'Success',
      PluginName: 'aws:runShellScript',
      ResponseCode: 0,
      StandardOutputContent: 'hello\n',
      StandardErrorContent: 'trouble\n',
    });
  });

  test('shows no output and -1 until it has finished', async () => {
    const fleet = ssmFleet();
    const commandId = await fleet.send(['echo early; sleep 30']);
    await fleet.advance(10);
    expect(await fleet.invocation(commandId)).toMatchObject({
      Status: 'InProgress',
      ResponseCode: -1,
      StandardOutputContent: '',
      ExecutionEndDateTime: '',
      ExecutionElapsedTime: '',
    });
    await fleet.advance(30);
    expect(await fleet.invocation(commandId)).toMatchObject({
      Status: 'Success',
      StandardOutputContent: 'early\n',
      ExecutionElapsedTime: 'PT30S',
    });
  });

  test('that fails has the exit code and the agent’s own line', async () => {
    const fleet = ssmFleet();
    const commandId = await fleet.send(['echo no >&2', 'exit 3']);
    await fleet.advance(10);
    expect(await fleet.invocation(commandId)).toMatchObject({
      Status: 'Failed',
      StatusDetails: 'Failed',
      ResponseCode: 3,
      StandardErrorContent: 'no\nfailed to run commands: exit status 3',
    });
  });

  test('is cut at 24,000 and 8,000 characters, and at 2,500 in lists', async () => {
    const fleet = ssmFleet();
    const commandId = await fleet.send([
      'i=0; while [ $i -lt 3000 ]; do echo 123456789; i=$((i+1)); done',
      'i=0; while [ $i -lt 1000 ]; do echo 123456789 >&2; i=$((i+1)); done',
    ]);
    await fleet.advance(10);
    const invocation = await fleet.invocation(commandId);
    expect(String(invocation.StandardOutputContent)).toHaveLength(24_000);
    expect(String(invocation.StandardErrorContent)).toHaveLength(8_000);
    const { CommandInvocations } = await fleet.call('ListCommandInvocations', {
      CommandId: commandId,
      Details: true,
    });
    const [listed] = CommandInvocations as { CommandPlugins: { Output: string }[] }[];
    const output = listed?.CommandPlugins[0]?.Output ?? '';
    expect(output.length).toBeLessThanOrEqual(2_500);
    expect(output).toContain('\n---Output truncated---\n----------ERROR-------\n1234');
  });

  test('of a script that takes too long is Execution Timed Out', async () => {
    const fleet = ssmFleet();
    const Parameters = { commands: ['sleep 600'], executionTimeout: ['60'] };
    const commandId = await fleet.send([], { Parameters });
    await fleet.advance(90);
    expect(await fleet.invocation(commandId)).toMatchObject({
      Status: 'TimedOut',
      StatusDetails: 'Execution Timed Out',
      ResponseCode: 137,
    });
  });

  test('for an agent that is away waits, is Delayed, and is delivered when the agent is back', async () => {
    const fleet = ssmFleet();
    fleet.hosts.get(idOf(0))?.reboot('ec2');
    await fleet.advance(3);
    await fleet.send(['echo back']);
    await fleet.advance(600);
    expect(fleet.statuses()).toEqual(['InProgress', 'Delayed', 'InProgress', 'Success']);
  });

  test('for an agent that stays away is Delivery Timed Out after TimeoutSeconds', async () => {
    const fleet = ssmFleet({ hosts: { 0: { ssmPingStatus: 'ConnectionLost' } } });
    const commandId = await fleet.send(['echo'], { TimeoutSeconds: 120 });
    await fleet.advance(119);
    expect((await fleet.invocation(commandId)).Status).toBe('Delayed');
    await fleet.advance(2);
    expect(await fleet.invocation(commandId)).toMatchObject({
      Status: 'TimedOut',
      StatusDetails: 'Delivery Timed Out',
      ResponseCode: -1,
    });
  });

  test('can be cancelled while it runs', async () => {
    const fleet = ssmFleet();
    const commandId = await fleet.send(['sleep 600']);
    await fleet.advance(10);
    await fleet.call('CancelCommand', { CommandId: commandId });
    await fleet.advance(10);
    expect(fleet.statuses()).toEqual(['InProgress', 'Cancelling', 'Cancelled']);
  });

  test.each([
    ['lost', 'Delivery Timed Out', 'TimedOut'],
    ['undeliverable', 'Undeliverable', 'Failed'],
  ])('that ssm-delivery-lost keeps back (%s) ends as %s', async (how, details, status) => {
    const fleet = ssmFleet({ faults: [{ name: 'ssm-delivery-lost', parameters: { how } }] });
    const commandId = await fleet.send(['echo'], { TimeoutSeconds: 60 });
    await fleet.advance(70);
    expect(await fleet.invocation(commandId)).toMatchObject({
      Status: status,
      StatusDetails: details,
    });
  });

  test('is hidden by ssm-invocation-unknown, cut and garbled by their faults', async () => {
    const fleet = ssmFleet({
      faults: [
        { name: 'ssm-invocation-unknown', timesMax: 1 },
        { name: 'ssm-output-cut', timesMax: 1, parameters: { characters: 4 } },
        { name: 'ssm-output-garbled' },
      ],
    });
    const first = await fleet.send(['echo "{\\"v\\":1}"']);
    await fleet.advance(10);
    const input = { CommandId: first, InstanceId: idOf(0) };
    expect((await fleet.refusal('GetCommandInvocation', input)).code).toBe(
      'InvocationDoesNotExist',
    );
    expect((await fleet.invocation(first)).StandardOutputContent).toBe('{"v"');
    const second = await fleet.send(['echo "{\\"v\\":1}"']);
    await fleet.advance(10);
    const garbled = String((await fleet.invocation(second)).StandardOutputContent);
    expect(() => JSON.parse(garbled)).toThrow();
  });
});

describe('the time limit of a step', () => {
  test.each([
    ['4', 3600],
    ['5', 5],
    ['172801', 3600],
  ])('%s is one of %i seconds', async (timeoutSeconds, seconds) => {
    const fleet = ssmFleet();
    const inputs = { timeoutSeconds, runCommand: ['sleep 200000'] };
    const mainSteps = [{ action: 'aws:runShellScript', name: 'wait', inputs }];
    const Content = JSON.stringify({ schemaVersion: '2.2', mainSteps });
    await fleet.call('CreateDocument', { Name: 'Wait', Content });
    const commandId = await fleet.send([], { DocumentName: 'Wait', Parameters: {} });
    await fleet.advance(seconds - 1);
    expect((await fleet.invocation(commandId)).Status).toBe('InProgress');
    await fleet.advance(10);
    expect((await fleet.invocation(commandId)).StatusDetails).toBe('Execution Timed Out');
  });
});

describe('GetCommandInvocation', () => {
  test('wants the step when a document has several, and knows its steps', async () => {
    const fleet = ssmFleet();
    const step = (name: string, line: string) => ({
      action: 'aws:runShellScript',
      name,
      inputs: { runCommand: [line] },
    });
    const Content = JSON.stringify({
      schemaVersion: '2.2',
      mainSteps: [step('first', 'exit 1'), step('second', 'echo two')],
    });
    await fleet.call('CreateDocument', { Name: 'Twice', Content });
    const commandId = await fleet.send([], { DocumentName: 'Twice', Parameters: {} });
    await fleet.advance(10);
    const input = { CommandId: commandId, InstanceId: idOf(0) };
    expect((await fleet.refusal('GetCommandInvocation', input)).code).toBe('InvalidPluginName');
    const read = (PluginName: string) =>
      fleet.call('GetCommandInvocation', { ...input, PluginName });
    expect(await read('first')).toMatchObject({ ResponseCode: 1, Status: 'Failed' });
    expect(await read('second')).toMatchObject({
      StandardOutputContent: 'two\n',
      ResponseCode: 0,
      Status: 'Success',
    });
    const { CommandInvocations } = await fleet.call('ListCommandInvocations', {
      CommandId: commandId,
    });
    expect(CommandInvocations).toMatchObject([{ Status: 'Failed' }]);
    const unknown = { ...input, PluginName: 'third' };
    expect((await fleet.refusal('GetCommandInvocation', unknown)).code).toBe('InvalidPluginName');
  });
});
