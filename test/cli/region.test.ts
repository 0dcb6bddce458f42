// The commands that speak to a region, over HTTP against a served one: what they print, do, and end with.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutStatus } from '../../cli/rollout-status.ts';
import { TABLE_NAME } from '../../infra/names.ts';
import { createRegion } from '../../simulator/region.ts';
import { Files, runFleet } from '../support/fleet-command.ts';
import { smallFleet } from '../support/rollout.ts';
import {
  environmentOf,
  type ServedRegion,
  serveRegion,
  undocumented,
} from '../support/served-region.ts';

const FLEET = fileURLToPath(new URL('../../cli/fleet.ts', import.meta.url));
const files = new Files();
const policyFile = files.write('policy.json', {
  waves: { canaryCount: 0, sizes: ['100%'], bakeTimeSeconds: 60 },
  budget: { outOfServiceMax: 1 },
});
const approvalFile = files.write('approval.json', {
  approval: { required: true, timeoutSeconds: 604_800 },
});

let served: ServedRegion;

beforeAll(async () => {
  served = await serveRegion(smallFleet());
});

afterAll(async () => {
  files.remove();
  await served.close();
});

async function statusOf(rolloutId: string): Promise<RolloutStatus> {
  const { stdout } = await runFleet('status', '--rollout', rolloutId, '--json');
  return JSON.parse(stdout) as RolloutStatus;
}

