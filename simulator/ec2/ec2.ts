// Speaks the part of EC2's query API that concerns running instances, which are the hosts.

import type { Kernel } from '../kernel/kernel.ts';
import { pageOf } from '../kernel/page.ts';
import { isTrue, listOf } from '../kernel/query-members.ts';
import {
  AwsError,
  type AwsService,
  type JsonObject,
  type ThrottleBucket,
} from '../kernel/service.ts';
import { applyFilters, chooseById } from './filters.ts';
import { watchInterruptions } from './interruptions.ts';
import { type Machine, type MachineHosts, Machines } from './machines.ts';
import { describeMachine, describeStatus, describeTags, stateOf } from './shapes.ts';

/** Token buckets of the EC2 API reference, "Request throttling". */
const READ: ThrottleBucket = { name: 'ec2-non-mutating', burst: 100, refillPerSecond: 20 };
const WRITE: ThrottleBucket = { name: 'ec2-mutating', burst: 50, refillPerSecond: 5 };

/**
 * RebootInstances queues the request; the operating system hears of it so many seconds later. A
 * guess of the usual.
 */
const REBOOT_SECONDS = { low: 1, high: 4 };
const PAGE_MAX = 1000;
/** At most so many ids per DescribeInstanceStatus (API reference). */
const STATUS_IDS_MAX = 100;

/** DescribeTags: "between 5 and 1000"; the other descriptions refuse less in the same words. */
const PAGE_MIN = 5;

function badToken(): AwsError {
  return new AwsError('InvalidParameterValue', 'Unable to parse pagination token');
}

/** @throws {AwsError} For a page that is too small; one that is too large is cut. */
function pageSize({ MaxResults }: JsonObject): number {
  const asked = Number(MaxResults ?? PAGE_MAX);
  if (asked < PAGE_MIN)
    throw new AwsError(
      'InvalidParameterValue',
      `Value ( ${asked} ) for parameter maxResults is invalid. Expecting a value greater than ${PAGE_MIN}.`,
    );
  return Math.min(asked, PAGE_MAX);
}

export class Ec2Service implements AwsService {
  readonly id = 'ec2';
  readonly protocol = 'ec2Query';
  readonly apiVersion = '2016-11-15';
  readonly xmlNamespace = 'http://ec2.amazonaws.com/doc/2016-11-15/';
  readonly operations = [
    'DescribeInstances',
    'DescribeInstanceStatus',
    'DescribeTags',
    'RebootInstances',
    'TerminateInstances',
  ];
  readonly #kernel: Kernel;
  readonly #machines: Machines;

  constructor(kernel: Kernel, hosts: MachineHosts) {
    this.#kernel = kernel;
    this.#machines = new Machines(kernel, hosts);
    watchInterruptions(kernel, this.#machines);
  }

  throttle(operation: string): ThrottleBucket {
    return operation.startsWith('Describe') ? READ : WRITE;
  }

  call(operation: string, input: JsonObject): JsonObject {
    if (isTrue(input.DryRun)) return this.#dryRun(operation, input);
    return this.#perform(operation, input);
  }

  /** The answer to a dry run that is permitted is an error (EC2 API reference, "Dry run"). */
  #dryRun(operation: string, input: JsonObject): never {
    if (!operation.startsWith('Describe')) this.#named(input);
    const message = 'Request would have succeeded, but DryRun flag is set.';
    throw new AwsError('DryRunOperation', message, 412);
  }

