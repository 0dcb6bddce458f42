// GetTaskProtection and UpdateTaskProtection.

import { describe, expect, it } from 'vitest';
import { makeEcs } from './support/ecs-region.ts';

describe('UpdateTaskProtection', () => {
  it('protects for two hours unless said, can be renewed and ended', async () => {
    const region = makeEcs({ services: [{ name: 'web', desiredCount: 1 }] });
    const tasks = region.ecs.world.tasks('prod').map(({ taskArn }) => taskArn);
    const now = region.kernel.clock.now() / 1000;
    const on = await region.ask('UpdateTaskProtection', { tasks, protectionEnabled: true });
    expect(on).toEqual({
      protectedTasks: [{ taskArn: tasks[0], protectionEnabled: true, expirationDate: now + 7200 }],
      failures: [],
    });
    await region.advance(7100);
    await region.ask('UpdateTaskProtection', {
      tasks,
      protectionEnabled: true,
      expiresInMinutes: 2880,
    });
    await region.advance(86_400);
    expect(await region.ask('GetTaskProtection', { tasks })).toMatchObject({
      protectedTasks: [{ protectionEnabled: true }],
    });
    await region.ask('UpdateTaskProtection', { tasks, protectionEnabled: false });
    expect(await region.ask('GetTaskProtection', { tasks })).toEqual({
      protectedTasks: [{ taskArn: tasks[0], protectionEnabled: false }],
      failures: [],
    });
  });

  it('answers TASK_NOT_VALID for a standalone task and MISSING for none', async () => {
    const region = makeEcs({ services: [{ name: 'job', desiredCount: 0 }] });
    await region.ask('RunTask', { taskDefinition: 'job' });
    const [task] = region.ecs.world.tasks('prod');
    const answer = await region.ask('UpdateTaskProtection', {
      tasks: [task?.taskArn, 'nope'],
      protectionEnabled: true,
    });
    expect(answer.failures).toEqual([
      { arn: task?.taskArn, reason: 'TASK_NOT_VALID' },
      { arn: 'arn:aws:ecs:eu-west-1:111122223333:task/prod/nope', reason: 'MISSING' },
    ]);
  });

  it('is too late for a task that is stopping', async () => {
    const region = makeEcs({ services: [{ name: 'web', desiredCount: 1 }] });
    const [task] = region.ecs.world.tasks('prod');
    await region.ask('StopTask', { task: task?.taskArn });
    const answer = await region.ask('UpdateTaskProtection', {
      tasks: [task?.taskArn],
      protectionEnabled: true,
    });
    expect(answer.failures).toEqual([{ arn: task?.taskArn, reason: 'DEPLOYMENT_BLOCKED' }]);
  });

  it.each([
    [{ tasks: Array(11).fill('x'), protectionEnabled: true }],
    [{ tasks: ['x'] }],
    [{ tasks: ['x'], protectionEnabled: true, expiresInMinutes: 2881 }],
    [{ tasks: ['x'], protectionEnabled: true, expiresInMinutes: 0 }],
  ])('refuses %j', async (input) => {
    const refused = await makeEcs().refuse('UpdateTaskProtection', input);
    expect(refused.code).toBe('InvalidParameterException');
  });
});
