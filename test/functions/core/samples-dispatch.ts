// Samples for the dispatcher: a candidate, and a world in which two of three may start.

import type { Candidate, DispatchWorld, Open } from '../../../functions/core/dispatch.ts';
import { NOW, policyOf } from './samples.ts';

export function one(id: string, over: Partial<Candidate & Open> = {}): Candidate & Open {
  return { ec2InstanceId: `i-${id}`, availabilityZone: 'eu-west-1a', services: [], ...over };
}

export function worldOf(over: Partial<DispatchWorld> = {}): DispatchWorld {
  return {
    now: NOW,
    policy: policyOf({ budget: { outOfServiceMax: 2 } }),
    size: {
      containerInstances: 10,
      perAvailabilityZone: { 'eu-west-1a': 5, 'eu-west-1b': 5 },
      perService: { web: 9 },
    },
    open: [],
    otherOut: [],
    candidates: [one('1'), one('2'), one('3')],
    candidatesComplete: true,
    failures: 0,
    control: {},
    window: { calendarsOpen: true },
    ...over,
  };
}
