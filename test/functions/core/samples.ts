// Small worlds for the tests of the core: each builder answers the plain good case, changed by what a test is about.

import type { CheckedHost } from '../../../functions/core/eligibility.ts';
import type { ContainerInstance, Service, Task } from '../../../functions/core/model.ts';
import type { Policy } from '../../../functions/core/policy.ts';
import { readPolicy } from '../../../functions/core/read-policy.ts';

export const NOW = Date.parse('2026-11-24T02:00:00Z');
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** The same cases at every run, as many as fast-check takes by itself. */
export const SAME_CASES = { seed: 20261124 } as const;
/** The same cases at every run, and more of them. */
export const PROPERTY = { ...SAME_CASES, numRuns: 500 } as const;

export function policyOf(over: Readonly<Record<string, unknown>> = {}): Policy {
  return readPolicy([{ cluster: 'prod', ...over }]).policy;
}

/** What `readPolicy` says when it refuses; fails the test when it accepts. */
export function refusalOf(...layers: readonly unknown[]): string {
  try {
    readPolicy(layers);
  } catch (error) {
    if (error instanceof Error && error.name === 'BadInput') return error.message;
    throw error;
  }
  throw new Error(`Expected a refusal of ${JSON.stringify(layers)}`);
}

export function serviceOf(over: Partial<Service> = {}): Service {
  return {
    serviceName: 'web',
    schedulingStrategy: 'REPLICA',
    desiredCount: 4,
    runningCount: 4,
    minimumHealthyPercent: 50,
    maximumPercent: 200,
    hasLoadBalancer: false,
    ...over,
  };
}

export function byName(...services: readonly Service[]): ReadonlyMap<string, Service> {
  return new Map(services.map((service) => [service.serviceName, service]));
}

export function taskOf(over: Partial<Task> = {}): Task {
  return {
    taskArn: 'arn:aws:ecs:eu-west-1:111122223333:task/prod/t1',
    containerInstanceArn: containerInstanceArn('a'),
    serviceName: 'web',
    lastStatus: 'RUNNING',
    ...over,
  };
}

export function tasksOf(count: number, over: Partial<Task> = {}): Task[] {
  return Array.from({ length: count }, (_, index) =>
    taskOf({ taskArn: `arn:aws:ecs:eu-west-1:111122223333:task/prod/t${index + 1}`, ...over }),
  );
}

export function containerInstanceArn(id: string): string {
  return `arn:aws:ecs:eu-west-1:111122223333:container-instance/prod/${id}`;
}

export function containerInstanceOf(over: Partial<ContainerInstance> = {}): ContainerInstance {
  return {
    containerInstanceArn: containerInstanceArn('a'),
    ec2InstanceId: 'i-0a',
    availabilityZone: 'eu-west-1a',
    status: 'ACTIVE',
    agentConnected: true,
    variant: 'aws-ecs-2',
    tags: {},
    systemsManager: {
      pingStatus: 'Online',
      platformName: 'Bottlerocket',
      platformVersion: '1.64.0',
    },
    ...over,
  };
}

export function hostOf(version: string, ...available: readonly string[]): CheckedHost {
  return { os: { version, variant: 'aws-ecs-2', arch: 'x86_64' }, update: { available } };
}
