// Rollouts of a small fleet through everything that ships: files, product, simulator, summary.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RolloutResult, resultSchema } from '../../cli/result.ts';
import { summaryLines } from '../../cli/summary.ts';
import { widthOf } from '../../cli/text-width.ts';
import { parseFleet } from '../../simulator/fleet-file/parse-fleet.ts';
import { Files, type Ran, runSimulate, smallFleetFile } from '../support/fleet-command.ts';
import { withoutGroups, withRelease } from '../support/rollout.ts';

const files = new Files();
const fleet = files.write('fleet.json', smallFleetFile());
/** Short bakes: nothing here is about them. */
const policy = files.write('policy.json', { waves: { bakeTimeSeconds: 60 } });
const small = ['--fleet', fleet, '--policy', policy];

afterAll(() => files.remove());

function resultOf({ stdout }: Ran): RolloutResult {
  return resultSchema.parse(JSON.parse(stdout));
}

describe('fleet simulate --json', () => {
  let ran: Ran;
  let result: RolloutResult;

  beforeAll(async () => {
    ran = await runSimulate([...small, '--json']);
    result = resultOf(ran);
  });

  it('prints one JSON object and nothing else', () => {
    expect(ran.stderr).toBe('');
    expect(ran.code).toBe(0);
    expect(JSON.stringify(result)).toBe(JSON.stringify(JSON.parse(ran.stdout)));
  });

  it('rolls every container instance to the new version', () => {
    expect(result).toMatchObject({ outcome: 'Succeeded', seed: 1, fleetInstances: 3 });
    expect(result.counts).toEqual({ Updated: 3 });
    for (const one of result.containerInstances) {
      expect(one).toMatchObject({ toVersion: '1.65.0', runsVersion: '1.65.0', status: 'ACTIVE' });
      expect(one.outOfServiceSeconds).toBeGreaterThan(30);
    }
  });

  it('has its waves one after the other', () => {
    expect(result.waves.map(({ wave, size, verdict }) => [wave, size, verdict])).toEqual([
      [1, 1, 'next'],
      [2, 1, 'next'],
      [3, 1, 'done'],
    ]);
  });

  it('is not faster than the lower bound', () => {
    const { makespanSeconds, lowerBoundSeconds, lowerBound } = result;
    expect(lowerBoundSeconds).toBeGreaterThan(lowerBound.bakeSeconds);
    expect(lowerBound.bakeSeconds).toBe(180);
    expect(lowerBoundSeconds).toBeLessThanOrEqual(lowerBound.withWavesSeconds);
    expect(lowerBound.withWavesSeconds).toBeLessThanOrEqual(makespanSeconds);
  });

  it('counts the calls of the product, not those of the deployment or of the simulator', () => {
    const { awsCalls, perUpdatedInstance, stateTransitions } = result;
    expect(awsCalls['ecs:UpdateContainerInstancesState']).toBe(6);
    expect(awsCalls['states:StartExecution']).toBe(3);
    expect(Object.keys(awsCalls).filter((name) => /Create|Invoke/.test(name))).toEqual([]);
    expect(perUpdatedInstance.stateTransitions).toBe(stateTransitions / 3);
  });

  it('gives the same for the same seed, and shows the same rollout in plain lines', async () => {
    expect((await runSimulate([...small, '--json'])).stdout).toBe(ran.stdout);
    const { stdout } = await runSimulate([...small, '--plain']);
    for (const { ec2InstanceId } of result.containerInstances) {
      expect(stdout).toMatch(new RegExp(`Z ${ec2InstanceId} draining, \\d+ tasks? left\n`));
      expect(stdout).toContain(`Z ${ec2InstanceId} Updated: runs 1.65.0 and serves\n`);
    }
    expect(stdout).toContain('Succeeded    3 Updated; all 3 waves are good\n');
    expect(stdout).not.toContain('\u001b');
  });

  it('sums up within every width from 40 columns on', () => {
    for (let width = 40; width <= 160; width++) {
      for (const line of summaryLines(result, width)) {
        const text = line.map((span) => (typeof span === 'string' ? span : span.text)).join('');
        expect(widthOf(text.trimEnd()), text).toBeLessThanOrEqual(width);
      }
    }
  });

  it('gives something else for another seed', async () => {
    const other = resultOf(await runSimulate([...small, '--json', '--seed', '2']));
    expect(other.seed).toBe(2);
    expect(other.eventLogSha256).not.toBe(result.eventLogSha256);
  });
});

