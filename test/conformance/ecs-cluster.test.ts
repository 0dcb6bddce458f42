// Amazon ECS: clusters, container instances, their attributes, their draining and their tags.

import {
  AttributeLimitExceededException,
  ClusterNotFoundException,
  DeleteAttributesCommand,
  DeregisterContainerInstanceCommand,
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  ECSClient,
  InvalidParameterException,
  ListClustersCommand,
  ListContainerInstancesCommand,
  ListTagsForResourceCommand,
  PutAttributesCommand,
  TargetNotFoundException,
  UpdateContainerInstancesStateCommand,
} from '@aws-sdk/client-ecs';
import { describe, expect } from 'vitest';
import { allPages, openStage, refused } from './support/stage.ts';

const stage = await openStage('ecs-cluster');
const ecs = stage.client(ECSClient);

const HERE = { needs: ['REMOTE_CLUSTER', 'REMOTE_CONTAINER_INSTANCE'] } as const;
const DRAINS = { ...HERE, isDestructive: true } as const;
const SPARE = {
  needs: ['REMOTE_CLUSTER', 'REMOTE_SPARE_CONTAINER_INSTANCE'],
  isDestructive: true,
} as const;
const NO_CLUSTER = `${stage.prefix}-absent`;
const NO_ID = 'f'.repeat(32);

async function describeOne(cluster: string, containerInstance: string) {
  const { containerInstances } = await ecs.send(
    new DescribeContainerInstancesCommand({ cluster, containerInstances: [containerInstance] }),
  );
  return containerInstances?.[0];
}

/** Puts it, and takes it away when all is over. */
async function putAttribute(cluster: string, targetId: string, name: string, value?: string) {
  const attributes = [{ name, value, targetId, targetType: 'container-instance' as const }];
  stage.afterwards(() => ecs.send(new DeleteAttributesCommand({ cluster, attributes })));
  return ecs.send(new PutAttributesCommand({ cluster, attributes }));
}

async function setState(cluster: string, one: string, status: 'ACTIVE' | 'DRAINING') {
  const answer = await ecs.send(
    new UpdateContainerInstancesStateCommand({ cluster, containerInstances: [one], status }),
  );
  return answer.containerInstances?.[0];
}

async function drain(cluster: string, containerInstance: string) {
  stage.afterwards(() => setState(cluster, containerInstance, 'ACTIVE'));
  return setState(cluster, containerInstance, 'DRAINING');
}

