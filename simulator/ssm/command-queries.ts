// Reads commands and invocations as the API shows them: late, cut, and in pages.

import { validate } from '../kernel/constraints.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { pageOf } from '../kernel/page.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import {
  type Command,
  countsAsError,
  type Invocation,
  isTerminal,
  type PluginRecord,
} from './command.ts';
import type { CommandBook } from './command-book.ts';
import { objects, text } from './members.ts';
import { combinedOutput, standardError, standardOutput } from './plugin-output.ts';

const PAGE_MAX = 50;

const COMMAND_ID = { min: 36, max: 36 };
const INSTANCE_ID = { pattern: /(^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)/ };

const iso = (at: number | undefined) => (at === undefined ? '' : new Date(at).toISOString());

/** `PT12.5S`; the API prints fractions of a second as they are. */
function elapsed({ startedAt, finishedAt }: PluginRecord): string {
  if (startedAt === undefined || finishedAt === undefined) return '';
  const seconds = Math.floor(finishedAt - startedAt) / 1000;
  const minutes = Math.floor(seconds / 60);
  const rest = Number((seconds - minutes * 60).toFixed(3));
  return `PT${minutes > 0 ? `${minutes}M` : ''}${rest > 0 || minutes === 0 ? `${rest}S` : ''}`;
}

export function commandView(command: Command, fresh = false): JsonObject {
  const { invocations } = command;
  const count = (test: (invocation: Invocation) => boolean) => invocations.filter(test).length;
  return {
    CommandId: command.commandId,
    DocumentName: command.documentName,
    DocumentVersion: command.documentVersion,
    Comment: command.comment,
    ExpiresAfter: command.expiresAt / 1000,
    Parameters: command.parameters,
    InstanceIds: command.instanceIds,
    Targets: command.targets,
    RequestedDateTime: command.requestedAt / 1000,
    Status: command.status,
    StatusDetails: command.statusDetails,
    OutputS3Region: '',
    OutputS3BucketName: '',
    OutputS3KeyPrefix: '',
    MaxConcurrency: command.maxConcurrency,
    MaxErrors: command.maxErrors,
    // The answer of SendCommand itself has zeros here; later reads count.
    TargetCount: fresh ? 0 : invocations.length,
    CompletedCount: fresh ? 0 : count(({ status }) => isTerminal(status)),
    ErrorCount: fresh ? 0 : count(countsAsError),
    DeliveryTimedOutCount: fresh
      ? 0
      : count(({ statusDetails }) => statusDetails === 'Delivery Timed Out'),
    ServiceRole: '',
    NotificationConfig: { NotificationArn: '', NotificationEvents: [], NotificationType: '' },
    CloudWatchOutputConfig: { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false },
    TimeoutSeconds: command.timeoutSeconds,
  };
}

function pluginView(plugin: PluginRecord): JsonObject {
  return {
    Name: plugin.name,
    Status: plugin.status,
    StatusDetails: plugin.statusDetails,
    ResponseCode: plugin.responseCode,
    ...(plugin.startedAt === undefined ? {} : { ResponseStartDateTime: plugin.startedAt / 1000 }),
    ...(plugin.finishedAt === undefined
      ? {}
      : { ResponseFinishDateTime: plugin.finishedAt / 1000 }),
    Output: combinedOutput(plugin),
    StandardOutputUrl: '',
    StandardErrorUrl: '',
    OutputS3Region: '',
    OutputS3BucketName: '',
    OutputS3KeyPrefix: '',
  };
}

function invocationView(invocation: Invocation, details: boolean): JsonObject {
  const { command, plugins } = invocation;
  return {
    CommandId: command.commandId,
    InstanceId: invocation.instanceId,
    InstanceName: '',
    Comment: command.comment,
    DocumentName: command.documentName,
    DocumentVersion: command.documentVersion,
    RequestedDateTime: command.requestedAt / 1000,
    Status: invocation.status,
    StatusDetails: invocation.statusDetails,
    StandardOutputUrl: '',
    StandardErrorUrl: '',
    CommandPlugins: details ? plugins.map(pluginView) : [],
    ServiceRole: '',
    NotificationConfig: { NotificationArn: '', NotificationEvents: [], NotificationType: '' },
    CloudWatchOutputConfig: { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false },
  };
}

interface Filtered {
  readonly requestedAt: number;
  readonly documentName: string;
  readonly status: string;
  readonly statusDetails: string;
  readonly terminal: boolean;
}

/**
 * Lists are in the order of their sending, so that the filters on it choose where pages begin and
 * end (a guess). All others are for what is on a page already: it may be short, or empty and have a
 * token (boto3#2643).
 */
function inTime(commands: readonly Command[], filters: readonly JsonObject[]): Command[] {
  const onTime = filters.filter(({ key }) => key === 'InvokedAfter' || key === 'InvokedBefore');
  return commands.filter((command) => passes({ ...command, terminal: false }, onTime, false));
}

function passes(item: Filtered, filters: readonly JsonObject[], stages: boolean): boolean {
  return filters.every((filter) => {
    const key = String(filter.key);
    const value = String(filter.value);
    if (key === 'InvokedAfter') return item.requestedAt >= Date.parse(value);
    if (key === 'InvokedBefore') return item.requestedAt < Date.parse(value);
    if (key === 'DocumentName') return item.documentName === value;
    if (key === 'Status') return [item.status, item.statusDetails].includes(value);
    if (key === 'ExecutionStage' && stages) return (value === 'Complete') === item.terminal;
    throw new AwsError('InvalidFilterKey', '');
  });
}

