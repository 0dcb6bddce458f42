// loadFleet(): machines first, then what stands on them.

import { expect, it } from 'vitest';
import { buildFleet } from '../../../simulator/fleet-file/build-fleet.ts';
import { loadFleet } from '../../../simulator/fleet-file/load-fleet.ts';

it('loadFleet() fills every part of the region in an order that fits', () => {
  const order: string[] = [];
  const part = (name: string) => ({ load: () => void order.push(name) });
  const fleet = buildFleet({ containerInstances: 2 });
  loadFleet(
    {
      hosts: { add: () => order.push('host') },
      elb: part('elb'),
      ecs: { ...part('ecs'), sizeOf: (_, instanceType) => order.push(instanceType) },
      autoScaling: part('autoScaling'),
      cloudWatch: part('cloudWatch'),
      ssm: part('ssm'),
    },
    fleet,
  );
  // With the size of what its one group launches.
  const ecs = ['ecs', 'm6i.xlarge'];
  expect(order).toEqual(['host', 'host', 'elb', 'autoScaling', ...ecs, 'cloudWatch', 'ssm']);
});