describe('serialization', () => {
  stage.test('ListClusters', {}, async () => {
    const { clusterArns } = await ecs.send(new ListClustersCommand({}));
    for (const arn of clusterArns!) expect(arn).toMatch(/:ecs:[a-z0-9-]+:\d{12}:cluster\//);
    const one = await ecs.send(new ListClustersCommand({ maxResults: 1 }));
    expect(one.clusterArns!.length).toBeLessThanOrEqual(1);
  });

  stage.test('DescribeClusters', { needs: ['REMOTE_CLUSTER'] }, async ({ REMOTE_CLUSTER }) => {
    const include = ['ATTACHMENTS', 'CONFIGURATIONS', 'SETTINGS', 'STATISTICS', 'TAGS'] as const;
    const { clusters, failures } = await ecs.send(
      new DescribeClustersCommand({ clusters: [REMOTE_CLUSTER], include: [...include] }),
    );
    expect(failures).toEqual([]);
    expect(clusters).toHaveLength(1);
    expect(clusters?.[0]).toMatchObject({
      clusterName: REMOTE_CLUSTER,
      status: 'ACTIVE',
      registeredContainerInstancesCount: expect.any(Number),
      runningTasksCount: expect.any(Number),
      pendingTasksCount: expect.any(Number),
      activeServicesCount: expect.any(Number),
      tags: expect.any(Array),
      settings: expect.any(Array),
      capacityProviders: expect.any(Array),
    });
    const minimal = await ecs.send(new DescribeClustersCommand({ clusters: [REMOTE_CLUSTER] }));
    expect(minimal.clusters?.[0]?.tags ?? []).toEqual([]);
  });

  stage.test('DescribeClusters of what is missing fails inside the answer', {}, async () => {
    const answer = await ecs.send(new DescribeClustersCommand({ clusters: [NO_CLUSTER] }));
    expect(answer.clusters).toEqual([]);
    expect(answer.failures).toEqual([
      { arn: expect.stringMatching(`:cluster/${NO_CLUSTER}$`), reason: 'MISSING' },
    ]);
  });

  stage.test('ListContainerInstances', HERE, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    const minimal = await ecs.send(new ListContainerInstancesCommand({ cluster }));
    expect(minimal.containerInstanceArns).toContain(the.REMOTE_CONTAINER_INSTANCE);
    const maximal = await ecs.send(
      new ListContainerInstancesCommand({
        cluster,
        filter: 'agentConnected == true',
        status: 'ACTIVE',
        maxResults: 100,
      }),
    );
    expect(maximal.containerInstanceArns).toEqual(expect.any(Array));
  });

  stage.test('DescribeContainerInstances', HERE, async (the) => {
    const { containerInstances } = await ecs.send(
      new DescribeContainerInstancesCommand({
        cluster: the.REMOTE_CLUSTER,
        containerInstances: [the.REMOTE_CONTAINER_INSTANCE],
        include: ['TAGS', 'CONTAINER_INSTANCE_HEALTH'],
      }),
    );
    expect(containerInstances?.[0]).toMatchObject({
      containerInstanceArn: the.REMOTE_CONTAINER_INSTANCE,
      ec2InstanceId: expect.stringMatching(/^i-[0-9a-f]{8,17}$/),
      version: expect.any(Number),
      versionInfo: { agentVersion: expect.stringMatching(/^\d+\.\d+\.\d+$/) },
      status: 'ACTIVE',
      agentConnected: expect.any(Boolean),
      runningTasksCount: expect.any(Number),
      pendingTasksCount: expect.any(Number),
      registeredAt: expect.any(Date),
      attachments: expect.any(Array),
      tags: expect.any(Array),
      healthStatus: { overallStatus: expect.any(String), details: expect.any(Array) },
    });
    const resources = containerInstances?.[0]?.registeredResources?.map(({ name }) => name);
    expect(resources).toEqual(expect.arrayContaining(['CPU', 'MEMORY', 'PORTS', 'PORTS_UDP']));
    const attributes = containerInstances?.[0]?.attributes?.map(({ name }) => name);
    expect(attributes).toContain('ecs.availability-zone');
  });

  stage.test('PutAttributes and DeleteAttributes', HERE, async (the) => {
    const targetId = the.REMOTE_CONTAINER_INSTANCE;
    const name = `${stage.prefix}.kind`;
    const put = await putAttribute(the.REMOTE_CLUSTER, targetId, name, 'a');
    expect(put.attributes?.[0]).toMatchObject({ name, value: 'a' });
    const gone = await ecs.send(
      new DeleteAttributesCommand({
        cluster: the.REMOTE_CLUSTER,
        attributes: [{ name, targetId }],
      }),
    );
    expect(gone.attributes?.[0]).toMatchObject({ name });
  });

  stage.test('UpdateContainerInstancesState', HERE, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    const active = await setState(cluster, the.REMOTE_CONTAINER_INSTANCE, 'ACTIVE');
    expect(active).toMatchObject({ status: 'ACTIVE', registeredAt: expect.any(Date) });
    const { containerInstances, failures } = await ecs.send(
      new UpdateContainerInstancesStateCommand({
        cluster,
        containerInstances: [NO_ID],
        status: 'ACTIVE',
      }),
    );
    expect(containerInstances).toEqual([]);
    expect(failures).toEqual([
      { arn: expect.stringMatching(`:container-instance/.*${NO_ID}$`), reason: 'MISSING' },
    ]);
  });

  stage.test('ListTagsForResource', HERE, async (the) => {
    const { tags } = await ecs.send(
      new ListTagsForResourceCommand({ resourceArn: the.REMOTE_CONTAINER_INSTANCE }),
    );
    for (const tag of tags!)
      expect(tag).toEqual({ key: expect.any(String), value: expect.any(String) });
  });

  stage.test('DeregisterContainerInstance', SPARE, async (the) => {
    const { containerInstance } = await ecs.send(
      new DeregisterContainerInstanceCommand({
        cluster: the.REMOTE_CLUSTER,
        containerInstance: the.REMOTE_SPARE_CONTAINER_INSTANCE,
        force: true,
      }),
    );
    expect(containerInstance).toMatchObject({
      containerInstanceArn: the.REMOTE_SPARE_CONTAINER_INSTANCE,
      status: expect.stringMatching(/^(INACTIVE|DEREGISTERING)$/),
    });
    const gone = await stage.eventually(
      () => describeOne(the.REMOTE_CLUSTER, the.REMOTE_SPARE_CONTAINER_INSTANCE),
      (instance) => instance === undefined || instance.status === 'INACTIVE',
    );
    expect(gone?.agentConnected ?? false).toBe(false);
    const listed = await ecs.send(
      new ListContainerInstancesCommand({ cluster: the.REMOTE_CLUSTER }),
    );
    expect(listed.containerInstanceArns).not.toContain(the.REMOTE_SPARE_CONTAINER_INSTANCE);
  });
});

