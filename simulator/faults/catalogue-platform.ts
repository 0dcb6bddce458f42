// Faults F15 to F31: of delivery and compute.

import type { CatalogueEntry } from './catalogue.ts';
import { number } from './parameters.ts';

const ON_EVENT = { subject: 'detail-type' } as const;
const ON_SCHEDULE = { subject: 'schedule name', kind: 'schedule' } as const;
const ON_FUNCTION = { subject: 'function name', kind: 'function' } as const;
const ON_MACHINE = { subject: 'state machine name', kind: 'state machine' } as const;
const ON_EXECUTION = { subject: 'execution name' } as const;
const AFTER_CALLS = number('so many AWS calls of the invocation were made', 1, 1);
const STALE = { staleSeconds: number('how old the answer is', 10) };

export const PLATFORM_FAULTS: readonly CatalogueEntry[] = [
  {
    number: 15,
    what: 'EventBridge delivers an event twice.',
    injectors: [
      {
        name: 'event-duplicated',
        ...ON_EVENT,
        parameters: { seconds: number('most time between the copies', 30) },
      },
    ],
  },
  {
    number: 16,
    what: 'The second copy of an event comes after the first was dealt with and closed.',
    injectors: [
      {
        name: 'event-repeated-late',
        ...ON_EVENT,
        parameters: { seconds: number('how long after the first', 7200) },
      },
    ],
  },
  {
    number: 17,
    what: 'An event, or a firing of a schedule, never arrives.',
    injectors: [
      { name: 'event-lost', ...ON_EVENT },
      { name: 'schedule-missed', ...ON_SCHEDULE },
    ],
  },
  {
    number: 18,
    what: 'Events, or firings of a schedule, come late and out of order.',
    injectors: [
      {
        name: 'event-late',
        ...ON_EVENT,
        parameters: { seconds: number('how late', 900) },
      },
      {
        name: 'schedule-late',
        ...ON_SCHEDULE,
        parameters: { seconds: number('how late', 900) },
      },
    ],
  },
  {
    number: 19,
    what: 'Two starts of the same work come at once.',
    injectors: [{ name: 'schedule-fires-twice', ...ON_SCHEDULE }],
  },
  {
    number: 20,
    what: 'An asynchronous invocation of a function is doubled or dropped.',
    injectors: [
      { name: 'async-invocation-duplicated', ...ON_FUNCTION },
      { name: 'async-invocation-lost', ...ON_FUNCTION },
    ],
  },
  {
    number: 21,
    what: 'A function dies after a side effect and before it could record it.',
    injectors: [
      {
        name: 'lambda-killed',
        ...ON_FUNCTION,
        parameters: { afterCalls: AFTER_CALLS },
      },
    ],
  },
  {
    number: 22,
    what: 'A function dies after it recorded its intent and before the side effect.',
    injectors: [
      {
        name: 'lambda-killed',
        ...ON_FUNCTION,
        parameters: {
          beforeCalls: number('dies just before this AWS call, counted from 1', undefined, 1),
        },
        preset: { parameters: { beforeCalls: 2 } },
      },
    ],
  },
  {
    number: 23,
    what: 'A function runs into its time limit.',
    injectors: [
      {
        name: 'lambda-times-out',
        ...ON_FUNCTION,
        parameters: { afterCalls: AFTER_CALLS },
      },
    ],
  },
  {
    number: 24,
    what: 'A function freezes in the middle and resumes minutes later.',
    injectors: [
      {
        name: 'lambda-frozen',
        ...ON_FUNCTION,
        parameters: {
          afterCalls: AFTER_CALLS,
          seconds: number('how long', 300),
        },
      },
    ],
  },
  {
    number: 25,
    what: 'New code is deployed in the middle of a rollout.',
    injectors: [
      { name: 'function-code-updated', ...ON_FUNCTION, strikes: 'once' },
      { name: 'state-machine-updated', ...ON_MACHINE, strikes: 'once' },
    ],
  },
  {
    number: 26,
    what: 'An execution is aborted by hand; no Catch runs.',
    injectors: [
      { name: 'execution-aborted', ...ON_EXECUTION, strikes: 'watched' },
      {
        name: 'execution-aborted-in-state',
        subject: '<execution name>/<state name>',
        parameters: { afterSeconds: number('how long after the state was entered', 0) },
      },
    ],
  },
  {
    number: 27,
    what: 'An execution runs out of time; no Catch runs.',
    injectors: [{ name: 'execution-times-out', ...ON_EXECUTION, strikes: 'watched' }],
  },
  {
    number: 28,
    what: 'A history or a payload reaches its limit; the limit is lowered for that.',
    injectors: [
      {
        name: 'history-limit-lowered',
        ...ON_EXECUTION,
        parameters: { events: number('the limit, 25000 in AWS', 60, 10) },
      },
      {
        name: 'payload-limit-lowered',
        ...ON_EXECUTION,
        parameters: { bytes: number('the limit, 262144 in AWS', 300, 2) },
      },
    ],
  },
  {
    number: 29,
    what: 'An execution is redriven days later.',
    injectors: [
      {
        name: 'execution-redriven',
        ...ON_EXECUTION,
        parameters: { seconds: number('how long after it ended without success', 600) },
      },
    ],
  },
  {
    number: 30,
    what: 'DescribeExecution or ListExecutions answers with how things stood before.',
    injectors: [
      {
        name: 'execution-list-stale',
        ...ON_MACHINE,
        parameters: STALE,
      },
      {
        name: 'execution-description-stale',
        ...ON_EXECUTION,
        parameters: STALE,
      },
    ],
  },
  {
    number: 31,
    what: 'The clock of a function is wrong.',
    injectors: [
      {
        name: 'lambda-clock-skewed',
        ...ON_FUNCTION,
        parameters: {
          seconds: number(
            'added to the time a cold environment sees',
            300,
            Number.NEGATIVE_INFINITY,
          ),
        },
      },
    ],
  },
];
