// Draws which faults a run has, and how hard they strike: a few kinds each time, so that deep states are reached.

import { FUNCTIONS } from '../../infra/functions.ts';
import { functionName } from '../../infra/names.ts';
import type { FaultSpec } from '../../simulator/faults/faults.ts';
import type { Fleet } from '../../simulator/fleet-file/schema.ts';
import type { RandomStream } from '../../simulator/kernel/random.ts';
import { pick } from './draw-fleet.ts';

type Draw = (random: RandomStream, fleet: Fleet) => FaultSpec;

const APIS = ['ecs:*', 'ssm:*', 'dynamodb:*', 'states:*', 'ec2:*', '*'];
/** Calls whose answer may be lost after they have changed something. */
const WRITES = [
  'ecs:UpdateContainerInstancesState',
  'ecs:PutAttributes',
  'ecs:DeleteAttributes',
  'ssm:SendCommand',
  'dynamodb:UpdateItem',
  'dynamodb:PutItem',
  'states:StartExecution',
  'states:SendTaskSuccess',
  '*',
];
/** Where an execution of an instance, a wave or a rollout may be aborted. */
const STATES = [
  'DrainContainerInstance',
  'RebootIntoUpdate',
  'VerifyContainerInstance',
  'ReturnToService',
  'ConfirmContainerInstance',
  'UndoContainerInstance',
  'BakeWave',
  'CloseRollout',
];
const FILES = FUNCTIONS.map(({ file }) => file);

function host(random: RandomStream, fleet: Fleet): string {
  return random.chance(0.5) ? '*' : pick(random, fleet.hosts).ec2InstanceId;
}

/** Strikes hosts, once or a few times. */
function onHost(
  name: string,
  parameters: (random: RandomStream) => FaultSpec['parameters'] = () => undefined,
): Draw {
  return (random, fleet) => ({
    name,
    subject: host(random, fleet),
    timesMax: random.integer(1, 3),
    probability: pick(random, [0.3, 1]),
    parameters: parameters(random),
  });
}

/** Strikes out of the blue: asked every ten seconds, so it gets an instant of its own. */
function atSomeTime(
  name: string,
  parameters: (random: RandomStream) => FaultSpec['parameters'] = () => undefined,
): Draw {
  return (random, fleet) => ({
    name,
    subject: pick(random, fleet.hosts).ec2InstanceId,
    fromSeconds: random.integer(0, 1500),
    timesMax: 1,
    parameters: parameters(random),
  });
}

/** Strikes a share of the calls for as long as faults last. */
function onApi(
  name: string,
  subjects: readonly string[],
  parameters: (random: RandomStream) => FaultSpec['parameters'] = () => undefined,
): Draw {
  return (random) => ({
    name,
    subject: pick(random, subjects),
    fromSeconds: random.integer(0, 600),
    probability: pick(random, [0.01, 0.05, 0.2, 0.5]),
    parameters: parameters(random),
  });
}

function onFunction(
  name: string,
  parameters: (random: RandomStream) => FaultSpec['parameters'],
): Draw {
  return (random) => ({
    name,
    subject: random.chance(0.3) ? '*' : functionName(pick(random, FILES)),
    probability: pick(random, [0.05, 0.3, 1]),
    timesMax: random.integer(1, 6),
    parameters: parameters(random),
  });
}

function onEvents(
  name: string,
  parameters: (random: RandomStream) => FaultSpec['parameters'] = () => undefined,
): Draw {
  return (random) => ({
    name,
    probability: pick(random, [0.1, 0.5, 1]),
    parameters: parameters(random),
  });
}

const EXECUTIONS: readonly Draw[] = [
  (random) => ({
    name: pick(random, ['execution-aborted', 'execution-times-out']),
    subject: pick(random, ['scenario', 'scenario.*', 'scenario.wave-*', 'scenario.i-*']),
    fromSeconds: random.integer(1, 1200),
    timesMax: random.integer(1, 2),
  }),
  (random) => ({
    name: 'execution-aborted-in-state',
    subject: `scenario*/${pick(random, STATES)}`,
    timesMax: random.integer(1, 2),
    parameters: { afterSeconds: random.integer(0, 30) },
  }),
];

const KILLS: readonly Draw[] = [
  onFunction('lambda-killed', (random) => ({ afterCalls: random.integer(1, 12) })),
  onFunction('lambda-killed', (random) => ({ beforeCalls: random.integer(1, 12) })),
];

/** What befalls the updater itself, or the one reboot, is what it is made for: that comes more often. */
const OFTEN: readonly Draw[] = [
  ...EXECUTIONS,
  ...KILLS,
  onHost('ssm-reruns-reboot'),
  onHost('reboot-never-happens'),
  onHost('host-falls-back'),
];