describe('validation', () => {
  stage.test('a cluster that does not exist', {}, async () => {
    const cluster = NO_CLUSTER;
    const attributes = [{ name: 'a', targetId: NO_ID, targetType: 'container-instance' as const }];
    const containerInstances = [NO_ID];
    await refused(
      ecs,
      ClusterNotFoundException,
      new ListContainerInstancesCommand({ cluster }),
      new DescribeContainerInstancesCommand({ cluster, containerInstances }),
      new UpdateContainerInstancesStateCommand({ cluster, containerInstances, status: 'ACTIVE' }),
      new PutAttributesCommand({ cluster, attributes }),
      new DeleteAttributesCommand({ cluster, attributes }),
      new DeregisterContainerInstanceCommand({ cluster, containerInstance: NO_ID }),
    );
  });

  stage.test('page sizes and page tokens', { needs: ['REMOTE_CLUSTER'] }, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    for (const maxResults of [0, 101])
      await refused(
        ecs,
        InvalidParameterException,
        new ListClustersCommand({ maxResults }),
        new ListContainerInstancesCommand({ cluster, maxResults }),
      );
    await ecs.send(new ListClustersCommand({ maxResults: 100 }));
    const wrong = new ListClustersCommand({ nextToken: 'none' });
    await refused(ecs, InvalidParameterException, wrong);
  });

  stage.test('numbers of ids just inside and just outside', HERE, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    const ids = (count: number) =>
      Array.from({ length: count }, (_, n) => n.toString(16).padStart(32, 'e'));
    const described = (count: number) =>
      new DescribeContainerInstancesCommand({ cluster, containerInstances: ids(count) });
    const set = (count: number) =>
      new UpdateContainerInstancesStateCommand({
        cluster,
        containerInstances: ids(count),
        status: 'ACTIVE',
      });
    const clusters = (count: number) => new DescribeClustersCommand({ clusters: ids(count) });
    expect((await ecs.send(described(100))).failures).toHaveLength(100);
    expect((await ecs.send(set(10))).failures).toHaveLength(10);
    expect((await ecs.send(clusters(100))).failures).toHaveLength(100);
    const outside = [described(101), described(0), set(11), set(0), clusters(101)];
    await refused(ecs, InvalidParameterException, ...outside);
  });

  stage.test('an expression, a status, a word of include', HERE, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    const containerInstances = [the.REMOTE_CONTAINER_INSTANCE];
    const status = 'REGISTERING';
    const include = ['NOTHING' as 'TAGS'];
    await refused(
      ecs,
      InvalidParameterException,
      new ListContainerInstancesCommand({ cluster, filter: 'attribute:a ===' }),
      new ListContainerInstancesCommand({ cluster, status: 'INACTIVE' as 'ACTIVE' }),
      new UpdateContainerInstancesStateCommand({ cluster, containerInstances, status }),
      new DescribeContainerInstancesCommand({ cluster, containerInstances, include }),
    );
  });

  stage.test('attributes: targets, names, values and how many', HERE, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    const targetId = the.REMOTE_CONTAINER_INSTANCE;
    const one = (attribute: { name: string; value?: string; targetId?: string }) => ({
      targetType: 'container-instance' as const,
      targetId,
      ...attribute,
    });
    const put = (...attributes: ReturnType<typeof one>[]) =>
      new PutAttributesCommand({ cluster, attributes });
    const eleven = Array.from({ length: 11 }, (_, n) => one({ name: `${stage.prefix}.${n}` }));
    await refused(
      ecs,
      InvalidParameterException,
      put(one({ name: 'x'.repeat(129) })),
      put(one({ name: 'no spaces' })),
      put(one({ name: 'a', value: 'v'.repeat(129) })),
      put(one({ name: 'a', value: ' leading' })),
      put(),
      put(...eleven),
      new DeleteAttributesCommand({ cluster, attributes: [] }),
    );
    await refused(ecs, TargetNotFoundException, put(one({ name: 'a', targetId: NO_ID })));
    await putAttribute(cluster, targetId, 'x'.repeat(128), 'v'.repeat(128));
    const attributes = eleven.slice(0, 10);
    stage.afterwards(() => ecs.send(new DeleteAttributesCommand({ cluster, attributes })));
    // Ten in one call, but with the one that is there already eleven of the resource.
    await refused(ecs, AttributeLimitExceededException, put(...attributes));
  });

  stage.test('tags and deregistration of what is not there', HERE, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    await refused(
      ecs,
      InvalidParameterException,
      new ListTagsForResourceCommand({ resourceArn: 'no arn' }),
      new DeregisterContainerInstanceCommand({ cluster, containerInstance: NO_ID }),
    );
  });
});