const badToken = () => new AwsError('InvalidNextToken', 'The specified token is not valid.');

export class CommandQueries {
  readonly #kernel: Kernel;
  readonly #book: CommandBook;

  constructor(kernel: Kernel, book: CommandBook) {
    this.#kernel = kernel;
    this.#book = book;
  }

  getCommandInvocation(input: JsonObject): JsonObject {
    validate(input, {
      CommandId: { required: true, ...COMMAND_ID },
      InstanceId: { required: true, ...INSTANCE_ID },
      PluginName: { min: 4 },
    });
    const instanceId = String(input.InstanceId);
    const invocation = this.#visible(this.#book.get(String(input.CommandId))).find(
      (one) => one.instanceId === instanceId,
    );
    const hidden = this.#kernel.faults.strikes('ssm-invocation-unknown', instanceId);
    if (!invocation || hidden) throw new AwsError('InvocationDoesNotExist', '');
    const name = text(input, 'PluginName');
    const { plugins } = invocation;
    const plugin = name ? plugins.find((one) => one.name === name) : plugins[0];
    if (!plugin || (!name && plugins.length > 1)) throw new AwsError('InvalidPluginName', '');
    return this.#invocationResult(invocation, plugin);
  }

  listCommands(input: JsonObject): JsonObject {
    const filters = this.#checkList(input);
    const instanceId = text(input, 'InstanceId');
    const found = this.#commands(input).filter(
      ({ invocations }) => instanceId === undefined || has(invocations, instanceId),
    );
    const page = pageOf(inTime(found, filters), this.#pageRequest(input), badToken);
    const passing = page.items.filter((command) =>
      passes({ ...command, terminal: isTerminal(command.status) }, filters, true),
    );
    return {
      Commands: passing.map((command) => commandView(command)),
      ...(page.nextToken ? { NextToken: page.nextToken } : {}),
    };
  }

  listCommandInvocations(input: JsonObject): JsonObject {
    const filters = this.#checkList(input);
    const instanceId = text(input, 'InstanceId');
    const found = inTime(this.#commands(input), filters)
      .flatMap((command) => this.#visible(command))
      .filter((invocation) => instanceId === undefined || invocation.instanceId === instanceId);
    const page = pageOf(found, this.#pageRequest(input), badToken);
    const passing = page.items.filter(({ command, status, statusDetails }) =>
      passes({ ...command, status, statusDetails, terminal: false }, filters, false),
    );
    const details = input.Details === true;
    return {
      CommandInvocations: passing.map((invocation) => invocationView(invocation, details)),
      ...(page.nextToken ? { NextToken: page.nextToken } : {}),
    };
  }

  #checkList(input: JsonObject): JsonObject[] {
    validate(input, {
      CommandId: COMMAND_ID,
      InstanceId: INSTANCE_ID,
      MaxResults: { min: 1, max: PAGE_MAX },
      Filters: { min: 1, max: 5 },
    });
    return objects(input, 'Filters');
  }

  #pageRequest(input: JsonObject) {
    return { limit: Number(input.MaxResults ?? PAGE_MAX), token: input.NextToken };
  }

  #commands(input: JsonObject): Command[] {
    const commandId = text(input, 'CommandId');
    if (commandId === undefined) return this.#book.all();
    const command = this.#book.get(commandId);
    return command ? [command] : [];
  }

  #visible(command: Command | undefined): Invocation[] {
    const now = this.#kernel.clock.now();
    return command?.invocations.filter(({ visibleAt }) => visibleAt <= now) ?? [];
  }

  #invocationResult(invocation: Invocation, plugin: PluginRecord): JsonObject {
    const { command } = invocation;
    return {
      CommandId: command.commandId,
      InstanceId: invocation.instanceId,
      Comment: command.comment,
      DocumentName: command.documentName,
      DocumentVersion: command.documentVersion,
      PluginName: plugin.name,
      ResponseCode: plugin.responseCode,
      ExecutionStartDateTime: iso(plugin.startedAt),
      ExecutionElapsedTime: elapsed(plugin),
      ExecutionEndDateTime: iso(plugin.finishedAt),
      ...statusOf(invocation, plugin),
      // Both stay empty until the step has finished.
      StandardOutputContent: standardOutput(plugin),
      StandardOutputUrl: '',
      StandardErrorContent: standardError(plugin),
      StandardErrorUrl: '',
      CloudWatchOutputConfig: { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false },
    };
  }
}

/** "The status of this invocation plugin": of the step, once the document has ended. */
function statusOf({ status, statusDetails }: Invocation, plugin: PluginRecord): JsonObject {
  const hasEnded = isTerminal(status) && isTerminal(plugin.status);
  return hasEnded
    ? { Status: plugin.status, StatusDetails: plugin.statusDetails }
    : { Status: status, StatusDetails: statusDetails };
}

function has(invocations: readonly Invocation[], instanceId: string): boolean {
  return invocations.some((invocation) => invocation.instanceId === instanceId);
}
