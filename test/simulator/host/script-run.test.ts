// Tests of scripts on a host: virtual time, background jobs, kills, and the same in real bash.

import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { runInRealBash } from '../../../simulator/host/apiclient-bridge.ts';
import { ComputeTurns } from '../../../simulator/host/compute-turns.ts';
import { ScriptRun } from '../../../simulator/host/script-run.ts';
import { VirtualClock } from '../../../simulator/kernel/clock.ts';
import { oneHost } from './one-host.ts';

const START = Date.parse('2026-11-24T02:00:00.000Z') / 1000;
const took = (one: ReturnType<typeof oneHost>) => one.kernel.clock.now() / 1000 - START;

describe('Host.runScript', () => {
  test('sees its environment and the files of its machine', async () => {
    const one = oneHost();
    const { stdout } = await one.run(
      'echo "$SSM_Name"; cat /proc/sys/kernel/random/boot_id; . /etc/bottlerocket-release; echo "$VERSION_ID $VARIANT_ID"',
      { SSM_Name: 'a "b" $(c)' },
    );
    expect(stdout).toBe(`a "b" $(c)\n${one.host.bootId}\n1.64.0 aws-ecs-2\n`);
  });

  test('sleep and date go by the virtual clock', async () => {
    const one = oneHost();
    const { stdout } = await one.run('date +%s; sleep 1m 30s; date -u +%FT%TZ; date -d @5 +%s');
    expect(stdout).toBe(`${START}\n2026-11-24T02:01:30Z\n5\n`);
    expect(took(one)).toBe(90);
  });

  test('computing takes no virtual time', async () => {
    const one = oneHost();
    await one.run('i=0; while [ $i -lt 200 ]; do i=$((i+1)); done; echo "{}" | jq -c .');
    expect(took(one)).toBe(0);
  });

  test('timeout kills on the virtual clock', async () => {
    const one = oneHost();
    const { stdout } = await one.run('timeout 3 sleep 10; echo $?; timeout 3 sleep 2; echo $?');
    expect(stdout).toBe('124\n0\n');
    expect(took(one)).toBe(5);
  });

  test('timeoutSeconds kills the whole script', async () => {
    const one = oneHost();
    const script = one.host.runScript('sleep 100; echo never', {}, { timeoutSeconds: 30 });
    const result = await one.finish(script);
    expect(result).toEqual({ stdout: '', stderr: '', exitCode: 137, interrupted: true });
    expect(took(one)).toBe(30);
  });

  test.each(['echo $RANDOM', 'echo $EPOCHSECONDS', 'printf "%(%s)T" -1'])(
    'refuses %s, which no run could repeat',
    async (script) => {
      const refused = expect(oneHost().run(script)).rejects;
      await refused.toThrow('The simulated shell has no repeatable');
    },
  );
});

describe('Host.runScript and the real clock', () => {
  test('a script that is never run to its end keeps no process alive', () => {
    const program = `
      const { oneHost } = await import(${JSON.stringify(new URL('one-host.ts', import.meta.url))});
      const { host, kernel } = oneHost();
      host.runScript('apiclient get os > /dev/null; sleep 7200');
      const began = kernel.clock.now();
      await kernel.clock.run(() => kernel.clock.now() > began);
      console.log('waits');`;
    const options = { encoding: 'utf8', timeout: 60_000 } as const;
    const args = ['--input-type=module', '--eval', program];
    expect(execFileSync(process.execPath, args, options)).toBe('waits\n');
  });
});

