// AWS Systems Manager: Run Command, what is known of instances, and Change Calendars.

import {
  CancelCommandCommand,
  DescribeInstanceInformationCommand,
  GetCalendarStateCommand,
  GetCommandInvocationCommand,
  InvalidCommandId,
  InvalidDocument,
  InvalidInstanceId,
  InvalidParameters,
  InvalidPluginName,
  InvocationDoesNotExist,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  SendCommandCommand,
  type SendCommandCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { describe, expect } from 'vitest';
import { allPages, openStage, refused } from './support/stage.ts';

const stage = await openStage('ssm-commands');
const ssm = stage.client(SSMClient);
const { prefix } = stage;

const HOST = { needs: ['REMOTE_EC2_INSTANCE'] } as const;
const CALENDAR = { needs: ['REMOTE_CALENDAR'] } as const;
const NO_INSTANCE = `i-${'0'.repeat(16)}9`;
const NO_COMMAND = '00000000-0000-4000-8000-000000000000';

function shell(
  InstanceId: string,
  commands: string[],
  more: Partial<SendCommandCommandInput> = {},
) {
  return new SendCommandCommand({
    DocumentName: 'AWS-RunShellScript',
    InstanceIds: [InstanceId],
    Parameters: { commands },
    ...more,
  });
}

async function send(InstanceId: string, commands: string[]): Promise<string> {
  const { Command } = await ssm.send(shell(InstanceId, commands, { Comment: prefix }));
  return Command!.CommandId!;
}

/** The invocation, once it can be read and is as wanted. */
function invocation(
  CommandId: string,
  InstanceId: string,
  isWanted: (status: string | undefined) => boolean,
) {
  return stage.eventually(
    async () =>
      ssm
        .send(new GetCommandInvocationCommand({ CommandId, InstanceId }))
        .catch((error: unknown) => {
          if (error instanceof InvocationDoesNotExist) return undefined;
          throw error;
        }),
    (answer) => isWanted(answer?.Status),
    { withinSeconds: 180 },
  );
}

const isOver = (status: string | undefined) =>
  ['Success', 'Failed', 'TimedOut', 'Cancelled'].includes(status ?? '');

describe('serialization', () => {
  stage.test('SendCommand, minimal and maximal, and what lists show of it', HOST, async (the) => {
    const InstanceId = the.REMOTE_EC2_INSTANCE;
    const { Command: minimal } = await ssm.send(shell(InstanceId, ['true']));
    expect(minimal).toMatchObject({
      CommandId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      DocumentName: 'AWS-RunShellScript',
      DocumentVersion: expect.any(String),
      InstanceIds: [InstanceId],
      RequestedDateTime: expect.any(Date),
      ExpiresAfter: expect.any(Date),
      Status: expect.stringMatching(/^(Pending|InProgress)$/),
      StatusDetails: expect.any(String),
      TargetCount: expect.any(Number),
      TimeoutSeconds: expect.any(Number),
      MaxConcurrency: '50',
      MaxErrors: '0',
    });
    const { Command: maximal } = await ssm.send(
      new SendCommandCommand({
        DocumentName: 'AWS-RunShellScript',
        DocumentVersion: '$LATEST',
        Targets: [{ Key: 'InstanceIds', Values: [InstanceId] }],
        TimeoutSeconds: 30,
        Comment: 'c'.repeat(100),
        Parameters: { commands: ['echo out; echo err >&2'], executionTimeout: ['60'] },
        MaxConcurrency: '100%',
        MaxErrors: '100%',
        CloudWatchOutputConfig: { CloudWatchOutputEnabled: false },
      }),
    );
    const CommandId = maximal!.CommandId!;
    const read = await invocation(CommandId, InstanceId, isOver);
    expect(read).toMatchObject({
      CommandId,
      InstanceId,
      Comment: 'c'.repeat(100),
      PluginName: 'aws:runShellScript',
      ResponseCode: 0,
      Status: 'Success',
      StatusDetails: 'Success',
      StandardOutputContent: 'out\n',
      StandardErrorContent: 'err\n',
      ExecutionStartDateTime: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/),
      ExecutionEndDateTime: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/),
      ExecutionElapsedTime: expect.stringMatching(/^PT[\d.]+/),
    });
    const { Commands } = await ssm.send(
      new ListCommandsCommand({
        InstanceId,
        MaxResults: 50,
        Filters: [{ key: 'DocumentName', value: 'AWS-RunShellScript' }],
      }),
    );
    expect(Commands?.map((one) => one.CommandId)).toContain(CommandId);
    const { CommandInvocations } = await ssm.send(
      new ListCommandInvocationsCommand({ CommandId, InstanceId, Details: true }),
    );
    expect(CommandInvocations?.[0]).toMatchObject({
      InstanceId,
      RequestedDateTime: expect.any(Date),
      Status: 'Success',
      CommandPlugins: [
        {
          Name: 'aws:runShellScript',
          ResponseCode: 0,
          ResponseStartDateTime: expect.any(Date),
          ResponseFinishDateTime: expect.any(Date),
          Output: expect.stringContaining('out'),
        },
      ],
    });
    const plain = await ssm.send(new ListCommandInvocationsCommand({ CommandId }));
    expect(plain.CommandInvocations?.[0]?.CommandPlugins).toEqual([]);
    expect(await ssm.send(new CancelCommandCommand({ CommandId }))).toBeDefined();
  });

  stage.test('DescribeInstanceInformation', HOST, async (the) => {
    const { InstanceInformationList } = await ssm.send(
      new DescribeInstanceInformationCommand({
        MaxResults: 50,
        Filters: [{ Key: 'InstanceIds', Values: [the.REMOTE_EC2_INSTANCE] }],
      }),
    );
    expect(InstanceInformationList).toHaveLength(1);
    expect(InstanceInformationList?.[0]).toMatchObject({
      InstanceId: the.REMOTE_EC2_INSTANCE,
      PingStatus: 'Online',
      LastPingDateTime: expect.any(Date),
      RegistrationDate: expect.any(Date),
      AgentVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
      IsLatestVersion: expect.any(Boolean),
      PlatformType: 'Linux',
      PlatformName: expect.any(String),
      PlatformVersion: expect.any(String),
      ResourceType: 'EC2Instance',
      IPAddress: expect.stringMatching(/^[\d.]+$/),
    });
    await ssm.send(new DescribeInstanceInformationCommand({}));
  });

  stage.test('GetCalendarState', CALENDAR, async (the) => {
    const CalendarNames = [the.REMOTE_CALENDAR];
    const now = await ssm.send(new GetCalendarStateCommand({ CalendarNames }));
    expect(now).toMatchObject({
      State: expect.stringMatching(/^(OPEN|CLOSED)$/),
      AtTime: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/),
    });
    await ssm.send(new GetCalendarStateCommand({ CalendarNames, AtTime: now.AtTime }));
  });
});

