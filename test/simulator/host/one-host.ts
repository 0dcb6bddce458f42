// A region of one machine, for the tests of hosts: what the fleet file says of it, and ways to run
// things on it.

import { stripVTControlCharacters } from 'node:util';
import type { FaultSpec } from '../../../simulator/faults/faults.ts';
import { type Fleet, type FleetHost, fleetSchema } from '../../../simulator/fleet-file/schema.ts';
import type { Host } from '../../../simulator/host/host.ts';
import { Hosts } from '../../../simulator/host/hosts.ts';
import type { ScriptResult } from '../../../simulator/host/script-run.ts';
import { UpdateRepository } from '../../../simulator/host/update-repository.ts';
import { makeKernel, type TestKernel } from '../../support/kernel.ts';

export const ID = 'i-0123456789abcdef0';

type Release = Partial<Fleet['updateRepository']['releases'][number]>;

export interface OneHostOptions {
  readonly seed?: number;
  readonly faults?: readonly FaultSpec[];
  readonly host?: Partial<Omit<FleetHost, 'bottlerocket'>>;
  readonly bottlerocket?: Readonly<Record<string, unknown>> | null;
  readonly releases?: readonly Release[];
  readonly maxVersion?: Readonly<Record<string, string>>;
}

export interface OneHost extends TestKernel {
  readonly host: Host;
  readonly hosts: Hosts;
  readonly repository: UpdateRepository;
  readonly fleet: Fleet;
  /** Runs a script to its end on the virtual clock. */
  run(script: string, env?: Record<string, string>): Promise<ScriptResult>;
  /** Names of what the host logged, in order. */
  names(): string[];
}

export const release = (version: string, more: Release = {}): Release => ({
  version,
  variant: 'aws-ecs-2',
  arch: 'x86_64',
  publishedAt: '2026-11-01T00:00:00.000Z',
  ...more,
});

/** The default has 1.64.0 running and 1.63.0 to 1.65.0 on offer, without repository waves. */
export function oneHost(options: OneHostOptions = {}): OneHost {
  const bottlerocket = {
    ...{ version: '1.64.0', variant: 'aws-ecs-2', arch: 'x86_64', seed: 1000 },
    ...options.bottlerocket,
  };
  const fleet = fleetSchema.parse({
    clusters: [{ clusterName: 'prod' }],
    hosts: [
      {
        ec2InstanceId: ID,
        availabilityZone: 'eu-west-1a',
        ...options.host,
        ...(options.bottlerocket === null ? {} : { bottlerocket }),
      },
    ],
    updateRepository: {
      releases: options.releases ?? ['1.63.0', '1.64.0', '1.65.0'].map((one) => release(one)),
      maxVersion: options.maxVersion ?? {},
    },
  });
  const test = makeKernel({ seed: options.seed ?? 7, faults: options.faults ?? [] });
  const repository = new UpdateRepository(test.kernel, fleet.updateRepository);
  const hosts = new Hosts(test.kernel, repository);
  const host = hosts.add(fleet.hosts[0]!);
  return {
    ...test,
    ...{ host, hosts, repository, fleet },
    run: (script, env = {}) => test.finish(host.runScript(script, env)),
    names: () => test.logged.filter(({ source }) => source === 'host').map(({ name }) => name),
  };
}

/** Without the colours of the log lines. */
export const plain = (text: string) => stripVTControlCharacters(text);
