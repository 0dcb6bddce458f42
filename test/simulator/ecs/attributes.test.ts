// PutAttributes and DeleteAttributes.

import { describe, expect, it } from 'vitest';
import { ec2Id, instanceArn, instanceId, makeEcs } from './support/ecs-region.ts';

const put = (name: string, value?: string, targetId = instanceArn(0)) => ({
  attributes: [{ name, ...(value === undefined ? {} : { value }), targetId }],
});

describe('PutAttributes', () => {
  it('sets, overwrites and is found by a filter; the version moves and no event is emitted', async () => {
    const region = makeEcs();
    await region.ask('PutAttributes', put('fleet.rollout', 'r-1'));
    const answer = await region.ask('PutAttributes', put('fleet.rollout', 'r-2'));
    expect(answer.attributes).toEqual([
      {
        name: 'fleet.rollout',
        value: 'r-2',
        targetType: 'container-instance',
        targetId: instanceArn(0),
      },
    ]);
    const filter = 'attribute:fleet.rollout == r-2';
    const found = await region.ask('ListContainerInstances', { filter });
    expect(found.containerInstanceArns).toEqual([instanceArn(0)]);
    expect(region.ecs.world.containerInstanceOn(ec2Id(0))?.version).toBe(3);
    expect(region.emitted).toEqual([]);
  });

  it('allows ten custom attributes per instance, however many the agent has', async () => {
    const region = makeEcs();
    for (let n = 0; n < 10; n++) await region.ask('PutAttributes', put(`a${n}`, 'x'));
    await region.ask('PutAttributes', put('a9', 'y'));
    expect((await region.refuse('PutAttributes', put('a10', 'x'))).code).toBe(
      'AttributeLimitExceededException',
    );
  });

  it.each([
    [{ attributes: [] }, 'InvalidParameterException'],
    [
      { attributes: Array(11).fill({ name: 'a', targetId: instanceArn(0) }) },
      'InvalidParameterException',
    ],
    [put('white space'), 'InvalidParameterException'],
    [put('a', ' x'), 'InvalidParameterException'],
    [put('a', 'x'.repeat(129)), 'InvalidParameterException'],
    [put('ecs.instance-type', 'x'), 'InvalidParameterException'],
    [put('a', 'x', instanceId(0)), 'InvalidParameterException'],
    [put('a', 'x', instanceArn(9)), 'TargetNotFoundException'],
    [{ attributes: ['a'] }, 'SerializationException'],
  ])('refuses %j', async (input, code) => {
    expect((await makeEcs().refuse('PutAttributes', input)).code).toBe(code);
  });

  it('takes the short id when the target type is given', async () => {
    const attributes = [{ name: 'a', targetType: 'container-instance', targetId: instanceId(0) }];
    await makeEcs().ask('PutAttributes', { attributes });
  });
});

describe('DeleteAttributes', () => {
  it('answers what it deleted, and nothing for what was not there', async () => {
    const region = makeEcs();
    await region.ask('PutAttributes', put('a', 'x'));
    expect((await region.ask('DeleteAttributes', put('a'))).attributes).toHaveLength(1);
    expect((await region.ask('DeleteAttributes', put('a'))).attributes).toEqual([]);
  });
});

describe('attributes and placement', () => {
  it('a daemon comes when its instance gains the attribute and goes when it loses it', async () => {
    const placementConstraints = [{ type: 'memberOf', expression: 'attribute:gpu exists' }];
    const region = makeEcs({
      services: [{ name: 'log', daemon: true, more: { placementConstraints } }],
    });
    await region.ask('PutAttributes', put('gpu'));
    await region.advance(60);
    expect(region.ecs.world.service('prod', 'log')).toMatchObject({
      desiredCount: 1,
      runningCount: 1,
    });
    await region.ask('DeleteAttributes', put('gpu'));
    await region.advance(60);
    expect(region.ecs.world.service('prod', 'log')).toMatchObject({
      desiredCount: 0,
      runningCount: 0,
    });
    const names = region.events('ECS Service Action').map(({ detail }) => detail.eventName);
    expect(names).toContain('SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED');
  });
});