describe('validation', () => {
  stage.test('commands, their documents, instances and parameters', HOST, async (the) => {
    const InstanceId = the.REMOTE_EC2_INSTANCE;
    await refused(ssm, InvalidInstanceId, shell(NO_INSTANCE, ['true']));
    const absent = shell(InstanceId, ['true'], { DocumentName: `${prefix}-absent` });
    await refused(ssm, InvalidDocument, absent);
    await refused(
      ssm,
      InvalidParameters,
      shell(InstanceId, [], { Parameters: {} }),
      shell(InstanceId, [], { Parameters: { commands: ['true'], executionTimeout: ['long'] } }),
      shell(InstanceId, [], { Parameters: { commands: ['true'], unknown: ['a'] } }),
    );
    await refused(
      ssm,
      'ValidationException',
      shell(InstanceId, ['true'], { TimeoutSeconds: 29 }),
      shell(InstanceId, ['true'], { TimeoutSeconds: 2_592_001 }),
      shell(InstanceId, ['true'], { Comment: 'c'.repeat(101) }),
      shell(InstanceId, ['true'], { MaxConcurrency: '0' }),
      shell(InstanceId, ['true'], { MaxErrors: '101%' }),
      shell('i-short', ['true']),
      shell(InstanceId, ['true'], {
        InstanceIds: Array.from({ length: 51 }, (_, n) => `i-${n.toString(16).padStart(17, 'a')}`),
      }),
    );
  });

  stage.test('invocations that do not exist', HOST, async (the) => {
    const InstanceId = the.REMOTE_EC2_INSTANCE;
    const unknown = new GetCommandInvocationCommand({ CommandId: NO_COMMAND, InstanceId });
    await refused(ssm, InvocationDoesNotExist, unknown);
    await refused(ssm, InvalidCommandId, new CancelCommandCommand({ CommandId: NO_COMMAND }));
    const CommandId = await send(InstanceId, ['true']);
    await invocation(CommandId, InstanceId, isOver);
    const PluginName = 'noSuchStep';
    const plugin = new GetCommandInvocationCommand({ CommandId, InstanceId, PluginName });
    await refused(ssm, InvalidPluginName, plugin);
    await refused(
      ssm,
      'ValidationException',
      new GetCommandInvocationCommand({ CommandId: 'short', InstanceId }),
      new CancelCommandCommand({ CommandId: 'short' }),
      new ListCommandsCommand({ MaxResults: 0 }),
      new ListCommandsCommand({ MaxResults: 51 }),
      new ListCommandInvocationsCommand({ MaxResults: 51 }),
      new ListCommandInvocationsCommand({ CommandId: 'short' }),
    );
    await ssm.send(new ListCommandsCommand({ MaxResults: 50 }));
  });

  stage.test('inventory and calendars', CALENDAR, async (the) => {
    await refused(
      ssm,
      'ValidationException',
      new DescribeInstanceInformationCommand({ MaxResults: 4 }),
      new DescribeInstanceInformationCommand({ MaxResults: 51 }),
      new GetCalendarStateCommand({ CalendarNames: undefined }),
      new GetCalendarStateCommand({ CalendarNames: [the.REMOTE_CALENDAR], AtTime: 'tomorrow' }),
    );
    await ssm.send(new DescribeInstanceInformationCommand({ MaxResults: 5 }));
    const CalendarNames = [`${prefix}-absent`];
    await refused(ssm, InvalidDocument, new GetCalendarStateCommand({ CalendarNames }));
  });
});

