// Tests of a machine's boots: who comes back on what, when its agents do, and what never comes
// back.

import { describe, expect, test } from 'vitest';
import type { FaultSpec } from '../../../simulator/faults/faults.ts';
import { ID, type OneHost, type OneHostOptions, oneHost, release } from './one-host.ts';

const UPDATE = 'apiclient update apply --check --reboot > /dev/null 2>&1';

type Behaviour = NonNullable<Parameters<typeof release>[1]>['behaviour'];

/** A host that takes 1.65.0, and what it does after the reboot into it. */
async function updated(behaviour: Behaviour, options: OneHostOptions = {}): Promise<OneHost> {
  const releases = [release('1.64.0'), release('1.65.0', behaviour ? { behaviour } : {})];
  const one = oneHost({ releases, ...options });
  await one.run(UPDATE);
  await one.advance(900);
  return one;
}

const signalNames = ['ssm-agent-down', 'host-down', 'host-up', 'ssm-agent-up', 'ecs-agent-up'];
const signals = (one: OneHost) => one.names().filter((name) => signalNames.includes(name));

describe('Host.reboot', () => {
  test('goes down, comes up with another boot id, then its agents come back', async () => {
    const one = oneHost();
    const { bootId } = one.host;
    one.host.reboot('api');
    expect(one.host.state).toBe('running');
    await one.runUntil(() => one.host.state === 'booting', 60);
    expect([one.host.ssmAgentUp, one.host.ecsAgentUp]).toEqual([false, false]);
    await one.advance(600);
    expect(one.host.state).toBe('running');
    expect(one.host.bootId).not.toBe(bootId);
    expect(one.host.bootId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(signals(one).slice(0, 3)).toEqual(['ssm-agent-down', 'host-down', 'host-up']);
    expect(signals(one).slice(3).sort()).toEqual(['ecs-agent-up', 'ssm-agent-up']);
  });

  test('asked twice, reboots once', async () => {
    const one = oneHost();
    one.host.reboot('api');
    one.host.reboot('api');
    await one.advance(600);
    expect(signals(one).filter((name) => name === 'host-up')).toHaveLength(1);
  });

  test('takes the timings of the fleet file', async () => {
    const exactly = (seconds: number) => ({ medianSeconds: seconds, p99Seconds: seconds });
    const timings = {
      reboot: exactly(100),
      ssmAgentStart: exactly(7),
      ecsAgentConnect: exactly(9),
    };
    const one = oneHost({ host: { timings } });
    one.host.reboot('api');
    await one.advance(600);
    const at = (name: string) => {
      const entry = one.logged.find((logged) => logged.name === name)!;
      return (entry.at - one.logged[0]!.at) / 1000;
    };
    expect(['host-up', 'ssm-agent-up', 'ecs-agent-up'].map(at)).toEqual([100, 107, 109]);
  });

  test('by default takes about 55 s at the median until SSM answers, and seldom more than 120 s', async () => {
    const took: number[] = [];
    for (let seed = 1; seed <= 200; seed++) {
      const one = oneHost({ seed });
      one.host.reboot('api');
      const from = one.kernel.clock.now();
      await one.runUntil(() => one.names().includes('ssm-agent-up'), 900);
      took.push((one.kernel.clock.now() - from) / 1000);
    }
    took.sort((a, b) => a - b);
    expect(took[100]).toBeGreaterThan(48);
    expect(took[100]).toBeLessThan(64);
    expect(took.filter((seconds) => seconds > 120).length).toBeLessThan(6);
  });
});

describe('Host after the reboot into a release that', () => {
  test('is good: runs it, marked successful, with its ECS agent', async () => {
    const releases = [release('1.64.0'), release('1.65.0', { ecsAgentVersion: '1.99.1' })];
    const up: string[] = [];
    const one = oneHost({ releases });
    one.kernel.signals.on('ecs-agent-up', ({ agentVersion }) => up.push(agentVersion));
    await one.run(UPDATE);
    await one.advance(600);
    expect([one.host.version, one.host.state]).toEqual(['1.65.0', 'running']);
    expect(one.host.bottlerocket?.disk.activeSet.successful).toBe(true);
    expect(up).toEqual(['1.99.1']);
  });

  test('falls back: returns on the old version after one more boot', async () => {
    const one = await updated('falls-back');
    expect([one.host.version, one.host.state]).toEqual(['1.64.0', 'running']);
    expect(one.names()).toContain('kernel-panic');
    expect(signals(one).filter((name) => name === 'host-up')).toHaveLength(1);
  });

  test('never boots: hangs until EC2 reboots it, then runs the old version', async () => {
    const one = await updated('never-boots');
    expect(one.host.state).toBe('hung');
    one.host.reboot('ec2');
    await one.advance(200);
    expect(one.host.state).toBe('hung');
    await one.advance(700);
    expect([one.host.version, one.host.state]).toEqual(['1.64.0', 'running']);
  });

  test('hangs after boot: EC2 reboots it in vain', async () => {
    const one = await updated('hangs-after-boot');
    one.host.reboot('ec2');
    await one.advance(1800);
    expect([one.host.version, one.host.state]).toEqual(['1.65.0', 'hung']);
  });

  test('breaks the ECS agent: SSM answers, ECS stays away', async () => {
    const one = await updated('ecs-agent-fails');
    expect([one.host.state, one.host.ssmAgentUp, one.host.ecsAgentUp]).toEqual([
      'running',
      true,
      false,
    ]);
    expect(one.logged.find(({ name }) => name === 'ecs-agent-exited')?.detail).toEqual({
      exitCode: 5,
    });
  });
});

describe('Host faults', () => {
  const fault = (name: string, more: Partial<FaultSpec> = {}) => ({
    faults: [{ name, subject: ID, ...more }],
  });

  test('reboot-never-happens: accepted, and that is all', async () => {
    const one = oneHost(fault('reboot-never-happens'));
    const { bootId } = one.host;
    expect((await one.run('apiclient reboot')).exitCode).toBe(0);
    await one.advance(3600);
    expect(one.host.bootId).toBe(bootId);
  });

  test('reboot-late: happens after so many seconds', async () => {
    const one = oneHost(fault('reboot-late', { parameters: { seconds: 300 } }));
    await one.run('apiclient reboot');
    await one.advance(290);
    expect(one.names()).not.toContain('host-down');
    await one.advance(60);
    expect(one.names()).toContain('host-down');
  });

  test('host-never-returns: hangs at every boot', async () => {
    const one = await updated('good', fault('host-never-returns'));
    one.host.reboot('ec2');
    await one.advance(1800);
    expect(one.host.state).toBe('hung');
  });

  test('host-never-returns before it is marked: another boot takes the old version', async () => {
    const parameters = { phase: 'before-mark' };
    const one = await updated('good', fault('host-never-returns', { parameters }));
    expect(one.host.state).toBe('hung');
    one.host.reboot('ec2');
    await one.advance(1800);
    expect([one.host.version, one.host.state]).toEqual(['1.64.0', 'running']);
  });

  test('host-falls-back: returns on the old version by itself', async () => {
    const one = await updated('good', fault('host-falls-back'));
    expect([one.host.version, one.host.state]).toEqual(['1.64.0', 'running']);
  });

  test('ecs-agent-flaps: goes away and comes back so often', async () => {
    const parameters = { times: 3, upSeconds: 10, downSeconds: 5 };
    const one = await updated('good', fault('ecs-agent-flaps', { parameters }));
    const seen = one.names().filter((name) => name.startsWith('ecs-agent'));
    expect(seen.filter((name) => name === 'ecs-agent-down')).toHaveLength(3);
    expect(seen.filter((name) => name === 'ecs-agent-up')).toHaveLength(4);
  });

  test('reregisters-as-new-container-instance: the signal says so', async () => {
    const one = oneHost(fault('reregisters-as-new-container-instance'));
    const fresh: unknown[] = [];
    one.kernel.signals.on('ecs-agent-up', ({ newRegistration }) => fresh.push(newRegistration));
    one.host.reboot('ec2');
    await one.advance(600);
    expect(fresh).toEqual([true]);
  });

  test('reboot-to-reconcile: boots twice, and only the second boot is seen', async () => {
    const one = oneHost(fault('reboot-to-reconcile'));
    one.host.reboot('api');
    await one.advance(900);
    expect(
      one.names().filter((name) => name === 'host-up' || name === 'reboot-to-reconcile'),
    ).toEqual(['reboot-to-reconcile', 'host-up']);
  });
});

describe('Host', () => {
  test('terminated: everything on it ends, and it never comes back', async () => {
    const one = oneHost();
    const ended: unknown[] = [];
    one.kernel.signals.on('instance-terminated', (signal) => ended.push(signal));
    const script = one.host.runScript('sleep 100; echo never');
    await one.advance(5);
    one.host.terminate('spot');
    one.host.terminate('spot');
    one.host.reboot('ec2');
    expect((await one.finish(script)).interrupted).toBe(true);
    await one.advance(600);
    expect(one.host.state).toBe('terminated');
    expect(ended).toEqual([{ ec2InstanceId: ID, why: 'spot' }]);
  });

  test('launched: boots and brings its agents up', async () => {
    const one = oneHost();
    one.kernel.signals.emit('instance-launched', { ec2InstanceId: ID });
    expect([one.host.state, one.host.ssmAgentUp]).toEqual(['booting', false]);
    await one.advance(600);
    expect([one.host.state, one.host.ssmAgentUp, one.host.ecsAgentUp]).toEqual([
      'running',
      true,
      true,
    ]);
  });

  test('without Bottlerocket: no apiclient, but scripts run and it reboots', async () => {
    const one = oneHost({ bottlerocket: null });
    const { stdout, exitCode } = await one.run('. /etc/os-release; echo $ID; apiclient get os');
    expect([stdout, exitCode, one.host.version]).toEqual(['amzn\n', 127, undefined]);
    one.host.reboot('ec2');
    await one.advance(600);
    expect(one.host.state).toBe('running');
  });

  test('same seed, same log; another seed, another log', async () => {
    const hash = async (seed: number) => {
      const one = oneHost({ seed });
      await one.run(`${UPDATE} & wait; apiclient update check`);
      await one.advance(900);
      return one.kernel.log.sha256();
    };
    const [first, second, third] = [await hash(3), await hash(3), await hash(4)];
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });
});
