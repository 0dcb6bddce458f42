// Made-up fleets: the demo file is what the generator makes, and every size holds together.

import { describe, expect, it } from 'vitest';
import { buildFleet, draftFleet } from '../../../simulator/fleet-file/build-fleet.ts';
import { firstContradiction } from '../../../simulator/fleet-file/contradictions.ts';
import { toFormattedJson } from '../../../simulator/fleet-file/fleet-text.ts';
import { fleetJsonSchema } from '../../../simulator/fleet-file/parse-fleet.ts';

const FOLDER = '../../../simulator/fleet-file';

describe('generated files (vitest -u writes them anew)', () => {
  it('demo-fleet.json is what draftFleet() makes', async () => {
    await expect(toFormattedJson(draftFleet())).toMatchFileSnapshot(`${FOLDER}/demo-fleet.json`);
  });

  it('fleet.schema.json is what the schema says', async () => {
    const text = toFormattedJson(fleetJsonSchema());
    await expect(text).toMatchFileSnapshot(`${FOLDER}/fleet.schema.json`);
  });
});

describe('buildFleet()', () => {
  it.each([1, 2, 7, 24, 1000])(
    'makes %d container instances that agree with themselves',
    (size) => {
      const fleet = buildFleet({ containerInstances: size });
      expect(fleet.containerInstances).toHaveLength(size);
      expect(firstContradiction(fleet)).toBeUndefined();
    },
  );

  it('makes the same fleet from the same seed, and another from another', () => {
    expect(buildFleet({ seed: 7 })).toEqual(buildFleet({ seed: 7 }));
    expect(buildFleet({ seed: 8 }).hosts).not.toEqual(buildFleet({ seed: 7 }).hosts);
  });

  it('spreads variants and zones evenly', () => {
    const { hosts } = buildFleet();
    const count = (key: (host: (typeof hosts)[number]) => string) => {
      const counts: Record<string, number> = {};
      for (const host of hosts) counts[key(host)] = (counts[key(host)] ?? 0) + 1;
      return counts;
    };
    expect(count((host) => host.availabilityZone)).toEqual({
      'eu-west-1a': 8,
      'eu-west-1b': 8,
      'eu-west-1c': 8,
    });
    expect(count((host) => host.bottlerocket!.arch)).toEqual({ x86_64: 18, aarch64: 6 });
    expect(count((host) => host.bottlerocket!.version)).toEqual({ '1.64.0': 22, '1.63.0': 2 });
  });

  it('leaves half of the capacity free, so that drains find room', () => {
    const { services, taskDefinitions, hosts } = buildFleet();
    const cpuOf = (arn: string) =>
      taskDefinitions.find((one) => one.taskDefinitionArn === arn)!.containerDefinitions[0]!.cpu;
    const used = services.reduce(
      (sum, one) =>
        sum +
        cpuOf(one.taskDefinition ?? '') *
          (one.schedulingStrategy === 'DAEMON' ? hosts.length : one.desiredCount),
      0,
    );
    expect(used / (hosts.length * 4096)).toBeGreaterThan(0.4);
    expect(used / (hosts.length * 4096)).toBeLessThan(0.6);
  });

  it('cuts services that would be too big, and drops those that nothing can carry', () => {
    const big = buildFleet({ containerInstances: 2500 });
    const web = big.services.filter(({ serviceName }) => serviceName.startsWith('web-'));
    expect(web.map(({ desiredCount }) => desiredCount)).toEqual([834, 833, 833]);
    const small = buildFleet({ containerInstances: 2 });
    expect(small.services.map(({ serviceName }) => serviceName)).not.toContain('search');
  });
});