describe('behaviour', () => {
  stage.test('a script that fails says so, with its exit code', HOST, async (the) => {
    const InstanceId = the.REMOTE_EC2_INSTANCE;
    const CommandId = await send(InstanceId, ['echo before', 'exit 7']);
    const over = await invocation(CommandId, InstanceId, isOver);
    expect(over).toMatchObject({
      Status: 'Failed',
      ResponseCode: 7,
      StandardOutputContent: 'before\n',
    });
    const counted = await stage.eventually(
      async () => (await ssm.send(new ListCommandsCommand({ CommandId }))).Commands?.[0],
      (command) => command?.Status === 'Failed',
    );
    expect(counted).toMatchObject({ TargetCount: 1, CompletedCount: 1, ErrorCount: 1 });
  });

  stage.test('a command that is cancelled ends before its script would', HOST, async (the) => {
    const InstanceId = the.REMOTE_EC2_INSTANCE;
    const CommandId = await send(InstanceId, ['sleep 900']);
    await invocation(CommandId, InstanceId, (status) => status === 'InProgress');
    await ssm.send(new CancelCommandCommand({ CommandId, InstanceIds: [InstanceId] }));
    const over = await invocation(CommandId, InstanceId, isOver);
    expect(over?.Status).toBe('Cancelled');
  });

  stage.test('pages hold every command and every invocation once', HOST, async (the) => {
    const InstanceId = the.REMOTE_EC2_INSTANCE;
    const sent = [await send(InstanceId, ['true']), await send(InstanceId, ['true'])];
    for (const id of sent) await invocation(id, InstanceId, isOver);
    const commands = await allPages(
      (NextToken) => ssm.send(new ListCommandsCommand({ InstanceId, MaxResults: 1, NextToken })),
      ({ Commands }) => Commands?.map((one) => one.CommandId),
      ({ NextToken }) => NextToken,
    );
    expect(commands.items).toEqual(expect.arrayContaining(sent));
    expect(new Set(commands.items).size).toBe(commands.items.length);
    const invocations = await allPages(
      (NextToken) =>
        ssm.send(new ListCommandInvocationsCommand({ InstanceId, MaxResults: 1, NextToken })),
      ({ CommandInvocations }) => CommandInvocations?.map((one) => one.CommandId),
      ({ NextToken }) => NextToken,
    );
    expect(invocations.items).toEqual(expect.arrayContaining(sent));
  });

  stage.test('an instance is found by both forms of filters', HOST, async (the) => {
    const InstanceId = the.REMOTE_EC2_INSTANCE;
    const legacy = await ssm.send(
      new DescribeInstanceInformationCommand({
        InstanceInformationFilterList: [{ key: 'InstanceIds', valueSet: [InstanceId] }],
      }),
    );
    const modern = await ssm.send(
      new DescribeInstanceInformationCommand({
        Filters: [{ Key: 'PingStatus', Values: ['Online'] }],
        MaxResults: 50,
      }),
    );
    expect(legacy.InstanceInformationList).toHaveLength(1);
    expect(modern.InstanceInformationList?.map((one) => one.InstanceId)).toContain(InstanceId);
  });

  stage.test(
    'a calendar is at its next transition what it says it becomes',
    CALENDAR,
    async (the) => {
      const CalendarNames = [the.REMOTE_CALENDAR];
      const now = await ssm.send(new GetCalendarStateCommand({ CalendarNames }));
      if (!now.NextTransitionTime) return;
      const then = await ssm.send(
        new GetCalendarStateCommand({ CalendarNames, AtTime: now.NextTransitionTime }),
      );
      expect(then.State).toBe(now.State === 'OPEN' ? 'CLOSED' : 'OPEN');
    },
  );
});

stage.proveComplete();