describe('behaviour', () => {
  stage.test('pages hold every cluster and container instance once', HERE, async (the) => {
    const clusters = await allPages(
      (nextToken) => ecs.send(new ListClustersCommand({ maxResults: 1, nextToken })),
      ({ clusterArns }) => clusterArns,
      ({ nextToken }) => nextToken,
    );
    expect(new Set(clusters.items).size).toBe(clusters.items.length);
    const cluster = the.REMOTE_CLUSTER;
    const { items } = await allPages(
      (nextToken) =>
        ecs.send(new ListContainerInstancesCommand({ cluster, maxResults: 1, nextToken })),
      ({ containerInstanceArns }) => containerInstanceArns,
      ({ nextToken }) => nextToken,
    );
    expect(new Set(items).size).toBe(items.length);
    const described = await ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
    expect(described.clusters?.[0]?.registeredContainerInstancesCount).toBe(items.length);
    expect(clusters.items).toContain(described.clusters?.[0]?.clusterArn);
  });

  stage.test('an attribute is found by an expression until it is deleted', HERE, async (the) => {
    const cluster = the.REMOTE_CLUSTER;
    const targetId = the.REMOTE_CONTAINER_INSTANCE;
    const name = `${stage.prefix}.found`;
    const found = async () => {
      const filter = `attribute:${name} == yes`;
      const list = await ecs.send(new ListContainerInstancesCommand({ cluster, filter }));
      return list.containerInstanceArns ?? [];
    };
    await putAttribute(cluster, targetId, name, 'yes');
    await stage.eventually(found, (arns) => arns.includes(targetId));
    const described = await describeOne(cluster, targetId);
    expect(described?.attributes).toContainEqual({ name, value: 'yes' });
    const attributes = [{ name, targetId }];
    await ecs.send(new DeleteAttributesCommand({ cluster, attributes }));
    await stage.eventually(found, (arns) => arns.length === 0);
  });

  stage.test('tags are those of the description', HERE, async (the) => {
    const resourceArn = the.REMOTE_CONTAINER_INSTANCE;
    const { tags } = await ecs.send(new ListTagsForResourceCommand({ resourceArn }));
    const { containerInstances } = await ecs.send(
      new DescribeContainerInstancesCommand({
        cluster: the.REMOTE_CLUSTER,
        containerInstances: [resourceArn],
        include: ['TAGS'],
      }),
    );
    expect(containerInstances?.[0]?.tags).toEqual(tags);
  });

  stage.test(
    'a drained container instance is listed as such, until it is ACTIVE',
    DRAINS,
    async (the) => {
      const cluster = the.REMOTE_CLUSTER;
      const one = the.REMOTE_CONTAINER_INSTANCE;
      const listed = async () => {
        const command = new ListContainerInstancesCommand({ cluster, status: 'DRAINING' });
        return (await ecs.send(command)).containerInstanceArns ?? [];
      };
      expect((await drain(cluster, one))?.status).toBe('DRAINING');
      await stage.eventually(listed, (arns) => arns.includes(one));
      expect((await drain(cluster, one))?.status).toBe('DRAINING');
      await setState(cluster, one, 'ACTIVE');
      await stage.eventually(
        () => describeOne(cluster, one),
        (instance) => instance?.status === 'ACTIVE',
      );
      expect(await listed()).not.toContain(one);
    },
  );
});

stage.proveComplete();
