// Faults F1 to F31: of the AWS APIs, and of delivery and compute.

import type { CatalogueEntry } from './catalogue.ts';

const CALL = '<signing name>:<Operation>, such as ecs:StopTask';
const ARISES = 'Arises from';
const NOT_MODELLED = 'Not modelled';

export const PLATFORM_FAULTS: readonly CatalogueEntry[] = [
  {
    number: 1,
    what: 'A call is throttled.',
    injectors: [{ name: 'api-throttled', subject: CALL }],
  },
  {
    number: 2,
    what: 'A call fails with a 5xx before it has any effect.',
    injectors: [{ name: 'api-error-before-effect', subject: CALL }],
  },
  {
    number: 3,
    what: 'A call takes effect, but the caller gets an error, a broken connection, or no answer.',
    injectors: [
      {
        name: 'api-error-after-effect',
        subject: CALL,
        parameters: { answer: 'error (default), reset, or none' },
      },
    ],
  },
  {
    number: 4,
    what: 'A call is denied, as after a change of policy.',
    injectors: [{ name: 'api-access-denied', subject: CALL }],
  },
  {
    number: 5,
    what: 'Part of a batch fails inside a 200 answer.',
    injectors: [
      {
        name: 'ecs-partial-failure',
        subject: 'EC2 instance id',
        parameters: { reason: 'of the failure, MISSING unless said' },
      },
    ],
  },
  {
    number: 6,
    what: 'DescribeContainerInstances shows an instance as it was some time ago.',
    injectors: [
      {
        name: 'ecs-stale-describe',
        subject: 'EC2 instance id',
        parameters: { seconds: 'how long after a change, 30 unless said' },
      },
    ],
  },
  {
    number: 7,
    what: 'ListTasks misses a task that has just started.',
    injectors: [
      {
        name: 'ecs-list-misses-new-task',
        subject: 'EC2 instance id',
        parameters: { seconds: 'how young a task is missed, 10 unless said' },
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
    injectors: [{ name: 'ssm-invocation-unknown', subject: 'EC2 instance id' }],
  },
  {
    number: 10,
    what: "A command's output is cut short, or is no JSON.",
    injectors: [
      {
        name: 'ssm-output-cut',
        subject: 'EC2 instance id',
        parameters: { characters: 'how many are left, half of them unless said' },
      },
      { name: 'ssm-output-garbled', subject: 'EC2 instance id' },
    ],
  },
  {
    number: 11,
    what: 'The update state is Idle because the refresh failed, not because there is no update.',
    injectors: [
      {
        name: 'repository-unreachable',
        subject: 'EC2 instance id',
        parameters: { how: 'refused (default), black-holed, or the text of a metadata error' },
      },
    ],
  },
  {
    number: 12,
    what: 'An alarm that gates a rollout has no data, or fires.',
    injectors: [
      {
        name: 'alarm-fires',
        subject: 'alarm name',
        parameters: {
          state: 'ALARM (default), INSUFFICIENT_DATA, or OK',
          seconds: 'how long, 300 unless said; 0 for good',
          flapSeconds: 'back and forth this often; not at all unless said',
        },
      },
    ],
  },
  {
    number: 13,
    what: 'An alarm flaps.',
    injectors: [
      {
        name: 'alarm-fires',
        subject: 'alarm name',
        parameters: { flapSeconds: 'back and forth this often' },
      },
    ],
  },
  {
    number: 14,
    what: 'Every call is slow: a brown-out of the region.',
    injectors: [
      {
        name: 'api-slow',
        subject: CALL,
        parameters: { seconds: 'delay of the call, 30 unless said' },
      },
    ],
  },
  {
    number: 15,
    what: 'EventBridge delivers an event twice.',
    injectors: [
      {
        name: 'event-duplicated',
        subject: 'detail-type',
        parameters: { seconds: 'most time between the copies, 30 unless said' },
      },
    ],
  },
  {
    number: 16,
    what: 'The second copy of an event comes after the first was dealt with and closed.',
    injectors: [],
    without: `${ARISES} F15 with a large number of seconds.`,
  },
  {
    number: 17,
    what: 'An event, or a firing of a schedule, never arrives.',
    injectors: [
      { name: 'event-lost', subject: 'detail-type' },
      { name: 'schedule-missed', subject: 'schedule name' },
    ],
  },
  {
    number: 18,
    what: 'Events, or firings of a schedule, come late and out of order.',
    injectors: [
      {
        name: 'event-late',
        subject: 'detail-type',
        parameters: { seconds: 'how late, 900 unless said' },
      },
      {
        name: 'schedule-late',
        subject: 'schedule name',
        parameters: { seconds: 'how late, 900 unless said' },
      },
    ],
  },
  {
    number: 19,
    what: 'Two starts of the same work come at once.',
    injectors: [{ name: 'schedule-fires-twice', subject: 'schedule name' }],
  },
  {
    number: 20,
    what: 'An asynchronous invocation of a function is doubled or dropped.',
    injectors: [
      { name: 'async-invocation-duplicated', subject: 'function name' },
      { name: 'async-invocation-lost', subject: 'function name' },
    ],
  },
  {
    number: 21,
    what: 'A function dies after a side effect and before it could record it.',
    injectors: [
      {
        name: 'lambda-killed',
        subject: 'function name',
        parameters: { afterCalls: 'dies after so many AWS calls, 1 unless said' },
      },
    ],
  },
  {
    number: 22,
    what: 'A function dies after it recorded its intent and before the side effect.',
    injectors: [
      {
        name: 'lambda-killed',
        subject: 'function name',
        parameters: { beforeCalls: 'dies just before this AWS call, counted from 1' },
      },
    ],
  },
  {
    number: 23,
    what: 'A function runs into its time limit.',
    injectors: [],
    without: `${ARISES} F14 with calls slower than the function's timeout.`,
  },
  {
    number: 24,
    what: 'A function freezes in the middle and resumes minutes later.',
    injectors: [
      {
        name: 'lambda-frozen',
        subject: 'function name',
        parameters: {
          afterCalls: 'freezes after so many AWS calls, 1 unless said',
          seconds: 'how long, 300 unless said',
        },
      },
    ],
  },
  {
    number: 25,
    what: 'New code is deployed in the middle of a rollout.',
    injectors: [],
    without: 'From the caller: UpdateFunctionCode or UpdateStateMachine while executions run.',
  },
  {
    number: 26,
    what: 'An execution is aborted by hand; no Catch runs.',
    injectors: [
      { name: 'execution-aborted', subject: 'execution name' },
      {
        name: 'execution-aborted-in-state',
        subject: '<execution name>/<state name>',
        parameters: { afterSeconds: 'how long after the state was entered, 0 unless said' },
      },
    ],
  },
  {
    number: 27,
    what: 'An execution runs out of time; no Catch runs.',
    injectors: [{ name: 'execution-times-out', subject: 'execution name' }],
  },
  {
    number: 28,
    what: 'A history or a payload reaches its limit.',
    injectors: [],
    without: 'From the caller: the limits are enforced.',
  },
  {
    number: 29,
    what: 'An execution is redriven days later.',
    injectors: [],
    without: `${NOT_MODELLED}: RedriveExecution is refused.`,
  },
  {
    number: 30,
    what: 'DescribeExecution or ListExecutions answers with how things stood before.',
    injectors: [
      {
        name: 'execution-list-stale',
        subject: 'state machine name',
        parameters: { staleSeconds: 'how old the answer is, 10 unless said' },
      },
      {
        name: 'execution-description-stale',
        subject: 'execution name',
        parameters: { staleSeconds: 'how old the answer is, 10 unless said' },
      },
    ],
  },
  {
    number: 31,
    what: 'The clock of a function is wrong.',
    injectors: [
      {
        name: 'lambda-clock-skewed',
        subject: 'function name',
        parameters: { seconds: 'added to the time a cold environment sees' },
      },
    ],
  },
];
