// Tests of commands that a reboot cuts off: their four endings, and the faults that choose one.

import { describe, expect, test } from 'vitest';
import type { FaultSpec } from '../../../simulator/faults/faults.ts';
import { idOf, type SsmFleet, ssmFleet } from './fleet-of.ts';

const WORKER_LOST =
  'document process failed unexpectedly: ipc messaging received timeout signal , check [ssm-document-worker]/[ssm-session-worker] log for crash reason';

/** Sends a script that reboots under itself, and waits until long after. */
async function rebooted(
  seed: number,
  faults: FaultSpec[] = [],
  script: string | ((fleet: SsmFleet) => string) = 'apiclient reboot; sleep 60',
) {
  const fleet = ssmFleet({ seed, faults });
  const text = typeof script === 'string' ? script : script(fleet);
  const commandId = await fleet.send([text], { TimeoutSeconds: 600 });
  await fleet.advance(900);
  return { fleet, commandId, invocation: await fleet.invocation(commandId) };
}

const boots = (fleet: SsmFleet) => fleet.logged.filter(({ name }) => name === 'host-up').length;

const outlived = ({ logged }: SsmFleet) =>
  logged.find(({ name }) => name === 'invocation-outlived')?.detail.outcome;

describe('A command that a reboot cuts off', () => {
  test('ends as failed, stuck or run again, by the seed', async () => {
    const outcomes = new Set<unknown>();
    for (let seed = 1; seed <= 20; seed++) {
      const { fleet, invocation } = await rebooted(seed);
      const outcome = outlived(fleet);
      outcomes.add(outcome);
      if (outcome === 'failed') {
        expect(invocation).toMatchObject({ Status: 'Failed', StandardOutputContent: '' });
      }
      if (outcome === 'stuck') expect(invocation.Status).toBe('InProgress');
      if (outcome === 'rerun') expect(boots(fleet)).toBeGreaterThan(1);
    }
    expect([...outcomes].sort()).toEqual(['failed', 'rerun', 'stuck']);
  });

  test('as failed, says so a minute after the boot, in the agent’s words', async () => {
    const { fleet, commandId } = await rebooted(1, [{ name: 'ssm-reboot-reported-failed' }]);
    const { CommandInvocations } = await fleet.call('ListCommandInvocations', {
      CommandId: commandId,
      Details: true,
    });
    expect(CommandInvocations).toMatchObject([
      { Status: 'Failed', CommandPlugins: [{ Status: 'Failed', Output: WORKER_LOST }] },
    ]);
    const at = (name: string) => fleet.logged.findLast((entry) => entry.name === name)?.at ?? 0;
    const seconds = (at('invocation-status') - at('ssm-agent-up')) / 1000;
    expect(seconds).toBeGreaterThan(60);
    expect(seconds).toBeLessThan(66);
  });

  test('as stuck, is InProgress until both timeouts have passed', async () => {
    const seed = await seedOf('stuck');
    const { fleet, commandId } = await rebooted(seed);
    await fleet.advance(3290);
    expect((await fleet.invocation(commandId)).Status).toBe('InProgress');
    await fleet.advance(20);
    expect(await fleet.invocation(commandId)).toMatchObject({
      Status: 'TimedOut',
      StatusDetails: 'Delivery Timed Out',
    });
  });

  test('as run again, reboots again unless the script looks at the boot id', async () => {
    const again: FaultSpec[] = [{ name: 'ssm-reruns-reboot', timesMax: 1 }];
    const guarded = ({ hosts }: SsmFleet) => `
      boot=$(cat /proc/sys/kernel/random/boot_id)
      if [ "$boot" = ${hosts.get(idOf(0))?.bootId} ]; then apiclient reboot; sleep 60; fi
      echo "$boot"`;
    const { fleet, invocation } = await rebooted(1, again, guarded);
    expect(boots(fleet)).toBe(1);
    expect(invocation).toMatchObject({
      Status: 'Success',
      StandardOutputContent: `${fleet.hosts.get(idOf(0))?.bootId}\n`,
    });
    expect(boots((await rebooted(1, again)).fleet)).toBeGreaterThan(1);
  });
});

async function seedOf(outcome: string): Promise<number> {
  for (let seed = 1; seed <= 40; seed++) {
    if (outlived((await rebooted(seed)).fleet) === outcome) return seed;
  }
  throw new Error(`No seed leads to ${outcome}`);
}

describe('A command that reboots in the background', () => {
  const script = 'echo acted; (sleep 2; apiclient reboot) > /dev/null 2>&1 &';

  test('is reported before the host goes down', async () => {
    const { fleet, invocation } = await rebooted(1, [], script);
    expect(invocation).toMatchObject({ Status: 'Success', StandardOutputContent: 'acted\n' });
    expect(boots(fleet)).toBe(1);
  });

  test('is run again or reported as failed by the faults all the same', async () => {
    const failed = await rebooted(1, [{ name: 'ssm-reboot-reported-failed' }], script);
    expect(failed.invocation.Status).toBe('Failed');
    expect(boots(failed.fleet)).toBe(1);
    const again = await rebooted(1, [{ name: 'ssm-reruns-reboot', timesMax: 1 }], script);
    expect(boots(again.fleet)).toBe(2);
  });
});

test('exit 194 reboots ordinary Linux and runs the script again; on Bottlerocket nothing happens', async () => {
  const linux = ssmFleet({ hosts: { 0: { bottlerocket: undefined } } });
  await linux.send(['exit 194']);
  await linux.advance(3600);
  // The agent gives up after 15 runs; each but the last asked for a reboot.
  expect(boots(linux)).toBe(15);
  const { fleet, invocation } = await rebooted(1, [], 'exit 194');
  expect(boots(fleet)).toBe(0);
  expect(invocation.Status).toBe('InProgress');
});

test('determinism: same seed, same log; another seed, another log', async () => {
  const hash = async (seed: number) => {
    const fleet = ssmFleet({ seed, count: 8 });
    await fleet.send(['apiclient update apply --check; apiclient reboot; sleep 30']);
    await fleet.send(['apiclient update check; sleep 3; date +%s']);
    await fleet.advance(1800);
    return fleet.kernel.log.sha256();
  };
  const [first, second, third] = [await hash(5), await hash(5), await hash(6)];
  expect(second).toBe(first);
  expect(third).not.toBe(first);
});
