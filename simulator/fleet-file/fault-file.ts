// Reads a fault file: which named faults strike whom, from when, how often.

import * as z from 'zod';
import {
  CATALOGUE,
  faultNames,
  faultNumbered,
  type Injector,
  injectorNamed,
} from '../faults/catalogue.ts';
import type { FaultSpec } from '../faults/faults.ts';
import { nearest } from '../faults/nearest.ts';
import { refusal } from '../faults/parameters.ts';
import { type KnownSubjects, unknownSubject } from '../faults/subjects.ts';
import { FleetFileError } from './fleet-file-error.ts';
import { quoted, readJsonFile } from './read-json-file.ts';
import type { Fleet } from './schema.ts';

const seconds = z.number().min(0);

/** One line of a fault file; what a name accepts beyond this is the catalogue's. */
const faultLine = z.strictObject({
  name: z.string(),
  /** An exact id, or a pattern with `*`; everybody unless said. */
  subject: z.string().min(1).optional(),
  fromSeconds: seconds.optional(),
  untilSeconds: seconds.optional(),
  probability: z.number().min(0).max(1).optional(),
  timesMax: z.number().int().min(1).optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
});

type FaultLine = z.output<typeof faultLine>;

/** Where in the file something is wrong, and what would be accepted. */
type Refuse = (key: string, message: string) => FleetFileError;

function wrongName(name: string): string {
  const like = nearest(name, faultNames());
  const hint = like === undefined ? '' : `; did you mean ${JSON.stringify(like)}?`;
  return (
    `found ${quoted(name)}; there is no such fault${hint} ` +
    `(the names, and F1 to F${CATALOGUE.length}, are in simulator/SUPPORT.md)`
  );
}

/** The injector that a name, or the number of a fault, stands for. */
function injectorOf(name: string, refuse: Refuse): Injector {
  const entry = faultNumbered(name);
  const [first] = entry?.injectors ?? [];
  if (entry && !first) throw refuse('name', `${name} cannot be injected: ${entry.without}`);
  const injector = injectorNamed(first?.name ?? name);
  if (!injector) throw refuse('name', wrongName(name));
  return { ...injector, ...(first?.preset ? { preset: first.preset } : {}) };
}

function checkParameter(injector: Injector, key: string, value: unknown, refuse: Refuse): void {
  const { name, parameters = {} } = injector;
  const parameter = Object.hasOwn(parameters, key) ? parameters[key] : undefined;
  const names = Object.keys(parameters);
  if (parameter === undefined) {
    const like = nearest(key, names);
    const hint = like === undefined ? '' : `; did you mean ${JSON.stringify(like)}?`;
    const takes = names.length > 0 ? `takes ${names.join(', ')}` : 'takes no parameters';
    throw refuse(`parameters.${key}`, `there is no such parameter: ${name} ${takes}${hint}`);
  }
  const message = refusal(parameter, value);
  if (message !== undefined)
    throw refuse(`parameters.${key}`, `found ${quoted(value)}; ${message}`);
}

/** Models read numbers and text; anything else travels as its JSON. */
function plain(value: unknown): number | string {
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);
}

function specOf(line: FaultLine, refuse: Refuse): FaultSpec {
  const injector = injectorOf(line.name, refuse);
  const { name, preset, parameters = {} } = injector;
  const given = Object.entries(line.parameters ?? {});
  for (const [key, value] of given) checkParameter(injector, key, value, refuse);
  const { fromSeconds = 0, untilSeconds = fromSeconds } = line;
  if (untilSeconds < fromSeconds) {
    throw refuse(
      'untilSeconds',
      `found ${untilSeconds}; expected fromSeconds (${fromSeconds}) or more`,
    );
  }
  const subject = line.subject ?? preset?.subject;
  if (subject === undefined && injector.needsSubject) {
    throw refuse('subject', `found nothing; ${name} needs one: ${injector.subject}`);
  }
  const all = {
    ...preset?.parameters,
    ...Object.fromEntries(given.map(([k, v]) => [k, plain(v)])),
  };
  for (const [key, parameter] of Object.entries(parameters)) {
    const isMissing = parameter.required && !(key in all);
    if (isMissing)
      throw refuse(`parameters.${key}`, `found nothing; ${name} needs it: ${parameter.says}`);
  }
  const { subject: _, parameters: __, ...rest } = line;
  return {
    ...rest,
    name,
    ...(subject === undefined ? {} : { subject }),
    ...(Object.keys(all).length > 0 ? { parameters: all } : {}),
  };
}

/**
 * @throws {FleetFileError} For the first thing wrong with the file, an unknown fault name for
 * example.
 */
export function parseFaults(text: string, fileName: string): readonly FaultSpec[] {
  const lines = readJsonFile(z.array(faultLine), { text, name: fileName });
  return lines.map((line, index) =>
    specOf(line, (key, message) => new FleetFileError(`[${index}].${key}`, message, fileName)),
  );
}

/** Names that a fleet file itself brings. */
function subjectsOf(fleet: Fleet): KnownSubjects {
  return {
    'EC2 instance': fleet.hosts.map(({ ec2InstanceId }) => ec2InstanceId),
    cluster: fleet.clusters.map(({ clusterName }) => clusterName),
    service: fleet.services.map(({ serviceName }) => serviceName),
    'Auto Scaling group': fleet.autoScalingGroups.map((group) => group.AutoScalingGroupName),
    alarm: fleet.alarms.map((alarm) => alarm.AlarmName),
    calendar: fleet.calendars.map(({ name }) => name),
  };
}

/** @throws {FleetFileError} For the first fault that strikes nobody of the fleet. */
export function checkFaultSubjects(
  faults: readonly FaultSpec[],
  fleet: Fleet,
  fileName: string,
): void {
  const unknown = unknownSubject(faults, subjectsOf(fleet));
  if (unknown) throw new FleetFileError(`[${unknown.index}].subject`, unknown.message, fileName);
}