  #perform(operation: string, input: JsonObject): JsonObject {
    switch (operation) {
      case 'DescribeInstances':
        return this.#describeInstances(input);
      case 'DescribeInstanceStatus':
        return this.#describeStatus(input);
      case 'DescribeTags':
        return this.#describeTags(input);
      case 'RebootInstances':
        return this.#reboot(input);
      default:
        return this.#terminate(input);
    }
  }

  /** Machines by id, or else all, filtered and cut into a page. */
  #choose(input: JsonObject, isListed: (machine: Machine) => boolean) {
    const byId = listOf(input.InstanceId).length > 0;
    if (byId && input.MaxResults !== undefined)
      throw new AwsError(
        'InvalidParameterCombination',
        'The parameter instancesSet cannot be used with the parameter maxResults',
      );
    const limit = byId ? PAGE_MAX : pageSize(input);
    const known = byId ? chooseById(this.#machines, input) : this.#machines.all();
    const page = pageOf(known, { limit, token: input.NextToken }, badToken);
    // Filters are for what is on a page already: a page may be short, or empty and have a token
    // (aws-sdk-js#940, aws-sdk-core-ruby#196).
    return { ...page, items: applyFilters(page.items, input).filter(isListed) };
  }

  #describeInstances(input: JsonObject): JsonObject {
    const { items, nextToken } = this.#choose(input, () => true);
    // Every machine is a reservation of its own, as when Auto Scaling launches them one by one.
    const reservationSet = items.map((machine) => ({
      reservationId: `r-${machine.host.ec2InstanceId.slice(2)}`,
      ownerId: this.#kernel.accountId,
      groupSet: [],
      instancesSet: [describeMachine(machine)],
    }));
    return { reservationSet, nextToken };
  }

  /** "By default, only running instances are described." */
  #describeStatus(input: JsonObject): JsonObject {
    if (listOf(input.InstanceId).length > STATUS_IDS_MAX)
      throw new AwsError(
        'InvalidParameterValue',
        `The maximum number of instance IDs is ${STATUS_IDS_MAX}`,
      );
    const all = isTrue(input.IncludeAllInstances);
    const isListed = (machine: Machine) => all || machine.state === 'running';
    const { items, nextToken } = this.#choose(input, isListed);
    const now = this.#kernel.clock.now();
    return { instanceStatusSet: items.map((machine) => describeStatus(machine, now)), nextToken };
  }

  #describeTags(input: JsonObject): JsonObject {
    const tags = describeTags(this.#machines.all(), input);
    const request = { limit: pageSize(input), token: input.NextToken };
    const { items, nextToken } = pageOf(tags, request, badToken);
    return { tagSet: items, nextToken };
  }

  #reboot(input: JsonObject): JsonObject {
    const machines = this.#named(input);
    const stopped = machines.find((machine) => machine.state !== 'running');
    if (stopped)
      throw new AwsError(
        'IncorrectState',
        `Instance '${stopped.host.ec2InstanceId}' is not in the 'running' state`,
      );
    for (const machine of machines) this.#rebootLater(machine);
    return { return: true };
  }

  /** The host itself knows how a machine that does not answer is reset. */
  #rebootLater(machine: Machine): void {
    const { clock, log, random } = this.#kernel;
    const { low, high } = REBOOT_SECONDS;
    log.append('ec2', 'reboot-requested', machine.host.ec2InstanceId);
    clock.after(random.stream('ec2.reboot').between(low, high) * 1000, () => {
      if (machine.state === 'running') machine.host.reboot('ec2');
    });
  }

  #terminate(input: JsonObject): JsonObject {
    const instancesSet = this.#named(input).map((machine) => {
      const previousState = stateOf(machine);
      if (machine.state === 'pending' || machine.state === 'running') {
        this.#kernel.log.append('ec2', 'terminate-requested', machine.host.ec2InstanceId);
        machine.host.terminate('request');
      }
      const { ec2InstanceId: instanceId } = machine.host;
      return { instanceId, currentState: stateOf(machine), previousState };
    });
    return { instancesSet };
  }

  #named(input: JsonObject): readonly Machine[] {
    if (listOf(input.InstanceId).length === 0)
      throw new AwsError('MissingParameter', 'The request must contain the parameter InstanceId');
    return chooseById(this.#machines, input);
  }
}