/** Every fault that a fuzzed run may have; the name is the catalogue's. */
const MENU: readonly Draw[] = [
  ...OFTEN,
  ...OFTEN,
  ...OFTEN,
  onApi('api-throttled', APIS),
  onApi('api-error-before-effect', APIS),
  onApi('api-error-after-effect', WRITES, (random) => ({
    answer: pick(random, ['error', 'reset']),
  })),
  (random) => ({
    name: 'api-access-denied',
    subject: pick(random, [
      'ecs:UpdateContainerInstancesState',
      'ssm:SendCommand',
      'ecs:PutAttributes',
      'ecs:*',
    ]),
    fromSeconds: random.integer(60, 1200),
    untilSeconds: random.integer(1300, 3000),
  }),
  onApi('api-slow', APIS, (random) => ({ seconds: random.integer(5, 40) })),
  onHost('ecs-partial-failure'),
  onHost('ecs-stale-describe', (random) => ({ seconds: random.integer(5, 40) })),
  onHost('ecs-list-misses-new-task'),
  onHost('ssm-invocation-unknown'),
  onHost('ssm-output-cut'),
  onHost('ssm-output-garbled'),
  onHost('ssm-delivery-lost', (random) =>
    random.chance(0.5) ? { how: 'undeliverable' } : undefined,
  ),
  onHost('ssm-reboot-reported-failed'),
  onHost('repository-unreachable'),
  onHost('reboot-late', (random) => ({ seconds: pick(random, [100, 240, 600, 1200]) })),
  onHost('reboot-to-reconcile'),
  onHost('host-never-returns', (random) => ({
    phase: pick(random, ['before-mark', 'after-mark']),
  })),
  onHost('third-version', () => ({ version: '1.63.0' })),
  onHost('posture-weakened'),
  onHost('ecs-agent-fails'),
  onHost('ecs-agent-flaps', (random) => ({ times: random.integer(1, 8) })),
  onHost('reregisters-as-new-container-instance'),
  onHost('prepare-fails'),
  onHost('already-ready-by-someone'),
  onHost('apiclient-locked'),
  onHost('standalone-task-starts', (random) =>
    random.chance(0.5) ? { endsAfterSeconds: 300 } : undefined,
  ),
  onHost('asg-replaces-unhealthy'),
  atSomeTime('spot-interruption'),
  atSomeTime('instance-terminated', (random) => ({ why: pick(random, ['request', 'scale-in']) })),
  atSomeTime('another-actor-changes-state', (random) => ({
    status: pick(random, ['ACTIVE', 'DRAINING', 'DEREGISTERED']),
  })),
  onHost('another-actor-ends-drain', (random) => ({
    status: pick(random, ['ACTIVE', 'DEREGISTERED']),
    afterSeconds: pick(random, [1, 5, 40, 90]),
  })),
  (random) => ({
    name: 'service-deployment-starts',
    fromSeconds: random.integer(0, 900),
    timesMax: random.integer(1, 2),
  }),
  (random) => ({
    name: 'alarm-fires',
    subject: 'web-5xx',
    fromSeconds: random.integer(0, 1500),
    timesMax: random.integer(1, 2),
    parameters: {
      state: pick(random, ['ALARM', 'INSUFFICIENT_DATA']),
      seconds: random.integer(100, 2400),
      ...(random.chance(0.3) ? { flapSeconds: 70 } : {}),
    },
  }),
  onEvents('event-lost'),
  onEvents('event-late', (random) => ({ seconds: pick(random, [30, 200, 900]) })),
  onEvents('event-duplicated', (random) => ({ seconds: pick(random, [5, 60, 600]) })),
  onEvents('schedule-missed'),
  onEvents('schedule-late', (random) => ({ seconds: pick(random, [30, 200]) })),
  onEvents('schedule-fires-twice'),
  onFunction('async-invocation-duplicated', () => undefined),
  onFunction('async-invocation-lost', () => undefined),
  onFunction('lambda-frozen', (random) => ({
    afterCalls: random.integer(1, 8),
    seconds: pick(random, [20, 70, 300, 1000]),
  })),
  onFunction('lambda-clock-skewed', (random) => ({ seconds: pick(random, [-60, -5, 5, 60]) })),
  onEvents('execution-description-stale', (random) => ({ staleSeconds: random.integer(5, 60) })),
];

/**
 * A random subset of a random size, none included.
 *
 * @param untilSeconds Seconds after the start of the run until which any of them strikes.
 */
export function drawFaults(random: RandomStream, fleet: Fleet, untilSeconds: number): FaultSpec[] {
  const kinds = pick(random, [0, 1, 2, 2, 3, 3, 4, 6]);
  return Array.from({ length: kinds }, () => {
    const spec = pick(random, MENU)(random, fleet);
    return { ...spec, untilSeconds: Math.min(spec.untilSeconds ?? untilSeconds, untilSeconds) };
  });
}
