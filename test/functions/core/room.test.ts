// Room for what drains: who moves, who may be missing, and that those who start together share what is left.

import { describe, expect, it } from 'vitest';
import { type FleetRoom, judgeRoom, movingOf, tasksIn } from '../../../functions/core/room.ts';
import { byName, serviceOf, taskOf, tasksOf } from './samples.ts';
import { needsOf, roomOf } from './samples-placement.ts';

const DEFINITION = 'arn:aws:ecs:eu-west-1:111122223333:task-definition/web:1';
const web = serviceOf({
  minimumHealthyPercent: 100,
  taskDefinitionArn: DEFINITION,
  needs: needsOf({ cpuUnits: 512 }),
});

function fleet(over: Partial<FleetRoom> = {}): FleetRoom {
  return {
    rooms: [roomOf('a'), roomOf('b')],
    complete: true,
    services: [web],
    draining: [],
    moved: [],
    elsewhere: 0,
    ...over,
  };
}

function leaving(id: string, tasks: number) {
  return { ec2InstanceId: `i-${id}`, moving: [{ serviceName: 'web', tasks }] };
}

describe('movingOf()', () => {
  const own = { taskDefinitionArn: DEFINITION };

  it('movingOf() counts the tasks of each service that a drain moves', () => {
    const agent = serviceOf({ serviceName: 'agent', schedulingStrategy: 'DAEMON' });
    const tasks = [
      ...tasksOf(2, own),
      taskOf({ serviceName: 'agent' }),
      taskOf({ serviceName: undefined }),
      taskOf({ ...own, lastStatus: 'STOPPED' }),
      taskOf({ ...own, lastStatus: 'DELETED' }),
    ];
    const moving = movingOf(tasks, byName(web, agent));
    expect(moving).toEqual([{ serviceName: 'web', tasks: 2 }]);
    expect(tasksIn(moving)).toBe(2);
  });

  it('movingOf() lists services by name', () => {
    const [api, db] = [serviceOf({ serviceName: 'api' }), serviceOf({ serviceName: 'db' })];
    const tasks = ['web', 'api', 'db'].map((serviceName) => taskOf({ serviceName }));
    const names = movingOf(tasks, byName(web, api, db)).map((one) => one.serviceName);
    expect(names).toEqual(['api', 'db', 'web']);
  });

  it('movingOf() says that a task runs on another definition than the one that was read', () => {
    const tasks = [taskOf(own), taskOf({ taskDefinitionArn: `${DEFINITION}0` })];
    expect(movingOf(tasks, byName(web))).toEqual([{ serviceName: 'web', tasks: 2, changed: true }]);
  });
});

describe('judgeRoom()', () => {
  it('judgeRoom() lets an empty instance go', () => {
    const nothing = { ec2InstanceId: 'i-c', moving: [] };
    expect(judgeRoom(nothing, [], fleet({ rooms: [] })).kind).toBe('fits');
    expect(judgeRoom({ ec2InstanceId: 'i-c' }, [], fleet({ rooms: [] })).kind).toBe('fits');
  });

  it('judgeRoom() keeps an empty instance that others need', () => {
    const empty = { ec2InstanceId: 'i-a', moving: [] };
    expect(judgeRoom(empty, [leaving('c', 2)], fleet()).kind).toBe('fits');
    expect(judgeRoom(empty, [leaving('c', 3)], fleet()).kind).toBe('does-not-fit');
  });

  it('judgeRoom() does not count the room on those that leave themselves', () => {
    expect(judgeRoom(leaving('a', 2), [], fleet()).kind).toBe('fits');
    expect(judgeRoom(leaving('a', 3), [], fleet()).kind).toBe('does-not-fit');
    expect(judgeRoom(leaving('a', 1), [leaving('b', 0)], fleet()).kind).toBe('does-not-fit');
  });

  it('judgeRoom() leaves room for those that start together and those that drain already', () => {
    expect(judgeRoom(leaving('c', 2), [leaving('d', 2)], fleet()).kind).toBe('fits');
    expect(judgeRoom(leaving('c', 2), [leaving('d', 3)], fleet()).kind).toBe('does-not-fit');
    const draining = [{ serviceName: 'web', tasks: 3 }];
    expect(judgeRoom(leaving('c', 2), [], fleet({ draining })).kind).toBe('does-not-fit');
  });

  it('judgeRoom() asks for no room for tasks that their service may lack', () => {
    const stopFirst = { ...web, desiredCount: 10, minimumHealthyPercent: 80 };
    const room = fleet({ services: [stopFirst], rooms: [] });
    expect(judgeRoom(leaving('c', 2), [], room).kind).toBe('fits');
    expect(judgeRoom(leaving('c', 3), [], room).kind).toBe('does-not-fit');
    const moved = [{ serviceName: 'web', tasks: 1 }];
    expect(judgeRoom(leaving('c', 2), [], { ...room, moved }).kind).toBe('does-not-fit');
  });

  it('judgeRoom() cannot tell for a task definition that was not read', () => {
    const changed = { serviceName: 'web', tasks: 1, changed: true };
    expect(judgeRoom({ ec2InstanceId: 'i-c', moving: [changed] }, [], fleet())).toEqual({
      kind: 'cannot-tell',
      reason: 'what a task of web needs is not known',
    });
  });

  it('judgeRoom() does not know what one service needs, and knows it of the other', () => {
    const api = serviceOf({ ...web, serviceName: 'api' });
    const room = fleet({ services: [web, api] });
    const changed = { serviceName: 'api', tasks: 1, changed: true };
    const moving = [{ serviceName: 'web', tasks: 5 }, changed];
    // Five tasks of web find no place, whatever those of api need.
    expect(judgeRoom({ ec2InstanceId: 'i-c', moving }, [], room).kind).toBe('does-not-fit');
    const same = [changed, { serviceName: 'api', tasks: 1 }];
    expect(judgeRoom({ ec2InstanceId: 'i-c', moving: same }, [], room).kind).toBe('cannot-tell');
  });

  it('judgeRoom() does not ask for instances of their own for tasks that stay', () => {
    const alone = {
      ...web,
      serviceName: 'db',
      desiredCount: 3,
      needs: needsOf({ distinct: true }),
    };
    const unread = serviceOf({ serviceName: 'new', minimumHealthyPercent: 100 });
    const room = fleet({ services: [unread, alone, web] });
    expect(judgeRoom(leaving('c', 1), [], room).kind).toBe('fits');
    const moving = [{ serviceName: 'new', tasks: 1 }];
    expect(judgeRoom({ ec2InstanceId: 'i-c', moving }, [], room).kind).toBe('cannot-tell');
  });

  it('judgeRoom() knows that a task for itself needs an instance for itself', () => {
    const alone = { ...web, desiredCount: 3, needs: needsOf({ distinct: true }) };
    const room = fleet({ services: [alone] });
    expect(judgeRoom(leaving('c', 1), [], room)).toEqual({
      kind: 'does-not-fit',
      reason:
        'service web wants each of its 3 tasks on a container instance of its own (distinctInstance), and 2 others take tasks',
    });
    expect(judgeRoom(leaving('c', 1), [], { ...room, elsewhere: 1 }).kind).toBe('fits');
  });
});
