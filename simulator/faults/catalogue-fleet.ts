// Faults F53 to F70: of the cluster around a rollout, and of time, policy, people and input.

import type { CatalogueEntry, Injector } from './catalogue.ts';
import { SLACK_INJECTORS } from './catalogue-slack.ts';
import { json, number, oneOf, required, text } from './parameters.ts';

const ON_HOST = { subject: 'EC2 instance id', kind: 'EC2 instance' } as const;
const ON_SERVICE = { subject: 'service name', kind: 'service' } as const;
const STATUS = oneOf('what it becomes', 'ACTIVE', 'DRAINING', 'DEREGISTERED');
/** A local time that the change to summer time leaves out in most of Europe. */
const SKIPPED_TIME = 'cron(30 2 ? * SUN *)';

/** Somebody invokes a function: a button, a person at the CLI, anybody who may. */
const INVOKED: Injector = {
  name: 'function-invoked',
  subject: 'function name',
  kind: 'function',
  needsSubject: true,
  strikes: 'once',
  parameters: { payload: required(json('what the function is given')) },
};

function scheduleCreated(preset?: Injector['preset']): Injector {
  return {
    name: 'schedule-created',
    subject: 'name of the new schedule',
    needsSubject: true,
    strikes: 'once',
    parameters: {
      expression: text('when', SKIPPED_TIME),
      timeZone: text('of the expression', 'Europe/Berlin'),
      target: required(text('name of a state machine or function')),
      input: json('what the target is given; {} unless said'),
    },
    ...(preset ? { preset } : {}),
  };
}

export const FLEET_FAULTS: readonly CatalogueEntry[] = [
  {
    number: 53,
    what: 'A host joins the cluster in the middle of a rollout: somebody raises a desired capacity.',
    injectors: [
      {
        name: 'group-scales-out',
        subject: 'Auto Scaling group name',
        kind: 'Auto Scaling group',
        strikes: 'once',
        parameters: { by: number('how many more; the maximum is raised with it', 1, 1) },
      },
    ],
  },
  {
    number: 54,
    what: 'A drain never ends: a replacement cannot be placed, or a task does not stop.',
    injectors: [
      { name: 'placement-fails', ...ON_SERVICE },
      {
        name: 'task-stops-late',
        ...ON_SERVICE,
        parameters: { seconds: number('how long its containers ignore SIGTERM', 3600) },
      },
    ],
  },
  {
    number: 55,
    what: 'A protected task keeps its host from draining, or draining ignores the protection.',
    injectors: [
      {
        name: 'tasks-protected',
        ...ON_HOST,
        strikes: 'once',
        parameters: { minutes: number('how long', 2880, 1) },
      },
      { name: 'drain-ignores-task-protection', ...ON_HOST },
    ],
  },
  {
    number: 56,
    what: 'A standalone task starts between the check and the drain.',
    injectors: [
      {
        name: 'standalone-task-starts',
        ...ON_HOST,
        parameters: {
          taskDefinition: text('what starts; the first that fits unless said'),
          endsAfterSeconds: number('when it ends by itself; never unless said'),
        },
      },
    ],
  },
  {
    number: 57,
    what: 'Daemon tasks keep a host from ever being empty.',
    injectors: [
      {
        name: 'daemon-stops-late',
        ...ON_SERVICE,
        parameters: { seconds: number('how long its containers ignore SIGTERM', 3600) },
      },
    ],
  },
  {
    number: 58,
    what: "A service's deployment starts in the middle of a drain.",
    injectors: [{ name: 'service-deployment-starts', ...ON_SERVICE, strikes: 'watched' }],
  },
  {
    number: 59,
    what: 'Another actor drains, activates or deregisters a container instance.',
    injectors: [
      {
        name: 'another-actor-changes-state',
        ...ON_HOST,
        strikes: 'watched',
        parameters: { status: STATUS },
      },
      {
        name: 'another-actor-ends-drain',
        ...ON_HOST,
        parameters: { status: STATUS, afterSeconds: number('how long after the drain began', 5) },
      },
    ],
  },
  {
    number: 60,
    what: 'The cluster or a service is deleted in the middle of a rollout.',
    injectors: [
      { name: 'cluster-deleted', subject: 'cluster name', kind: 'cluster', strikes: 'watched' },
      { name: 'service-deleted', ...ON_SERVICE, strikes: 'once' },
    ],
  },
  {
    number: 61,
    what: 'A calendar closes in the middle of a wave.',
    injectors: [
      {
        name: 'calendar-closes',
        subject: 'name of a Change Calendar',
        kind: 'calendar',
        strikes: 'once',
        parameters: { seconds: number('how long; 0 for good', 3600) },
      },
    ],
  },
  {
    number: 62,
    what: 'A window starts at a local time that does not exist, or exists twice.',
    injectors: [scheduleCreated()],
  },
  {
    number: 63,
    what: 'A time zone or a schedule is not valid: Scheduler refuses it, and the log says so.',
    injectors: [scheduleCreated({ parameters: { timeZone: 'Mars/Olympus_Mons' } })],
  },
  {
    number: 64,
    what: 'Slack cannot be reached, is down, slow or rate limiting, refuses, or its answer is lost.',
    injectors: SLACK_INJECTORS,
  },
  {
    number: 65,
    what: 'A button click is forged, replayed, or late.',
    injectors: [INVOKED],
  },
  {
    number: 66,
    what: 'Two people approve and abort at once.',
    injectors: [INVOKED],
  },
  {
    number: 67,
    what: 'Tags hold hostile text.',
    injectors: [
      {
        name: 'tags-put',
        ...ON_HOST,
        strikes: 'once',
        parameters: {
          key: text('of the tag, on the machine and on its container instance', 'Name'),
          value: text('by default a command, quotes, a line end and marks that turn text around'),
        },
      },
    ],
  },
  {
    number: 68,
    what: 'The fleet has 10,000 hosts and 1,000 services.',
    injectors: [],
    without: 'The size of the fleet file, no event: buildFleet() makes one.',
  },
  {
    number: 69,
    what: 'The policy changes in the middle of a rollout.',
    injectors: [
      {
        name: 'parameter-changed',
        subject: 'name of a Systems Manager parameter',
        needsSubject: true,
        strikes: 'once',
        parameters: {
          value: required(json('its new value')),
          type: oneOf('of a new parameter', 'String', 'StringList', 'SecureString'),
        },
      },
    ],
  },
  {
    number: 70,
    what: 'The key of the table is disabled.',
    injectors: [{ name: 'kms-key-disabled', subject: 'table name', kind: 'table' }],
  },
];