it('fleet simulate tells what was taken back as what the record makes of it', async () => {
  const back = files.write('back.json', {
    waves: { canaryCount: 0, sizes: ['100%'], bakeTimeSeconds: 60 },
    rollback: { onHalt: 'rollout' },
  });
  const late = [{ name: 'host-falls-back', fromSeconds: 300, timesMax: 1 }];
  const faults = files.write('late.json', late);
  const asked = ['--fleet', fleet, '--policy', back, '--faults', faults];
  const { stdout } = await runSimulate([...asked, '--plain']);
  expect(stdout).toMatch(
    /Z i-\w+ RolledBack: taken back to 1\.64\.0: 1 failed, failureBudget is 0\n/,
  );
  expect(stdout).not.toContain('Updated: runs 1.64.0');
});

it('fleet simulate says of an updated instance that it was terminated later', async () => {
  const [{ ec2InstanceId } = { ec2InstanceId: '' }] = resultOf(
    await runSimulate([...small, '--json']),
  ).containerInstances.filter(({ wave }) => wave === 1);
  const subject = ec2InstanceId;
  const gone = [{ name: 'instance-terminated', subject, fromSeconds: 300, timesMax: 1 }];
  const faults = files.write('gone.json', gone);
  const { containerInstances } = resultOf(
    await runSimulate([...small, '--faults', faults, '--json']),
  );
  expect(containerInstances.find((one) => one.ec2InstanceId === subject)).toMatchObject({
    outcome: 'Updated',
    status: 'INACTIVE',
    reason: 'runs 1.65.0 and serves; it has left the cluster since',
  });
});

