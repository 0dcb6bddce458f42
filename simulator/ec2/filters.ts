// Chooses machines by the ids and filters of the EC2 query API.

import { structuresOf, textsOf } from '../kernel/query-members.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import type { Machine, Machines } from './machines.ts';

/** Values of a machine that a filter compares. */
type FilterValues = (machine: Machine) => readonly (string | undefined)[];

const FILTERS: Readonly<Record<string, FilterValues>> = {
  'instance-id': ({ host }) => [host.ec2InstanceId],
  'instance-state-name': ({ state }) => [state],
  'instance-type': ({ host }) => [host.instanceType],
  'availability-zone': ({ host }) => [host.availabilityZone],
  'tag-key': ({ host }) => (host.tags ?? []).map((tag) => tag.key),
};

/** EC2 filter values know `*`, `?` and the backslash. */
function matches(pattern: string, value: string | undefined): boolean {
  if (value === undefined) return false;
  const source = pattern
    .replace(/[.+^${}()|[\]]/g, '\\$&')
    .replace(/(\\\\)?([*?])/g, (match, escaped, wildcard) =>
      escaped ? match : wildcard === '*' ? '.*' : '.',
    );
  return new RegExp(`^${source}$`, 's').test(value);
}

function valuesOf(name: string): FilterValues {
  const values = FILTERS[name];
  if (values) return values;
  if (name.startsWith('tag:')) {
    const key = name.slice('tag:'.length);
    return ({ host }) => [(host.tags ?? []).find((tag) => tag.key === key)?.value];
  }
  throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
}

/** Machines that satisfy every filter, each with any of its values. */
export function applyFilters(machines: readonly Machine[], input: JsonObject): readonly Machine[] {
  const filters = structuresOf(input.Filter).map((filter) => ({
    values: valuesOf(String(filter.Name)),
    wanted: textsOf(filter.Value),
  }));
  return machines.filter((machine) =>
    filters.every(({ values, wanted }) =>
      values(machine).some((value) => wanted.some((pattern) => matches(pattern, value))),
    ),
  );
}

/** @throws {AwsError} For ids that EC2 does not know; one bad id fails the whole call. */
export function chooseById(machines: Machines, input: JsonObject): readonly Machine[] {
  const ids = textsOf(input.InstanceId);
  const malformed = ids.find((id) => !/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id));
  if (malformed !== undefined)
    throw new AwsError('InvalidInstanceID.Malformed', `Invalid id: "${malformed}"`);
  const missing = ids.filter((id) => !machines.get(id));
  if (missing.length > 0) {
    const quoted = `'${missing.join(', ')}'`;
    const message =
      missing.length === 1
        ? `The instance ID ${quoted} does not exist`
        : `The instance IDs ${quoted} do not exist`;
    throw new AwsError('InvalidInstanceID.NotFound', message);
  }
  return [...new Set(ids)].map((id) => machines.get(id)!);
}