describe('Host.runScript and the background', () => {
  test('a detached job outlives the script, with its functions, variables and options', async () => {
    const one = oneHost();
    const { stdout } = await one.run(`
      set -u
      lock=v1.64.0
      later() { sleep "$1"; apiclient set "updates.version-lock=$lock"; }
      ( later 20 ) > /dev/null 2>&1 &
      echo done`);
    expect([stdout, took(one)]).toEqual(['done\n', 0]);
    expect(one.host.bottlerocket?.settings.versionLock).toBe('latest');
    await one.advance(21);
    expect(one.host.bottlerocket?.settings.versionLock).toBe('v1.64.0');
  });

  test('a job that holds the output open is waited for, as the SSM agent waits', async () => {
    const one = oneHost();
    const { stdout } = await one.run('(sleep 20; echo late) & echo early');
    expect([stdout, took(one)]).toEqual(['early\nlate\n', 20]);
  });

  test('wait waits for the jobs', async () => {
    const one = oneHost();
    const { stdout } = await one.run('sleep 5 & sleep 8 & wait; date +%s');
    expect(stdout).toBe(`${START + 8}\n`);
  });

  test('a reboot kills the script that asked for it', async () => {
    const one = oneHost();
    const result = await one.run('apiclient reboot; sleep 60; echo never');
    expect(result).toMatchObject({ stdout: '', interrupted: true });
    expect(took(one)).toBeLessThan(2);
  });

  test('a reboot kills what other scripts left in the background', async () => {
    const one = oneHost();
    await one.run('(sleep 200; apiclient set motd=never) > /dev/null 2>&1 &');
    one.host.reboot('api');
    await one.advance(900);
    expect(one.names()).not.toContain('setting-changed');
  });

  test('scripts that are due at one instant run one after the other', async () => {
    const one = oneHost();
    const results = Array.from({ length: 5 }, (_, index) =>
      one.host.runScript(
        `sleep 1; apiclient set motd=m${index}; apiclient get settings.motd | jq -c .`,
      ),
    );
    const [first] = await one.finish(Promise.all(results));
    expect(first?.stdout).toMatch(/^\{"settings":\{"motd":"m\d"\}\}\n$/);
    const changes = one.logged.filter(({ name }) => name === 'setting-changed');
    expect(changes.map(({ detail }) => detail.value)).toHaveLength(5);
  });
});

describe('runInRealBash gives the same answers as the simulated shell', () => {
  const scripts: [string, string][] = [
    ['a status before the first refresh', 'apiclient get /updates/status'],
    [
      'an update',
      'apiclient update check; apiclient update apply; apiclient raw -u /updates/status',
    ],
    [
      'files, environment, time',
      'cat /proc/sys/kernel/random/boot_id; . /etc/bottlerocket-release; echo "$VERSION_ID $SSM_Name"; date +%s; sleep 2; date +%s',
    ],
    [
      'pipes and timeout',
      'timeout 3 sleep 10; echo $?; timeout 3 apiclient update check 2> /dev/null | jq -r .update_state',
    ],
    ['a failure', 'apiclient update cancel; exit 3'],
    ['a job that holds the output', '(sleep 2; echo late) & echo early'],
    [
      'a reboot in the background',
      'echo acted; (sleep 2; apiclient reboot) > /dev/null 2>&1 &\nexit 0',
    ],
  ];
  test.each(scripts)('%s', async (_name, script) => {
    const [simulated, real] = [oneHost(), oneHost()];
    const env = { SSM_Name: "it's" };
    const { interrupted, ...expected } = await simulated.run(script, env);
    expect(interrupted).toBe(false);
    expect(await runInRealBash(real.host, script, env)).toEqual(expected);
    expect(real.kernel.clock.now()).toBe(simulated.kernel.clock.now());
    await simulated.advance(300);
    await real.advance(300);
    expect(real.kernel.log.sha256()).toBe(simulated.kernel.log.sha256());
  });
});

describe('stacks of errors', () => {
  test('are there for the commands of a host and after a script, not for the interpreter', async () => {
    const usual = Error.stackTraceLimit;
    const clock = new VirtualClock(START * 1000);
    const limits: number[] = [];
    const look = async () => {
      limits.push(Error.stackTraceLimit);
      await clock.sleep(1000);
      limits.push(Error.stackTraceLimit);
      return { stdout: '', stderr: '', exitCode: 0 };
    };
    const host = { clock, turns: new ComputeTurns(clock), files: {}, commands: { look } };
    const scripts = [1, 2].map(() => new ScriptRun(host, 'f() { return 1; }; f; look; f', {}));
    let ended = 0;
    for (const { result } of scripts) result.then(() => ended++);
    await clock.run(() => ended === 2);
    expect(limits).toEqual([usual, usual, usual, usual]);
    expect(Error.stackTraceLimit).toBe(usual);
  });

  test('come back when the last of several turns ends, in whatever order', async () => {
    const usual = Error.stackTraceLimit;
    const [one, other] = [1, 2].map(() => new ComputeTurns(new VirtualClock(0)));
    const ends = [await one?.take(), await other?.take()];
    const during = [Error.stackTraceLimit];
    for (const end of ends) {
      end?.();
      end?.();
      during.push(Error.stackTraceLimit);
    }
    expect(during).toEqual([0, 0, usual]);
  });
});
