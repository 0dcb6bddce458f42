// A region of a few machines under Systems Manager, for the tests of this service.

import type { FaultSpec } from '../../../simulator/faults/faults.ts';
import { type Fleet, type FleetHost, fleetSchema } from '../../../simulator/fleet-file/schema.ts';
import { Hosts } from '../../../simulator/host/hosts.ts';
import { UpdateRepository } from '../../../simulator/host/update-repository.ts';
import type { AwsError, JsonObject } from '../../../simulator/kernel/service.ts';
import { SsmService } from '../../../simulator/ssm/ssm-service.ts';
import { makeKernel, type TestKernel } from '../../support/kernel.ts';

export interface SsmFleetOptions {
  readonly seed?: number;
  readonly faults?: readonly FaultSpec[];
  readonly count?: number;
  /** More about single hosts, by index. */
  readonly hosts?: Readonly<Record<number, Partial<FleetHost>>>;
  readonly calendars?: Fleet['calendars'];
}

export interface SsmFleet extends Omit<TestKernel, 'call' | 'refusal'> {
  readonly hosts: Hosts;
  readonly ssm: SsmService;
  call(operation: string, input?: JsonObject): Promise<JsonObject>;
  refusal(operation: string, input?: JsonObject): Promise<AwsError>;
  /**
   * Sends AWS-RunShellScript with these commands to these hosts (all unless said) and answers the
   * command's id.
   */
  send(commands: string[], more?: JsonObject): Promise<string>;
  /** The invocation as GetCommandInvocation shows it. */
  invocation(commandId: string, instanceId?: string): Promise<JsonObject>;
  /** Statuses of all invocations that the log saw, in order. */
  statuses(instanceId?: string): string[];
}

export const idOf = (index: number) => `i-${index.toString(16).padStart(17, '0')}`;

const bottlerocket = { version: '1.64.0', variant: 'aws-ecs-2', arch: 'x86_64' };

function fleetOf(options: SsmFleetOptions): Fleet {
  return fleetSchema.parse({
    clusters: [{ clusterName: 'prod' }],
    hosts: Array.from({ length: options.count ?? 1 }, (_, index) => ({
      ec2InstanceId: idOf(index),
      availabilityZone: 'eu-west-1a',
      bottlerocket,
      ...options.hosts?.[index],
    })),
    calendars: options.calendars ?? [],
    updateRepository: {
      releases: ['1.64.0', '1.65.0'].map((version) => ({
        ...bottlerocket,
        version,
        publishedAt: '2026-11-01T00:00:00.000Z',
      })),
    },
  });
}

export function ssmFleet(options: SsmFleetOptions = {}): SsmFleet {
  const fleet = fleetOf(options);
  const test = makeKernel({ seed: options.seed ?? 7, faults: options.faults ?? [] });
  const hosts = new Hosts(test.kernel, new UpdateRepository(test.kernel, fleet.updateRepository));
  for (const facts of fleet.hosts) hosts.add(facts);
  const ssm = new SsmService(test.kernel, hosts);
  ssm.load(fleet);
  const call = (operation: string, input?: JsonObject) => test.call(ssm, operation, input);
  return {
    ...test,
    ...{ hosts, ssm, call },
    refusal: (operation, input) => test.refusal(ssm, operation, input),
    async send(commands, more = {}) {
      const { Command } = await call('SendCommand', {
        DocumentName: 'AWS-RunShellScript',
        InstanceIds: fleet.hosts.map(({ ec2InstanceId }) => ec2InstanceId),
        Parameters: { commands },
        ...more,
      });
      return String((Command as JsonObject).CommandId);
    },
    invocation: (CommandId, InstanceId = idOf(0)) =>
      call('GetCommandInvocation', { CommandId, InstanceId }),
    statuses: (instanceId = idOf(0)) =>
      test.logged
        .filter(({ name, subject }) => name === 'invocation-status' && subject === instanceId)
        .map(({ detail }) => String(detail.details)),
  };
}
