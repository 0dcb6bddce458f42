// Accounts for what tasks take from a container instance: CPU units, MiB of memory, host ports, GPUs.

import type { Demand, GpuDemand } from './definitions.ts';
import type { ContainerInstance, NetworkBinding, Resources, Taken } from './model.ts';

type Shortage = 'RESOURCE:CPU' | 'RESOURCE:MEMORY' | 'RESOURCE:PORTS' | 'RESOURCE:GPU';

/**
 * Docker's own default range, which the agent falls back to (ECS Developer Guide, "PortMapping").
 */
const EPHEMERAL_FIRST = 49_153;
const EPHEMERAL_LAST = 65_535;

export const FIRST_EPHEMERAL_PORT = EPHEMERAL_FIRST;

function takenBy(instance: ContainerInstance, port: number, protocol: 'tcp' | 'udp'): boolean {
  const { registered, used } = instance;
  return protocol === 'tcp'
    ? used.tcp.has(port) || registered.tcpPorts.includes(port)
    : used.udp.has(port) || registered.udpPorts.includes(port);
}

function freeGpus({ registered, used }: ContainerInstance): string[] {
  return registered.gpuIds.filter((id) => !used.gpus.has(id));
}

/** `ALL` of none is no place for a task that wants GPUs. */
function gpusWanted(demand: readonly GpuDemand[], { registered }: ContainerInstance): number {
  const all = Math.max(1, registered.gpuIds.length);
  return demand.reduce((sum, { count }) => sum + (count === 'ALL' ? all : count), 0);
}

/**
 * Why a task does not fit now, or undefined when it does. CPU is judged first, then memory, then
 * ports, then GPUs.
 */
export function shortage(instance: ContainerInstance, demand: Demand): Shortage | undefined {
  const { registered, used } = instance;
  if (used.cpu + demand.cpu > registered.cpu) return 'RESOURCE:CPU';
  if (used.memoryMiB + demand.memoryMiB > registered.memoryMiB) return 'RESOURCE:MEMORY';
  for (const { hostPort, protocol } of demand.ports) {
    if (hostPort !== 0 && takenBy(instance, hostPort, protocol)) return 'RESOURCE:PORTS';
  }
  if (demand.gpus.length > 0 && gpusWanted(demand.gpus, instance) > freeGpus(instance).length) {
    return 'RESOURCE:GPU';
  }
  return undefined;
}

/** The agent walks through the range, so a port just given back is not given out again at once. */
function ephemeralPort(instance: ContainerInstance, protocol: 'tcp' | 'udp'): number {
  for (;;) {
    const port = instance.nextEphemeralPort;
    instance.nextEphemeralPort = port === EPHEMERAL_LAST ? EPHEMERAL_FIRST : port + 1;
    if (!takenBy(instance, port, protocol)) return port;
  }
}

function takePorts(instance: ContainerInstance, demand: Demand): NetworkBinding[] {
  return demand.ports.map(({ containerName, containerPort, hostPort, protocol }) => {
    const port = hostPort === 0 ? ephemeralPort(instance, protocol) : hostPort;
    const ports = instance.used[protocol];
    ports.set(port, (ports.get(port) ?? 0) + 1);
    return { containerName, containerPort, hostPort: port, protocol };
  });
}

/** Each GPU goes to one container: tasks never share one (amazon-ecs-agent#3852). */
function takeGpus(instance: ContainerInstance, demand: Demand): Map<string, string[]> {
  const free = demand.gpus.length === 0 ? [] : freeGpus(instance);
  const taken = demand.gpus.map(({ containerName, count }): [string, string[]] => [
    containerName,
    free.splice(0, count === 'ALL' ? free.length : count),
  ]);
  for (const [, ids] of taken) for (const id of ids) instance.used.gpus.add(id);
  return new Map(taken);
}

/** Takes CPU, memory, ports and GPUs; answers which ports and which GPUs. */
export function reserve(instance: ContainerInstance, demand: Demand): Taken {
  instance.used.cpu += demand.cpu;
  instance.used.memoryMiB += demand.memoryMiB;
  return { bindings: takePorts(instance, demand), gpuIds: takeGpus(instance, demand) };
}

export function release(
  instance: ContainerInstance,
  demand: Demand,
  { bindings, gpuIds }: Taken,
): void {
  instance.used.cpu -= demand.cpu;
  instance.used.memoryMiB -= demand.memoryMiB;
  for (const { hostPort, protocol } of bindings) {
    const ports = instance.used[protocol];
    const count = (ports.get(hostPort) ?? 0) - 1;
    if (count > 0) ports.set(hostPort, count);
    else ports.delete(hostPort);
  }
  for (const ids of gpuIds.values()) for (const id of ids) instance.used.gpus.delete(id);
}

/**
 * Ports of the agent, Docker and SSH that every agent reports as taken (ECS Developer Guide,
 * container instance events).
 */
const AGENT_PORTS: readonly number[] = [22, 2375, 2376, 51678, 51679];

/** GiB of memory per vCPU of a family's letter. */
const GIB_PER_VCPU: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8, x: 16 };

const VCPUS: Readonly<Record<string, number>> = {
  medium: 1,
  large: 2,
  xlarge: 4,
  '2xlarge': 8,
  '3xlarge': 12,
  '4xlarge': 16,
  '6xlarge': 24,
  '8xlarge': 32,
  '12xlarge': 48,
  '16xlarge': 64,
  '18xlarge': 72,
  '24xlarge': 96,
  '32xlarge': 128,
  '48xlarge': 192,
};

/** Burstable families (t2, t3, t3a, t4g) follow no ratio: vCPU and GiB. */
const BURSTABLE: Readonly<Record<string, readonly [number, number]>> = {
  nano: [2, 0.5],
  micro: [2, 1],
  small: [2, 2],
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  '2xlarge': [8, 32],
};

function vcpuAndGib(instanceType: string): readonly [number, number] | undefined {
  const [family = '', size = ''] = instanceType.split('.');
  if (/^t\d/.test(family)) return BURSTABLE[size];
  const gibPerVcpu = GIB_PER_VCPU[/^([cmrx])\d+[a-z-]*$/.exec(family)?.[1] ?? ''];
  const vcpus = VCPUS[size];
  return gibPerVcpu === undefined || vcpus === undefined ? undefined : [vcpus, vcpus * gibPerVcpu];
}

/**
 * What the agent registers on this type, or undefined for a type that is not known here.
 *
 * The kernel and firmware keep some memory: 4,096 MiB register as about 3,784 and 8,192 as about
 * 7,764 (figures of c5.large and m5.large in public describe-container-instances output); a line
 * through these is used for all.
 */
export function resourcesOfType(instanceType: string): Resources | undefined {
  const size = vcpuAndGib(instanceType);
  if (!size) return undefined;
  const [vcpus, gib] = size;
  const memoryMiB = Math.max(256, Math.floor(gib * 1024 * 0.97 - 190));
  return { cpu: vcpus * 1024, memoryMiB, tcpPorts: AGENT_PORTS, udpPorts: [], gpuIds: [] };
}
