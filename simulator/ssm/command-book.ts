// Every command of the region, and the one place where an invocation changes its status.
//
// Events: Systems Manager user guide, "Amazon EventBridge event examples for Systems Manager".

import { arn, type Kernel } from '../kernel/kernel.ts';
import {
  type Command,
  commandStatus,
  type Invocation,
  type InvocationStatus,
  isTerminal,
} from './command.ts';

/** Statuses that the events know; they spell `Canceled` with one l, the API with two. */
const EVENT_STATUS: Readonly<Record<string, string>> = {
  InProgress: 'InProgress',
  Success: 'Success',
  TimedOut: 'TimedOut',
  Cancelled: 'Canceled',
  Failed: 'Failed',
};

/** Steps that never reported end as their invocation did. */
function closePlugins({ plugins, status, statusDetails }: Invocation): void {
  for (const plugin of plugins) {
    if (plugin.status !== 'Pending' && plugin.status !== 'InProgress') continue;
    if (status === 'TimedOut' || status === 'Cancelled' || status === 'Failed') {
      plugin.status = status;
      plugin.statusDetails = statusDetails;
    }
  }
}

const iso = (at: number) => new Date(at).toISOString();

export class CommandBook {
  readonly #kernel: Kernel;
  readonly #commands = new Map<string, Command>();
  readonly #listeners: ((invocation: Invocation) => void)[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  add(command: Command): void {
    this.#commands.set(command.commandId, command);
    const { documentName, comment, instanceIds } = command;
    const detail = { documentName, comment, instanceIds };
    this.#kernel.log.append('ssm', 'command-sent', command.commandId, detail);
  }

  get(commandId: string): Command | undefined {
    return this.#commands.get(commandId);
  }

  /** Newest first, as the List operations answer. */
  all(): Command[] {
    return [...this.#commands.values()].reverse();
  }

  /** Calls `listener` whenever an invocation has reached its last status. */
  onTerminal(listener: (invocation: Invocation) => void): void {
    this.#listeners.push(listener);
  }

  /** A terminal status stays. */
  change(invocation: Invocation, status: InvocationStatus, details: string): void {
    if (isTerminal(invocation.status)) return;
    if (invocation.status === status && invocation.statusDetails === details) return;
    invocation.status = status;
    invocation.statusDetails = details;
    const { command, instanceId } = invocation;
    const logged = { commandId: command.commandId, status, details };
    this.#kernel.log.append('ssm', 'invocation-status', instanceId, logged);
    this.#emitInvocation(invocation);
    this.#changeCommand(command);
    if (!isTerminal(status)) return;
    closePlugins(invocation);
    for (const listener of this.#listeners) listener(invocation);
  }

  #changeCommand(command: Command): void {
    const { status, details } = commandStatus(command);
    const changed = command.status !== status;
    command.status = status;
    command.statusDetails = details;
    if (changed) this.#emitCommand(command);
  }

  #emitInvocation({ command, instanceId, status }: Invocation): void {
    const eventStatus = EVENT_STATUS[status];
    if (!eventStatus) return;
    this.#kernel.emit({
      source: 'aws.ssm',
      detailType: 'EC2 Command Invocation Status-change Notification',
      resources: [this.#instanceArn(instanceId)],
      detail: {
        'command-id': command.commandId,
        'document-name': command.documentName,
        'instance-id': instanceId,
        'requested-date-time': iso(command.requestedAt),
        status: eventStatus,
      },
    });
  }

  #emitCommand(command: Command): void {
    const eventStatus = EVENT_STATUS[command.status];
    if (!eventStatus) return;
    this.#kernel.emit({
      source: 'aws.ssm',
      detailType: 'EC2 Command Status-change Notification',
      resources: command.invocations.map(({ instanceId }) => this.#instanceArn(instanceId)),
      detail: {
        'command-id': command.commandId,
        'document-name': command.documentName,
        'expire-after': iso(command.expiresAt),
        parameters: command.parameters,
        'requested-date-time': iso(command.requestedAt),
        status: eventStatus,
      },
    });
  }

  #instanceArn(instanceId: string): string {
    return arn(this.#kernel, 'ec2', `instance/${instanceId}`);
  }
}
