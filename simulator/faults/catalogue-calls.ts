// Faults F1 to F14: of the AWS APIs.

import type { CatalogueEntry } from './catalogue.ts';
import { number, oneOf, text } from './parameters.ts';

const ON_CALL = {
  subject: '<signing name>:<Operation>, such as ecs:StopTask',
  kind: 'call',
} as const;
const ON_HOST = { subject: 'EC2 instance id', kind: 'EC2 instance' } as const;
const ALARM = { subject: 'alarm name', kind: 'alarm', strikes: 'watched' } as const;

export const CALL_FAULTS: readonly CatalogueEntry[] = [
  {
    number: 1,
    what: 'A call is throttled.',
    injectors: [{ name: 'api-throttled', ...ON_CALL }],
  },
  {
    number: 2,
    what: 'A call fails with a 5xx before it has any effect.',
    injectors: [{ name: 'api-error-before-effect', ...ON_CALL }],
  },
  {
    number: 3,
    what: 'A call takes effect, but the caller gets an error, a broken connection, or no answer.',
    injectors: [
      {
        name: 'api-error-after-effect',
        ...ON_CALL,
        parameters: { answer: oneOf('what the caller gets', 'error', 'reset', 'none') },
      },
    ],
  },
  {
    number: 4,
    what: 'A call is denied, as after a change of policy.',
    injectors: [
      {
        name: 'api-access-denied',
        ...ON_CALL,
        parameters: {
          naming: text('only calls that name this, such as an EC2 instance id; all unless said'),
        },
      },
    ],
  },
  {
    number: 5,
    what: 'Part of a batch fails inside a 200 answer.',
    injectors: [
      {
        name: 'ecs-partial-failure',
        ...ON_HOST,
        parameters: { reason: text('of the failure', 'MISSING') },
      },
    ],
  },
  {
    number: 6,
    what: 'DescribeContainerInstances shows an instance as it was some time ago.',
    injectors: [
      {
        name: 'ecs-stale-describe',
        ...ON_HOST,
        parameters: { seconds: number('how long after a change', 30) },
      },
    ],
  },
  {
    number: 7,
    what: 'ListTasks misses a task that has just started.',
    injectors: [
      {
        name: 'ecs-list-misses-new-task',
        ...ON_HOST,
        parameters: { seconds: number('how young a task is missed', 10) },
      },
    ],
  },
  {
    number: 8,
    what: 'A page token is expired when it is used.',
    injectors: [{ name: 'ecs-page-token-expired', subject: 'ECS operation, such as ListTasks' }],
  },
  {
    number: 9,
    what: 'SSM does not know a command that it has just accepted.',
    injectors: [{ name: 'ssm-invocation-unknown', ...ON_HOST }],
  },
  {
    number: 10,
    what: "A command's output is cut short, or is no JSON.",
    injectors: [
      {
        name: 'ssm-output-cut',
        ...ON_HOST,
        parameters: { characters: number('how many are left; half of them unless said') },
      },
      { name: 'ssm-output-garbled', ...ON_HOST },
    ],
  },
  {
    number: 11,
    what: 'The update state is Idle because the refresh failed, not because there is no update.',
    injectors: [
      {
        name: 'repository-unreachable',
        ...ON_HOST,
        parameters: {
          how: text('refused, black-holed, or the text of a metadata error', 'refused'),
        },
      },
    ],
  },
  {
    number: 12,
    what: 'An alarm that gates a rollout has no data, or fires.',
    injectors: [
      {
        name: 'alarm-fires',
        ...ALARM,
        parameters: {
          state: oneOf('what it goes to', 'ALARM', 'INSUFFICIENT_DATA', 'OK'),
          seconds: number('how long; 0 for good', 300),
          flapSeconds: number('back and forth this often; not at all unless said'),
        },
        preset: { parameters: { state: 'INSUFFICIENT_DATA' } },
      },
    ],
  },
  {
    number: 13,
    what: 'An alarm flaps.',
    injectors: [
      {
        name: 'alarm-fires',
        ...ALARM,
        parameters: { flapSeconds: number('back and forth this often; not at all unless said') },
        preset: { parameters: { flapSeconds: 60 } },
      },
    ],
  },
  {
    number: 14,
    what: 'Every call is slow: a brown-out of the region.',
    injectors: [
      {
        name: 'api-slow',
        ...ON_CALL,
        parameters: { seconds: number('delay of the call', 30) },
      },
    ],
  },
];