/** Watches to the end while time flies. */
async function watched(rolloutId: string) {
  served.fast();
  const ran = await runFleet('watch', '--rollout', rolloutId, '--interval', '0.1');
  served.slow();
  return ran;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** As a process of its own: for signals, and for environments that this process cannot have. */
function spawnFleet(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  onOutput?: (kill: () => void) => void,
): Promise<Ended> {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, AWS_EC2_METADATA_DISABLED: 'true', ...environment };
  const child = spawn(process.execPath, [FLEET, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    if (stdout === '') onOutput?.(() => child.kill('SIGINT'));
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** What neither reads nor keeps our own record of it. */
const OUR_OWN = /^(dynamodb|lambda|states|events):|^ssm:SendCommand$/;
const READS = /:(Describe|Get|List)/;

describe('plan', () => {
  it('shows a verdict for every container instance, and touches nothing', async () => {
    served.callsSince();
    served.fast();
    const { code, stdout, stderr } = await runFleet('plan', '--cluster', 'prod');
    served.slow();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { ec2InstanceId } of smallFleet().hosts) {
      expect(stdout).toMatch(new RegExp(`${ec2InstanceId} .*1\\.64\\.0 -> 1\\.65\\.0 .*chosen`));
    }
    expect(stdout).toContain('aws-ecs-2/x86_64: 2 on 1.64.0');
    expect(stdout).toMatch(/plan +2 of 2 container instances in 2 waves, about \d+ minutes/);
    expect(stdout).not.toContain('not started');
    const calls = Object.keys(served.callsSince());
    expect(calls.filter((name) => !READS.test(name) && !OUR_OWN.test(name))).toEqual([]);
    const { Commands } = await served.region.call('ssm', 'ListCommands', {});
    const documents = (Commands as { DocumentName: string }[]).map((one) => one.DocumentName);
    expect(documents.filter((name) => !name.includes('-Check-'))).toEqual([]);
    expect(documents.length).toBeGreaterThan(0);
  });

  it('says why a policy is not accepted, as the region says it', async () => {
    const wrong = files.write('wrong.json', { failureBudget: 'many' });
    const ran = await runFleet('plan', '--cluster', 'prod', '--policy', wrong);
    expect(ran).toMatchObject({ code: 4, stdout: '' });
    expect(ran.stderr).toMatch(
      /^fleet: plan-prod-\d+T\d+-\w+ ended FailedClean: Cannot accept the policy: failureBudget/,
    );
  });
});

describe('a rollout that needs approval', () => {
  it('waits for it', async () => {
    const ran = await runFleet(
      ...['start', '--cluster', 'prod', '--policy', approvalFile, '--name', 'asks'],
    );
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toContain('fleet approve --rollout asks');
    served.fast();
    let phase: string | null = null;
    while (phase !== 'waiting for approval') ({ phase } = await statusOf('asks'));
    served.slow();
  });

  it('is left alone by Ctrl-C, which ends the watching', async () => {
    const args = ['watch', '--cluster', 'prod', '--interval', '0.1'];
    const ended = await spawnFleet(args, environmentOf(served.url), (kill) => kill());
    expect(ended.code).toBe(130);
    expect(ended.stderr).toContain('rollout asks goes on. To end it: fleet abort --rollout asks');
    expect((await statusOf('asks')).phase).toBe('waiting for approval');
  });

  it('is refused while it waits for that, and not after', async () => {
    const refused = await runFleet('refuse', '--cluster', 'prod', '--by', 'Ann');
    expect(refused.stdout).toBe(
      'asks: refuse, asked by Ann; it ends once it is planned, and nothing was touched\n',
    );

    const { code, stdout } = await watched('asks');
    expect(code).toBe(3);
    expect(stdout).toMatch(/^Halted +refused by Ann/m);
    const late = await runFleet('approve', '--rollout', 'asks');
    expect(late.stderr).toContain('it ended Halted: refused by Ann');
  });
});

describe('a rollout that is stopped', () => {
  it('is paused, resumed and aborted, each with who asked in its journal', async () => {
    await runFleet('start', '--cluster', 'prod', '--policy', policyFile, '--name', 'stopped');
    expect(await runFleet('pause', '--cluster', 'prod', '--by', 'Ann')).toMatchObject({ code: 0 });
    expect((await statusOf('stopped')).paused).toMatchObject({ by: 'Ann' });
    const { stdout: shown } = await runFleet('status', '--cluster', 'prod');
    expect(shown).toMatch(/^rollout +stopped of cluster prod, started by .+@.+ at 2026-/m);
    expect(shown).toMatch(/^paused +by Ann at 2026-/m);

    const second = await runFleet('start', '--cluster', 'prod', '--name', 'second');
    expect(second).toMatchObject({ code: 3, stdout: '' });
    expect(second.stderr).toContain(
      'ended Halted: rollout stopped holds the lease on cluster prod',
    );

    expect(await runFleet('resume', '--rollout', 'stopped')).toMatchObject({ code: 0 });
    expect((await statusOf('stopped')).paused).toBeNull();
    const { stdout } = await runFleet('abort', '--cluster', 'prod', '--by', 'Bob');
    expect(stdout).toContain('stopped: abort, asked by Bob; no container instance is started');
    expect((await watched('stopped')).code).toBe(3);

    const journal = (await runFleet('history', '--rollout', 'stopped')).stdout;
    expect(journal).toMatch(/Ann +- +pause/);
    expect(journal).toMatch(/Bob +- +abort/);
    expect(journal).toMatch(/updater +- +closed Halted/);
  });

  it('cannot be asked for anything any more', async () => {
    const ran = await runFleet('pause', '--rollout', 'stopped');
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/^fleet: Cannot pause rollout stopped: it ended Halted already$/m);
    const none = await runFleet('pause', '--cluster', 'prod');
    expect(none).toMatchObject({ code: 2 });
    expect(none.stderr).toContain('cluster prod in eu-west-1 has no open rollout');
    expect((await runFleet('history', '--cluster', 'prod')).stdout).toMatch(/closed Halted/);
    // The last one that was opened: the second never was.
    const { stdout } = await runFleet('status', '--cluster', 'prod');
    expect(stdout).toMatch(/^rollout +stopped of cluster prod/m);
  });
});

describe('a rollout that goes through', () => {
  it('is watched to its end, each thing told once and in its order', async () => {
    await runFleet('start', '--cluster', 'prod', '--policy', policyFile, '--name', 'through');
    const { code, stdout, stderr } = await watched('through');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const told = stdout.slice(0, stdout.indexOf('\n\n')).split('\n');
    expect(new Set(told).size).toBe(told.length);
    for (const { ec2InstanceId } of smallFleet().hosts) {
      const own = told.filter((line) => line.includes(ec2InstanceId)).map((line) => line.slice(41));
      expect(own).toEqual([
        'draining',
        'rebooting into 1.65.0',
        'verifying',
        'in service, waits for its daemons',
        'Updated: runs 1.65.0 and serves',
      ]);
    }
    expect(told.at(-1)).toContain('closed Succeeded');
    expect(stdout).toMatch(/^instances +2 Updated$/m);
  });

  it('is what status shows once nothing is open', async () => {
    const { code, stdout } = await runFleet('status', '--cluster', 'prod');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^rollout +through of cluster prod/m);
    expect(stdout).toMatch(/^Succeeded +all waves are good|^Succeeded/m);
  });
});

