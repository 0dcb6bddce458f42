// GPUs and architectures: what a task asks for, which one it gets, and who is told when there is none.

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../simulator/kernel/service.ts';
import { definitionArn, ec2Id, instanceArn, makeEcs } from './support/ecs-region.ts';

const REGISTERED = [
  { name: 'CPU', integerValue: 4096 },
  { name: 'MEMORY', integerValue: 15_000 },
];

/** Two GPUs on the first container instance, none on the others. */
const instances = (n: number): JsonObject => ({
  registeredResources: [
    ...REGISTERED,
    ...(n === 0 ? [{ name: 'GPU', stringSetValue: ['GPU-a', 'GPU-b'] }] : []),
  ],
});

function wanting(name: string, value: string, type = 'GPU') {
  const container = { name: 'app', cpu: 256, memory: 512, resourceRequirements: [{ type, value }] };
  const definition = { taskDefinitionArn: definitionArn(name), containerDefinitions: [container] };
  return { name, desiredCount: 0, definition };
}

interface Resource {
  readonly name: string;
  readonly stringSetValue: readonly string[];
}

async function gpusOf(region: ReturnType<typeof makeEcs>, n: number) {
  const containerInstances = [instanceArn(n)];
  const answer = await region.ask('DescribeContainerInstances', { containerInstances });
  const [seen] = answer.containerInstances as Record<string, readonly Resource[]>[];
  const named = (resources?: readonly Resource[]) =>
    resources?.find(({ name }) => name === 'GPU')?.stringSetValue;
  return [named(seen?.registeredResources), named(seen?.remainingResources)];
}

describe('GPUs', () => {
  it('go to one task each, are told with it, and come back when it has stopped', async () => {
    const region = makeEcs({ services: [wanting('train', '1')], instances });
    const answer = await region.ask('RunTask', { taskDefinition: 'train', count: 3 });
    expect(answer.failures).toEqual([{ arn: instanceArn(0), reason: 'RESOURCE:GPU' }]);
    expect(answer.tasks).toMatchObject([
      { containers: [{ gpuIds: ['GPU-a'] }] },
      { containers: [{ gpuIds: ['GPU-b'] }] },
    ]);
    expect(await gpusOf(region, 0)).toEqual([['GPU-a', 'GPU-b'], []]);
    await region.advance(60);
    const [first] = answer.tasks as { taskArn: string }[];
    await region.ask('StopTask', { task: first?.taskArn });
    await region.advance(120);
    expect(await gpusOf(region, 0)).toEqual([['GPU-a', 'GPU-b'], ['GPU-a']]);
  });

  it('are no resource of a container instance that has none', async () => {
    const region = makeEcs({ instances });
    expect(await gpusOf(region, 1)).toEqual([undefined, undefined]);
  });

  it('ALL is every one of the container instance, and none of it may be taken', async () => {
    const region = makeEcs({ services: [wanting('train', '1'), wanting('all', 'ALL')], instances });
    const run = (taskDefinition: string) => region.ask('RunTask', { taskDefinition });
    expect((await run('all')).tasks).toMatchObject([
      { containers: [{ gpuIds: ['GPU-a', 'GPU-b'] }] },
    ]);
    expect((await run('train')).failures).toMatchObject([{ reason: 'RESOURCE:GPU' }]);
    expect((await run('all')).failures).toMatchObject([{ reason: 'RESOURCE:GPU' }]);
  });

  it.each([
    ['a part of one', '0.25', 'GPU'],
    ['a device of another kind', '1', 'NeuronDevice'],
  ])('%s is not counted', async (_, value, type) => {
    const region = makeEcs({ services: [wanting('infer', value, type)], instances });
    const answer = await region.ask('RunTask', { taskDefinition: 'infer', count: 5 });
    expect(answer.tasks).toHaveLength(5);
  });

  it('hold a drain where no other container instance has one', async () => {
    const train = { ...wanting('train', '2'), desiredCount: 1 };
    const region = makeEcs({ services: [train], instances });
    await region.advance(60);
    await region.drain(0);
    await region.advance(600);
    expect(region.statuses('train', 0)).toEqual({ 'RUNNING RUNNING': 1 });
    expect((await region.messages('train'))[0]).toMatch(
      /encountered error "RESOURCE:GPU"\. For more/,
    );
  });
});

describe('architectures', () => {
  const armed = {
    name: 'arm',
    desiredCount: 0,
    definition: { runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' } },
  };
  const onArm = (n: number): JsonObject =>
    n === 2 ? { attributes: [{ name: 'ecs.cpu-architecture', value: 'arm64' }] } : {};

  it('a task runs only where its task definition says', async () => {
    const region = makeEcs({ services: [armed], instances: onArm });
    const answer = await region.ask('RunTask', { taskDefinition: 'arm', count: 3 });
    expect(answer.failures).toEqual([]);
    expect(region.ecs.world.tasksOn(ec2Id(2))).toHaveLength(3);
  });

  it('or nowhere, and the service says that an attribute is missing', async () => {
    const region = makeEcs({ services: [{ ...armed, desiredCount: 1 }] });
    await region.advance(60);
    expect((await region.messages('arm'))[0]).toMatch(
      /\(container-instance [0-9a-f]{32}\) is missing an attribute required by your task\./,
    );
  });
});
