// The shapes in which the EC2 query API answers, with the member names of its XML.

import { structuresOf, textsOf } from '../kernel/query-members.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import { type Machine, STATE_CODES } from './machines.ts';

function tagSetOf({ host }: Machine): JsonObject[] {
  return (host.tags ?? []).map(({ key, value }) => ({ key, value: value ?? '' }));
}

/** Code and name of a machine's state. */
export function stateOf(machine: Machine): JsonObject {
  return { code: STATE_CODES[machine.state], name: machine.state };
}

/** An address in 10.0.0.0/8 that follows from the id, so that it needs no book-keeping. */
function privateIpOf({ host }: Machine): string {
  const bits = Number.parseInt(host.ec2InstanceId.slice(-6), 16);
  return `10.${(bits >> 16) & 255}.${(bits >> 8) & 255}.${bits & 255}`;
}

/** One member of `instancesSet`. */
export function describeMachine(machine: Machine): JsonObject {
  const { host } = machine;
  const ip = privateIpOf(machine);
  return {
    instanceId: host.ec2InstanceId,
    instanceState: stateOf(machine),
    instanceType: host.instanceType,
    launchTime: new Date(machine.launchedAt).toISOString(),
    placement: { availabilityZone: host.availabilityZone, tenancy: 'default' },
    architecture: host.arch === 'aarch64' ? 'arm64' : 'x86_64',
    privateIpAddress: ip,
    privateDnsName: `ip-${ip.replaceAll('.', '-')}.ec2.internal`,
    monitoring: { state: 'disabled' },
    tagSet: tagSetOf(machine),
  };
}

function summary(status: string, impairedSince?: number): JsonObject {
  const reachability =
    status === 'ok' ? 'passed' : status === 'impaired' ? 'failed' : 'initializing';
  const since =
    impairedSince === undefined ? {} : { impairedSince: new Date(impairedSince).toISOString() };
  return { status, details: [{ name: 'reachability', status: reachability, ...since }] };
}

/** One member of `instanceStatusSet`; a machine that does not run has no checks. */
export function describeStatus(machine: Machine, now: number): JsonObject {
  const { host, checks } = machine;
  const base = {
    instanceId: host.ec2InstanceId,
    availabilityZone: host.availabilityZone,
    instanceState: stateOf(machine),
    eventsSet: [],
  };
  if (machine.state !== 'running') {
    const none = { status: 'not-applicable' };
    return { ...base, systemStatus: none, instanceStatus: none, attachedEbsStatus: none };
  }
  const status = checks.status(now);
  // The system check is about the hardware below, which this region never breaks.
  const system = summary(status === 'initializing' ? status : 'ok');
  const instance = summary(status, checks.impairedSince(now));
  return { ...base, systemStatus: system, instanceStatus: instance, attachedEbsStatus: system };
}

const TAG_FILTERS = ['resource-id', 'resource-type', 'key', 'value'];

/** Members of DescribeTags, for the filters `resource-id`, `resource-type`, `key` and `value`. */
export function describeTags(machines: readonly Machine[], input: JsonObject): JsonObject[] {
  const filters = structuresOf(input.Filter).map((filter) => ({
    name: String(filter.Name),
    wanted: textsOf(filter.Value),
  }));
  const unknown = filters.find(({ name }) => !TAG_FILTERS.includes(name));
  if (unknown)
    throw new AwsError('InvalidParameterValue', `The filter '${unknown.name}' is invalid`);
  const rows = machines.flatMap((machine) =>
    tagSetOf(machine).map(({ key, value }) => ({
      'resource-id': machine.host.ec2InstanceId,
      'resource-type': 'instance',
      key: String(key),
      value: String(value),
    })),
  );
  const isWanted = (row: Readonly<Record<string, string>>) =>
    filters.every(({ name, wanted }) => wanted.includes(row[name] ?? ''));
  return rows.filter(isWanted).map((row) => ({
    resourceId: row['resource-id'],
    resourceType: row['resource-type'],
    key: row.key,
    value: row.value,
  }));
}
