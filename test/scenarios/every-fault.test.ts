// Scenarios: one rollout for every name that a fault file may use, and what must hold after each.

import { describe, expect, it } from 'vitest';
import { functionName, PREFIX, stateMachineName, TABLE_NAME } from '../../infra/names.ts';
import { CATALOGUE, faultNames, injectorNamed } from '../../simulator/faults/catalogue.ts';
import type { FaultSpec } from '../../simulator/faults/faults.ts';
import type { SubjectKind } from '../../simulator/faults/subjects.ts';
import type { Fleet } from '../../simulator/fleet-file/schema.ts';
import {
  CLUSTER,
  EXECUTION,
  idsOf,
  type Policy,
  runRollout,
  smallFleet,
} from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const ENDINGS = ['Succeeded', 'Halted', 'FailedClean', 'FailedDirty'];
const ALARM = 'web-5xx';
const CALENDAR = 'freeze';

const small = smallFleet();
/** The first is updated; the other only takes its tasks: what one fault does to the next is told in other files. */
const fleet: Fleet = {
  ...small,
  containerInstances: small.containerInstances.map((one, index) =>
    index === 0 ? one : { ...one, tags: [{ key: 'bottlerocket-fleet:exclude', value: '' }] },
  ),
  alarms: [{ AlarmName: ALARM, StateValue: 'OK' }],
  calendars: [{ name: CALENDAR, closed: [] }],
};
const policy: Policy = {
  waves: { canaryCount: 0, sizes: ['100%'], bakeTimeSeconds: 0 },
  gates: { alarms: [ALARM] },
  window: { calendars: [CALENDAR] },
};
const [first = ''] = idsOf(fleet);
/** Prepared, and the first one drains. */
const MIDDLE_SECONDS = 70;

/** Somebody of each kind. */
const SOMEBODY: Readonly<Record<SubjectKind, string>> = {
  'EC2 instance': first,
  cluster: CLUSTER,
  service: 'web',
  'Auto Scaling group': fleet.autoScalingGroups[0]?.AutoScalingGroupName ?? '',
  alarm: ALARM,
  calendar: CALENDAR,
  call: 'ecs:*',
  function: functionName('drain-container-instance'),
  'state machine': stateMachineName('run-wave'),
  schedule: `${PREFIX}-sweep`,
  table: TABLE_NAME,
};

/** Calls that fail for ever leave nothing to end a rollout with: those faults pass. */
const PASSING = { fromSeconds: MIDDLE_SECONDS, untilSeconds: MIDDLE_SECONDS + 600 };

const AIMED: Readonly<Record<string, Partial<FaultSpec>>> = {
  'api-throttled': PASSING,
  'api-error-before-effect': PASSING,
  'api-error-after-effect': { ...PASSING, timesMax: 5 },
  'api-access-denied': PASSING,
  'api-slow': PASSING,
  'ecs-partial-failure': PASSING,
  'ecs-page-token-expired': { subject: '*' },
  'event-duplicated': { subject: '*' },
  'event-repeated-late': { subject: '*', parameters: { seconds: 600 } },
  'event-lost': { subject: '*' },
  'event-late': { subject: '*' },
  'schedule-missed': { probability: 0.5 },
  'async-invocation-duplicated': { subject: functionName('wake-waits') },
  'async-invocation-lost': { subject: functionName('wake-waits') },
  'lambda-killed': { timesMax: 2 },
  'lambda-times-out': { timesMax: 1 },
  'lambda-frozen': { timesMax: 1 },
  'lambda-clock-skewed': { subject: '*' },
  'function-code-updated': { subject: '*' },
  'execution-aborted': { subject: `${EXECUTION}.*` },
  'execution-aborted-in-state': { subject: '*/RebootIntoUpdate', timesMax: 1 },
  'execution-times-out': { subject: EXECUTION },
  'history-limit-lowered': { subject: '*', parameters: { events: 40 } },
  'payload-limit-lowered': { subject: `${EXECUTION}.*` },
  'execution-description-stale': { subject: '*' },
  'dynamodb-item-deleted': { parameters: { key: '*/WAIT*' } },
  'dynamodb-item-limit-lowered': { fromSeconds: MIDDLE_SECONDS, timesMax: 5 },
  'ssm-delivery-lost': { fromSeconds: MIDDLE_SECONDS, timesMax: 2 },
  'ecs-agent-flaps': { parameters: { times: 4 } },
  'already-ready-by-someone': { timesMax: 1 },
  'apiclient-locked': { timesMax: 2 },
  'placement-fails': { untilSeconds: 3600 },
  'daemon-stops-late': { subject: 'log-router' },
  'service-deployment-starts': { timesMax: 1 },
  'another-actor-changes-state': { timesMax: 1 },
  'scale-in': { timesMax: 1 },
  'function-invoked': {
    subject: functionName('control-rollout'),
    parameters: {
      payload: JSON.stringify({ action: 'abort', rolloutId: EXECUTION, by: 'somebody' }),
    },
  },
  'schedule-created': { subject: 'nightly', parameters: { target: SOMEBODY['state machine'] } },
  'parameter-changed': { subject: `/${PREFIX}/fleets/${CLUSTER}`, parameters: { value: '{}' } },
  'kms-key-disabled': PASSING,
};

/** Faults that only matter after another one. */
const AFTER: Readonly<Record<string, FaultSpec>> = {
  'ecs-list-misses-new-task': { name: 'standalone-task-starts', subject: first },
  'execution-redriven': {
    name: 'execution-aborted-in-state',
    subject: `${EXECUTION}.*/VerifyContainerInstance`,
    timesMax: 1,
  },
};

/** What the product never does, or not in a fleet of two: read eventually, list executions, ask for a second page. */
const WITHOUT_OCCASION: readonly string[] = [
  'dynamodb-stale-read',
  'execution-list-stale',
  'ecs-page-token-expired',
];

/** Hosts beyond AWS have their own tests, and so has a table that is gone. */
const names = faultNames().filter(
  (name) => !/^(outside|slack)-/.test(name) && name !== 'dynamodb-table-deleted',
);

function faultFor(name: string): FaultSpec {
  const { kind, strikes } = injectorNamed(name) ?? {};
  return {
    name,
    ...(kind ? { subject: SOMEBODY[kind] } : {}),
    ...(strikes === 'once' || strikes === 'watched' ? { fromSeconds: MIDDLE_SECONDS } : {}),
    ...AIMED[name],
  };
}

describe('every fault', () => {
  it('has somebody to strike', () => {
    expect(names.length).toBeGreaterThan(70);
    expect(Object.keys(AIMED).filter((name) => !names.includes(name))).toEqual([]);
    expect(CATALOGUE.filter(({ injectors }) => injectors.length === 0)).toHaveLength(1);
  });

  it.each(names)('%s strikes, and the rollout ends clean', async (name) => {
    const before = AFTER[name];
    const faults = [faultFor(name), ...(before ? [before] : [])];
    const ended = await runRollout({ fleet, policy, faults });
    expectEnd(ended, ENDINGS);
    const [entry] = ended.region.kernel.faults.entries;
    const hasStruck = (entry?.times ?? 0) > 0;
    expect(hasStruck, 'whether it struck').toBe(!WITHOUT_OCCASION.includes(name));
  });
});