describe('release', () => {
  const version = ['--variant', 'aws-ecs-2', '--arch', 'x86_64', '--version', '1.65.0'];

  it('refuses what is not quarantined, and writes nothing', async () => {
    expect(await runFleet('release', ...version)).toEqual({
      code: 2,
      stdout: '',
      stderr: 'fleet: Cannot release aws-ecs-2/x86_64 1.65.0: it is not quarantined\n',
    });
    const foo = ['--variant', 'foo', '--arch', 'x86_64', '--version', '9.9.9'];
    expect(await runFleet('release', ...foo)).toMatchObject({ code: 2, stdout: '' });
    const { Count } = await served.region.call('dynamodb', 'Query', {
      TableName: TABLE_NAME,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'VERSION#foo#x86_64' } },
    });
    expect(Count).toBe(0);
  });

  it('lifts a quarantine, and says so', async () => {
    await served.region.call('dynamodb', 'UpdateItem', {
      TableName: TABLE_NAME,
      Key: { pk: { S: 'VERSION#aws-ecs-2#x86_64' }, sk: { S: '1.65.0' } },
      UpdateExpression: 'SET quarantinedReason = :why',
      ExpressionAttributeValues: { ':why': { S: 'it fell back' } },
    });
    const { code, stdout } = await runFleet('release', ...version, '--by', 'Ann');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'aws-ecs-2/x86_64 1.65.0 may be tried again\n',
    });
    const journal = await runFleet('history', '--rollout', 'quarantine-aws-ecs-2-x86_64');
    expect(journal.stdout).toMatch(/Ann +- +released +version 1\.65\.0 may be tried again/);
    // The answer to the first call may have been lost.
    expect(await runFleet('release', ...version)).toMatchObject({ code: 0 });
  });
});

describe('what cannot be', () => {
  it.each([
    [['status', '--rollout', 'nobody'], 'fleet: there is no rollout nobody in eu-west-1\n'],
    [['watch', '--rollout', 'nobody'], 'fleet: there is no rollout nobody in eu-west-1\n'],
    [['pause', '--rollout', 'nobody'], 'fleet: there is no rollout nobody in eu-west-1\n'],
    [['abort', '--rollout', 'nobody'], 'fleet: there is no rollout nobody in eu-west-1\n'],
    [['approve', '--rollout', 'nobody'], 'fleet: there is no rollout nobody in eu-west-1\n'],
    [
      ['history', '--rollout', 'nobody'],
      'fleet: there is no journal of rollout nobody in eu-west-1\n',
    ],
    [
      ['start', '--cluster', 'nowhere'],
      'fleet: cluster: found "nowhere", expected an ACTIVE ECS cluster of this account and region\n',
    ],
    [
      ['start', '--cluster', 'prod', '--name', 'through'],
      'fleet: option --name: "through" was used within the last 90 days; take another\n',
    ],
  ])('%j is bad input', async (args, stderr) => {
    expect(await runFleet(...args)).toEqual({ code: 2, stdout: '', stderr });
  });

  it('a policy of another cluster is bad input', async () => {
    const other = files.write('other.json', { cluster: 'test' });
    const { code, stderr } = await runFleet('start', '--cluster', 'prod', '--policy', other);
    expect(code).toBe(2);
    expect(stderr).toContain('cluster: found "test", asked for "prod"');
  });
});

describe('as a process', () => {
  it('an endpoint that is not there is one line and exit code 1', async () => {
    const environment = environmentOf('http://127.0.0.1:9');
    const ended = await spawnFleet(['status', '--cluster', 'prod'], environment);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(
      /^fleet: cannot look for a rollout of cluster prod in eu-west-1 at http:\/\/127\.0\.0\.1:9: .*ECONNREFUSED.*; check AWS_ENDPOINT_URL, AWS_REGION and the network\n$/,
    );
  });

  it('a region without the stack is one line and exit code 1', async () => {
    const empty = createRegion({ fleet: smallFleet() });
    const { url } = await empty.listen();
    const environment = environmentOf(url);
    const started = await spawnFleet(['start', '--cluster', 'prod'], environment);
    expect(started).toMatchObject({ code: 1, stdout: '' });
    expect(started.stderr).toMatch(
      /^fleet: cannot start a rollout of cluster prod in eu-west-1 at .*: StateMachineDoesNotExist: .*; is the stack deployed there\?.*\n$/,
    );
    const status = await spawnFleet(['status', '--rollout', 'first'], environment);
    expect(status).toMatchObject({ code: 1, stdout: '' });
    expect(status.stderr).toMatch(
      /^fleet: cannot read rollout first .*ResourceNotFound.*is the stack/,
    );
    await empty.close();
  });

  it('no credentials are one line and exit code 1', async () => {
    const environment = {
      HOME: '/nonexistent',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: served.url,
    };
    const ended = await spawnFleet(['status', '--cluster', 'prod'], environment);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(
      /^fleet: cannot look .*CredentialsProviderError.*; give credentials.*\n$/,
    );
  });

  it('no region is one line and exit code 1', async () => {
    const { AWS_REGION: _, ...environment } = environmentOf(served.url);
    const ended = await spawnFleet(['status', '--cluster', 'prod'], {
      ...environment,
      HOME: '/nonexistent',
    });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^fleet: cannot look .*Region is missing; set AWS_REGION\n$/);
  });
});

describe('permissions', () => {
  it('OPERATIONS.md names every action that the commands above took', () => {
    const actions = served.actionsTaken();
    expect(actions.length).toBeGreaterThan(8);
    expect(undocumented(actions)).toEqual([]);
  });
});
