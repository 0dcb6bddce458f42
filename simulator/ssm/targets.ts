// Which instances a command goes to, and which of those Systems Manager refuses to know.

import type { Host } from '../host/host.ts';
import type { Hosts } from '../host/hosts.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import { objects, texts } from './members.ts';

export interface Target {
  readonly Key: string;
  readonly Values: readonly string[];
}

/** Meant to be a managed node, and not terminated; an agent that is only silent counts. */
export function isManaged(host: Host | undefined): host is Host {
  return host?.ssmRegistered === true && host.state !== 'terminated';
}

function matches(host: Host, { Key, Values }: Target): boolean {
  if (Key.toLowerCase() === 'instanceids') return Values.includes(host.ec2InstanceId);
  if (Key.startsWith('tag:')) {
    const name = Key.slice('tag:'.length);
    return host.tags.some(({ key, value }) => key === name && Values.includes(value));
  }
  if (Key === 'tag-key') return host.tags.some(({ key }) => Values.includes(key));
  throw new AwsError('InvalidTarget', `The target key ${Key} is not supported by the simulator.`);
}

export function targetsOf(input: JsonObject): Target[] {
  return objects(input, 'Targets').map((target) => ({
    Key: String(target.Key),
    Values: texts(target, 'Values'),
  }));
}

/** Where targets are looked for. */
export interface Nodes {
  readonly hosts: Hosts;
  /**
   * Systems Manager has heard of the host's agent: before that, the machine may run for a while and
   * is refused (aws-cli#2412).
   */
  isRegistered(host: Host): boolean;
}

/**
 * @throws {AwsError} DuplicateInstanceId, or InvalidInstanceId: one bad id refuses the whole call.
 */
export function resolveTargets(
  kernel: Kernel,
  { hosts, isRegistered }: Nodes,
  input: JsonObject,
): string[] {
  const isNode = (host: Host | undefined) => isManaged(host) && isRegistered(host);
  const instanceIds = texts(input, 'InstanceIds');
  const targets = targetsOf(input);
  if (instanceIds.length === 0) {
    if (targets.length === 0) {
      throw new AwsError('InvalidInstanceId', 'InstanceIds or Targets must be specified.');
    }
    return hosts
      .all()
      .filter((host) => isNode(host) && targets.every((target) => matches(host, target)))
      .map((host) => host.ec2InstanceId);
  }
  if (new Set(instanceIds).size !== instanceIds.length) {
    throw new AwsError('DuplicateInstanceId', '');
  }
  const invalid = instanceIds.filter((id) => !isNode(hosts.get(id)));
  if (invalid.length > 0) {
    throw new AwsError(
      'InvalidInstanceId',
      `Instances [[${invalid.join(', ')}]] not in a valid state for account ${kernel.accountId}`,
    );
  }
  return instanceIds;
}
