// AWS Systems Manager of the region, on the wire: Run Command, documents, inventory of instances,
// parameters, calendars.

import type { Fleet } from '../fleet-file/schema.ts';
import type { Hosts } from '../host/hosts.ts';
import { validate } from '../kernel/constraints.ts';
import type { Kernel } from '../kernel/kernel.ts';
import {
  AwsError,
  type AwsService,
  type JsonObject,
  type ThrottleBucket,
} from '../kernel/service.ts';
import { Calendars } from './calendars.ts';
import { CommandBook } from './command-book.ts';
import { CommandQueries, commandView } from './command-queries.ts';
import { Delivery } from './delivery.ts';
import { Documents } from './documents.ts';
import { InstanceInformation } from './instance-information.ts';
import { texts } from './members.ts';
import { ParameterStore } from './parameter-store.ts';
import { makeCommand } from './send-command.ts';

type Operation = (input: JsonObject) => JsonObject;

/**
 * Calls per second that are published (user guide, Change Calendar; AWS General Reference,
 * Parameter Store).
 */
const RATES: Readonly<Record<string, number>> = {
  GetCalendarState: 10,
  GetParameter: 40,
  GetParameters: 40,
  GetParametersByPath: 40,
};

export class SsmService implements AwsService {
  readonly id = 'ssm';
  readonly protocol = 'awsJson1.1';
  readonly targetPrefix = 'AmazonSSM';
  readonly operations: readonly string[];
  readonly #operations: ReadonlyMap<string, Operation>;
  readonly #kernel: Kernel;
  readonly #hosts: Hosts;
  readonly #documents: Documents;
  readonly #book: CommandBook;
  readonly #delivery: Delivery;
  readonly #instances: InstanceInformation;
  readonly #calendars: Calendars;

  constructor(kernel: Kernel, hosts: Hosts) {
    this.#kernel = kernel;
    this.#hosts = hosts;
    this.#documents = new Documents(kernel);
    this.#book = new CommandBook(kernel);
    this.#delivery = new Delivery(kernel, hosts, this.#book);
    this.#instances = new InstanceInformation(kernel, hosts);
    this.#calendars = new Calendars(kernel);
    this.#operations = this.#table();
    this.operations = [...this.#operations.keys()];
  }

  load(fleet: Pick<Fleet, 'calendars' | 'hosts'>): void {
    this.#calendars.load(fleet.calendars);
    for (const { ec2InstanceId, ssmRegistered, ssmPingStatus } of fleet.hosts) {
      if (ssmRegistered) this.#instances.load(ec2InstanceId, ssmPingStatus);
    }
  }

  throttle(operation: string): ThrottleBucket | undefined {
    const rate = RATES[operation];
    if (rate === undefined) return undefined;
    const name = operation.startsWith('GetParameter') ? 'ssm:GetParameter' : `ssm:${operation}`;
    return { name, burst: rate, refillPerSecond: rate };
  }

  call(operation: string, input: JsonObject): JsonObject {
    const run = this.#operations.get(operation);
    if (!run) throw new Error(`The simulated ssm has no ${operation}`);
    return run(input);
  }

  #table(): ReadonlyMap<string, Operation> {
    const documents = this.#documents;
    const queries = new CommandQueries(this.#kernel, this.#book);
    const parameters = new ParameterStore(this.#kernel);
    return new Map<string, Operation>([
      ['SendCommand', (input) => this.#sendCommand(input)],
      ['CancelCommand', (input) => this.#cancelCommand(input)],
      ['GetCommandInvocation', (input) => queries.getCommandInvocation(input)],
      ['ListCommands', (input) => queries.listCommands(input)],
      ['ListCommandInvocations', (input) => queries.listCommandInvocations(input)],
      ['DescribeInstanceInformation', (input) => this.#instances.describe(input)],
      ['CreateDocument', (input) => documents.create(input)],
      ['UpdateDocument', (input) => documents.update(input)],
      ['UpdateDocumentDefaultVersion', (input) => documents.updateDefaultVersion(input)],
      ['DescribeDocument', (input) => documents.describe(input)],
      ['GetDocument', (input) => documents.get(input)],
      ['ListDocuments', (input) => documents.list(input)],
      ['DeleteDocument', (input) => documents.delete(input)],
      ['PutParameter', (input) => parameters.put(input)],
      ['GetParameter', (input) => parameters.get(input)],
      ['GetParameters', (input) => parameters.getSeveral(input)],
      ['GetParametersByPath', (input) => parameters.getByPath(input)],
      ['DeleteParameter', (input) => parameters.delete(input)],
      ['GetCalendarState', (input) => this.#calendars.getState(input)],
    ]);
  }

  #sendCommand(input: JsonObject): JsonObject {
    const nodes = { hosts: this.#hosts, isRegistered: this.#instances.isRegistered };
    const command = makeCommand(this.#kernel, nodes, this.#documents, input);
    this.#book.add(command);
    this.#delivery.start(command);
    return { Command: commandView(command, true) };
  }

  #cancelCommand(input: JsonObject): JsonObject {
    validate(input, {
      CommandId: { required: true, min: 36, max: 36 },
      InstanceIds: { max: 50 },
    });
    const command = this.#book.get(String(input.CommandId));
    if (!command) throw new AwsError('InvalidCommandId', '');
    const only = texts(input, 'InstanceIds');
    for (const invocation of command.invocations) {
      if (only.length > 0 && !only.includes(invocation.instanceId)) continue;
      this.#delivery.cancel(invocation);
    }
    return {};
  }
}
