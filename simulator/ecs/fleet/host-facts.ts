// What the ECS agent reads off its machine when it registers: its built-in attributes.

import type { Kernel } from '../../kernel/kernel.ts';
import { Random } from '../../kernel/random.ts';

/** What ECS needs to know of a machine. */
export interface EcsHost {
  readonly availabilityZone: string;
  readonly instanceType: string;
  readonly tags: readonly { readonly key: string; readonly value?: string | undefined }[];
  readonly state: string;
  readonly variant?: string | undefined;
  readonly arch?: 'x86_64' | 'aarch64' | undefined;
}

export interface EcsHosts {
  get(ec2InstanceId: string): EcsHost | undefined;
}

/** Of the agent shipped with Bottlerocket; only those that placement is likely to ask for. */
const CAPABILITIES = [
  'com.amazonaws.ecs.capability.logging-driver.json-file',
  'com.amazonaws.ecs.capability.logging-driver.awslogs',
  'com.amazonaws.ecs.capability.docker-remote-api.1.44',
  'com.amazonaws.ecs.capability.ecr-auth',
  'com.amazonaws.ecs.capability.task-iam-role',
  'ecs.capability.container-health-check',
  'ecs.capability.task-eni',
];

/** Graviton families carry a `g` after the generation: m7g, c6gn, t4g. */
function architectureOf(host: EcsHost): 'x86_64' | 'arm64' {
  if (host.arch) return host.arch === 'aarch64' ? 'arm64' : 'x86_64';
  return /^[a-z]+\d+g/.test(host.instanceType) ? 'arm64' : 'x86_64';
}

/**
 * One image per variant and architecture: a new stream's first number, so it is the same for every
 * machine.
 */
function imageId(kernel: Kernel, image: string): string {
  return `ami-${new Random(kernel.random.seed).stream(`ecs.image-id/${image}`).hex(17)}`;
}

/**
 * "Built-in attributes" of the ECS Developer Guide, and the one that Bottlerocket adds (core-kit
 * ecs-agent, ecs-base-conf).
 */
export function builtInAttributes(kernel: Kernel, host: EcsHost): Map<string, string | undefined> {
  const architecture = architectureOf(host);
  const attributes = new Map<string, string | undefined>([
    ['ecs.availability-zone', host.availabilityZone],
    ['ecs.instance-type', host.instanceType],
    ['ecs.cpu-architecture', architecture],
    ['ecs.os-type', 'linux'],
    ['ecs.os-family', 'LINUX'],
    ['ecs.ami-id', imageId(kernel, `${host.variant ?? 'linux'}/${architecture}`)],
  ]);
  for (const name of CAPABILITIES) attributes.set(name, undefined);
  if (host.variant !== undefined) attributes.set('bottlerocket.variant', host.variant);
  return attributes;
}