it('fleet simulate gives up on what waits for ever, and names what it waited for', async () => {
  const path = files.write('calendars.json', { window: { calendars: ['nope'] } });
  const ran = await runSimulate(['--fleet', fleet, '--policy', path, '--json']);
  expect(ran.code).toBe(3);
  const { reason, containerInstances } = resultOf(ran);
  for (const one of [reason, ...containerInstances.map((instance) => instance.reason)]) {
    expect(one).toMatch(
      /aborted by fleet simulate \(no progress for 25 hours: the change calendars cannot be read: InvalidDocument.* nope does not exist/,
    );
    expect(one).not.toContain('could be started');
  }
});

it('fleet simulate counts a host that was left drained to its outcome, and to the end of the rollout', async () => {
  const small = parseFleet(JSON.stringify(smallFleetFile()), 'small');
  const path = files.write('hangs.json', withoutGroups(withRelease(small, 'hangs-after-boot')));
  const left = files.write('left.json', { waves: { bakeTimeSeconds: 60 }, failureBudget: 9 });
  const ran = await runSimulate(['--fleet', path, '--policy', left, '--json']);
  expect(ran.code).toBe(5);
  const { lowerBound, lowerBoundSeconds, makespanSeconds, containerInstances } = resultOf(ran);
  expect(lowerBoundSeconds).toBeGreaterThan(0);
  expect(lowerBoundSeconds).toBeLessThanOrEqual(makespanSeconds);
  expect(lowerBound.withWavesSeconds).toBeLessThanOrEqual(makespanSeconds);
  for (const { outOfServiceSeconds } of containerInstances) {
    expect(outOfServiceSeconds).toBeLessThanOrEqual(makespanSeconds);
  }
});

describe('the exit code of fleet simulate', () => {
  it('is 3 when the rollout halts', async () => {
    const path = files.write('approval.json', {
      approval: { required: true, timeoutSeconds: 300 },
    });
    const ran = await runSimulate(['--fleet', fleet, '--policy', path, '--json']);
    expect(ran.code).toBe(3);
    expect(resultOf(ran)).toMatchObject({ outcome: 'Halted', counts: { NotStarted: 3 } });
  });

  it('is 4 when an instance failed and nothing is left behind', async () => {
    const faults = files.write('falls-back.json', [{ name: 'host-falls-back' }]);
    const ran = await runSimulate([...small, '--faults', faults, '--json']);
    expect(ran.code).toBe(4);
    const { outcome, counts, containerInstances } = resultOf(ran);
    expect({ outcome, counts }).toEqual({
      outcome: 'FailedClean',
      counts: { FellBack: 1, NotStarted: 2 },
    });
    expect(containerInstances.map(({ status }) => status)).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE']);
  });

  it('is 5 when a person is needed', async () => {
    // No Auto Scaling group that would replace the dead machine.
    const draft = smallFleetFile();
    const hosts = draft.hosts?.map(({ autoScalingGroupName: _, ...host }) => host);
    const lonely = files.write('lonely.json', { ...draft, hosts, autoScalingGroups: [] });
    const faults = files.write('dead.json', [{ name: 'host-never-returns' }]);
    const ran = await runSimulate([
      '--fleet',
      lonely,
      '--policy',
      policy,
      '--faults',
      faults,
      '--json',
    ]);
    expect(ran.code).toBe(5);
    expect(resultOf(ran)).toMatchObject({
      outcome: 'FailedDirty',
      counts: { NeedsAttention: 1, NotStarted: 2 },
    });
  });

  it('tells an execution that was aborted from one that ended', async () => {
    const faults = files.write('aborted.json', [
      { name: 'execution-aborted', subject: 'simulated-1', fromSeconds: 60, timesMax: 1 },
    ]);
    const ran = await runSimulate([...small, '--faults', faults, '--json']);
    const { outcome, reason } = resultOf(ran);
    expect(outcome).toBe('Halted');
    expect(reason).toContain('its execution ended ABORTED');
  });

  it('is that of the record, as fleet watch has it, when the execution could not be closed', async () => {
    const subject = 'bottlerocket-fleet-close-rollout';
    const faults = files.write('never-closed.json', [{ name: 'lambda-killed', subject }]);
    const ran = await runSimulate([...small, '--faults', faults, '--json']);
    expect(ran.code).toBe(4);
    const { outcome, reason, counts } = resultOf(ran);
    expect({ outcome, counts }).toEqual({ outcome: 'FailedClean', counts: { Updated: 3 } });
    expect(reason).toContain('CloseRollout failed with Runtime.ExitError');
  });
});

describe('a rollout whose record is deleted', () => {
  it('is told by what the region shows, once all that can come home is home', async () => {
    const subject = 'bottlerocket-fleet-record';
    const lost = [{ name: 'dynamodb-table-deleted', subject, fromSeconds: 100 }];
    const faults = files.write('lost.json', lost);
    const ran = await runSimulate([...small, '--faults', faults, '--json']);
    expect(ran.code).toBe(5);
    for (const { status, outcome, runsVersion, reason } of resultOf(ran).containerInstances) {
      expect(status).toBe('ACTIVE');
      expect(outcome).toBe(runsVersion === '1.65.0' ? 'Updated' : 'NotStarted');
      expect(reason).toBe(`nothing is recorded of it any more; it runs ${runsVersion} and serves`);
    }
  });
});

describe('bad input to fleet simulate', () => {
  const fleets = files.write('two.json', {
    ...smallFleetFile(),
    clusters: [{ clusterName: 'prod' }, { clusterName: 'other' }],
  });
  // Well formed, but what only the region can tell is wrong with it.
  const [service, ...services] = smallFleetFile().services ?? [];
  const placementConstraints = [{ type: 'memberOf' as const, expression: 'attribute:ssd ===' }];
  const odd = {
    ...smallFleetFile(),
    services: [{ ...service, placementConstraints }, ...services],
  };
  const wrong = (name: string, content: unknown, option = '--policy', base = ['--fleet', fleet]) =>
    [...base, option, files.write(name, content)] as const;

  it.each([
    ['cannot read the fleet file /no/such/file: there is no such', ['--fleet', '/no/such/file']],
    ['cannot read the policy /: it is a directory', ['--policy', '/']],
    ['not JSON', wrong('a.json', '{"region": ', '--fleet', [])],
    ['clusters: found []', wrong('b.json', '\ufeff{"clusters": []}', '--fleet', [])],
    ['"nodes"', wrong('c.json', { ...smallFleetFile(), nodes: 1 }, '--fleet', [])],
    ['not JSON at line 1, column 12', wrong('d.json', '{"waves": {')],
    ['found [], expected a JSON object', wrong('e.json', '[]')],
    ['budgets: unknown key', wrong('f.json', { budgets: {} })],
    ['budget.outOfServiceMax: found 0', wrong('g.json', { budget: { outOfServiceMax: 0 } })],
    ['cluster: found "$(reboot)", expected the name', wrong('h.json', { cluster: '$(reboot)' })],
    ['found "elsewhere", the fleet has "prod"', wrong('i.json', { cluster: 'elsewhere' })],
    ['__proto__', wrong('j.json', '{"__proto__": {"cluster": "prod"}}')],
    ['clusters "prod", "other": name one', wrong('k.json', {}, '--policy', ['--fleet', fleets])],
    ['nested', wrong('l.json', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`)],
    ['[0].name: found "gremlins"', wrong('m.json', [{ name: 'gremlins' }], '--faults')],
    ['n.json: services[0].placementConstraints: ', wrong('n.json', odd, '--fleet', [])],
    ['it is not UTF-8 text', wrong('o.json', Buffer.from('\ufeff{}', 'utf16le'), '--fleet', [])],
  ])('is refused with: %s', async (expected, args) => {
    expect(await runSimulate(args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(expected),
    });
  });
});

describe('fleet simulate --slack', () => {
  it('prints what Slack received: the live message as it changed, then its thread', async () => {
    const { code, stdout } = await runSimulate([...small, '--plain', '--slack']);
    expect(code).toBe(0);
    const told = stdout.slice(stdout.indexOf('Slack received'));
    expect(told).toContain('asking the hosts');
    expect(told).toMatch(/^\d\d:\d\d:\d\d prod: Bottlerocket update: Succeeded: 3 Updated/m);
    expect(told).toMatch(/^ {2}\d\d:\d\d:\d\d Opened on prod by fleet simulate/m);
  });
});
