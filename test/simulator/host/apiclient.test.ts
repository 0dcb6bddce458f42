// Tests of apiclient: the exact bytes on both streams and the exit codes.

import { describe, expect, test } from 'vitest';
import { oneHost, plain } from './one-host.ts';

const PREPARE_FAILED =
  "Failed to apply update: Failed to prepare update.  This could mean that we don't have a list of updates yet or that an update is already applied.  Running 'apiclient update check' will help you find out.  You can cancel an applied ('Ready') update with 'apiclient update cancel' if desired.  Detail: ";

describe('apiclient update check', () => {
  test('prints the status with sorted keys, and logs with colours', async () => {
    const { stdout, stderr, exitCode } = await oneHost().run('apiclient update check');
    expect(stdout).toMatchInlineSnapshot(`
      "{
        "active_partition": {
          "image": {
            "arch": "x86_64",
            "variant": "aws-ecs-2",
            "version": "1.64.0"
          },
          "next_to_boot": true
        },
        "available_updates": [
          "1.65.0",
          "1.64.0",
          "1.63.0"
        ],
        "chosen_update": {
          "arch": "x86_64",
          "variant": "aws-ecs-2",
          "version": "1.65.0"
        },
        "most_recent_command": {
          "cmd_status": "Success",
          "cmd_type": "refresh",
          "exit_status": 0,
          "stderr": "",
          "timestamp": "2026-11-24T02:00:00.302285751Z"
        },
        "staging_partition": null,
        "update_state": "Available"
      }
      "
    `);
    expect(stderr).toBe('02:00:00 \u001b[0m\u001b[34m[INFO] \u001b[0mRefreshing updates...\n');
    expect(exitCode).toBe(0);
  });

  test('raw prints the same status compact and in the order of the struct', async () => {
    const { stdout } = await oneHost().run(
      'apiclient update check > /dev/null; apiclient raw -u /updates/status',
    );
    expect(stdout).toMatch(
      /^\{"update_state":"Available","available_updates":\["1\.65\.0","1\.64\.0","1\.63\.0"\],"chosen_update":\{"arch":"x86_64","version":"1\.65\.0","variant":"aws-ecs-2"\},"active_partition":\{"image":\{.*\},"next_to_boot":true\},"staging_partition":null,"most_recent_command":\{"cmd_type":"refresh","cmd_status":"Success","timestamp":"[^"]+","exit_status":0,"stderr":""\}\}\n$/,
    );
  });

  test('fails at once when the repository refuses, with -1 for the exit status', async () => {
    const one = oneHost({ faults: [{ name: 'repository-unreachable' }] });
    const { stdout, stderr, exitCode } = await one.run('apiclient update check');
    const root = 'https://updates.bottlerocket.aws/2020-07-07/aws-ecs-2/x86_64/7.root.json';
    const full = `${root}?seed=1000&version=1.64.0`;
    expect(plain(stderr)).toBe(
      `02:00:00 [INFO] Refreshing updates...\nFailed to check for updates: refresh attempt failed with status 'Failed' (-1): Metadata error: Failed to fetch ${root}: Transport 'other' error fetching '${full}': error sending request for url (${full})\n\n`,
    );
    expect([stdout, exitCode]).toEqual(['', 1]);
  });

  test('gives up after 10 s when the repository is black-holed, and leaves the lock held for 40 s', async () => {
    const faults = [{ name: 'repository-unreachable', parameters: { how: 'black-holed' } }];
    const one = oneHost({ faults });
    const script =
      'apiclient update check; date +%s; apiclient update check; sleep 31; apiclient raw -u /updates/status | jq -r .update_state';
    const { stdout, stderr } = await one.run(script);
    expect(
      plain(stderr)
        .split('\n')
        .filter((line) => line.startsWith('Failed')),
    ).toEqual([
      'Failed to check for updates: Timed out after waiting 10s seconds after POST to /actions/refresh-updates, unsure of result',
      "Failed to check for updates: Unable to check initial update status, got code '423 Locked': Unable to obtain shared lock for reading update status: Resource temporarily unavailable (os error 11)",
    ]);
    expect(stdout).toBe(`${Date.parse('2026-11-24T02:00:09.000Z') / 1000}\nIdle\n`);
  });
});

describe('apiclient update apply', () => {
  const slow = { timings: { prepare: { medianSeconds: 12, p99Seconds: 12 } } };

  test('prepares, says every 5 s that it waits, activates', async () => {
    const one = oneHost({ host: slow });
    const script = 'apiclient update check > /dev/null 2>&1; apiclient update apply';
    const { stdout, stderr, exitCode } = await one.run(script);
    expect(plain(stderr).replaceAll(/^\d\d:\d\d:\d\d /gm, '')).toBe(
      [
        '[INFO] Downloading and applying update to disk...',
        '[INFO] Still waiting for updated status, will wait up to 594.5s longer...',
        '[INFO] Still waiting for updated status, will wait up to 589.5s longer...',
        '[INFO] Setting the update active so it will apply on the next reboot...',
        '[INFO] Update has been applied and will take effect on next reboot.',
        '',
      ].join('\n'),
    );
    expect([stdout, exitCode]).toEqual(['', 0]);
    expect(one.host.bottlerocket?.updates?.status?.update_state).toBe('Ready');
  });

  const NOT_ALLOWED =
    'Failed to make prepare request: Status 409 when POSTing /actions/prepare-update: Update action not allowed according to update state';

  test('is refused without a check before, and when already applied', async () => {
    const one = oneHost();
    const script = `apiclient update apply
      apiclient update check > /dev/null 2>&1; apiclient update apply 2> /dev/null; apiclient update apply`;
    const failures = plain((await one.run(script)).stderr).split('\n');
    expect(failures.filter((line) => line.startsWith('Failed'))).toEqual([
      PREPARE_FAILED + NOT_ALLOWED,
      PREPARE_FAILED + NOT_ALLOWED,
    ]);
  });

  test('tells what updog wrote when the disk is full', async () => {
    const one = oneHost({ faults: [{ name: 'prepare-fails' }] });
    const { stderr, exitCode } = await one.run('apiclient update apply --check > /dev/null');
    expect(stderr).toContain(
      `${PREPARE_FAILED}prepare attempt failed with status 'Failed' (-1): Starting update to 1.65.0\nFailed writing update data to disk: No space left on device (os error 28)\n\n`,
    );
    expect(exitCode).toBe(1);
  });

  test('stops waiting after 600 s while the download goes on', async () => {
    const host = { timings: { prepare: { medianSeconds: 900, p99Seconds: 900 } } };
    const one = oneHost({ host });
    const { stderr } = await one.run('apiclient update apply --check > /dev/null');
    expect(stderr).toContain(
      `${PREPARE_FAILED}Timed out after waiting 600s seconds after POST to /actions/prepare-update, unsure of result\n`,
    );
    expect(one.host.bottlerocket?.updates?.locked).toBe(true);
    await one.advance(400);
    expect(one.host.bottlerocket?.updates?.status?.update_state).toBe('Staged');
  });

  test('--check ends well when there is nothing to do', async () => {
    const idle = oneHost({ bottlerocket: { version: '1.65.0' } });
    const nothing = await idle.run('apiclient update apply --check > /dev/null');
    expect(plain(nothing.stderr)).toContain('[INFO] No updates available.\n');
    expect(nothing.exitCode).toBe(0);
    const ready = oneHost();
    await ready.run('apiclient update apply -c');
    const again = await ready.run('apiclient update apply -c -r > /dev/null');
    expect(plain(again.stderr)).toContain(
      '[INFO] Update already applied; reboot for it to take effect, or request a cancel.\n',
    );
    expect(again.exitCode).toBe(0);
    expect(ready.names()).not.toContain('reboot-requested');
  });
});

test('apiclient update cancel leads back to Staged, and is refused anywhere else', async () => {
  const one = oneHost();
  const script =
    'apiclient update apply -c > /dev/null 2>&1; apiclient update cancel; apiclient update cancel';
  const { stderr, exitCode } = await one.run(script);
  expect(plain(stderr).replaceAll(/^\d\d:\d\d:\d\d /gm, '')).toBe(
    '[INFO] Canceling update...\n[INFO] Canceling update...\nFailed to cancel update: Failed to make deactivate request: Status 409 when POSTing /actions/deactivate-update: Update action not allowed according to update state\n',
  );
  expect(exitCode).toBe(1);
});

describe('apiclient get and set', () => {
  test('get os', async () => {
    const { stdout } = await oneHost().run('apiclient get os');
    expect(JSON.parse(stdout)).toEqual({
      os: {
        arch: 'x86_64',
        build_id: '6b1a33d6',
        pretty_name: 'Bottlerocket OS 1.64.0 (aws-ecs-2)',
        variant_id: 'aws-ecs-2',
        version_id: '1.64.0',
      },
    });
  });

  test('the status before the first refresh is 404', async () => {
    const { stderr, exitCode } = await oneHost().run('apiclient get /updates/status');
    expect(stderr).toBe(
      "Failed to get settings: Failed GET request to '/updates/status': Status 404 when GETing /updates/status: Update status is uninitialized, refresh-updates to initialize it\n",
    );
    expect(exitCode).toBe(1);
  });

  test('set takes pairs with or without the prefix, and JSON', async () => {
    const { stdout, stderr } = await oneHost().run(`
      apiclient set updates.version-lock=v1.65.0 settings.updates.ignore-waves=true
      apiclient set --json '{"updates": {"seed": 7}}'
      apiclient get settings.updates.version-lock settings.updates.ignore-waves settings.updates.seed | jq -c .`);
    expect(stdout).toBe(
      '{"settings":{"updates":{"ignore-waves":true,"seed":7,"version-lock":"v1.65.0"}}}\n',
    );
    expect(stderr).toBe('');
  });

  test.each(['updates.version-lock=newest', 'updates.colour=red', 'updates.ignore-waves=maybe'])(
    'set refuses %s and changes nothing',
    async (pair) => {
      const one = oneHost();
      const { stderr, exitCode } = await one.run(`apiclient set motd=hi ${pair}`);
      expect(stderr).toMatch(
        /^Failed to change settings: Failed PATCH request to '\/settings\/keypair\?tx=apiclient-set-\w{16}': Status 400 when PATCHing \/settings\/keypair\?tx=apiclient-set-\w{16}: Unable to match your input/,
      );
      expect(exitCode).toBe(1);
      expect(one.names()).not.toContain('setting-changed');
    },
  );

  test.each(['update', 'get -x', 'set', 'raw', 'nonsense'])('%s is a usage error', async (args) => {
    const { stderr, exitCode } = await oneHost().run(`apiclient ${args}`);
    expect(stderr).toContain('Usage: apiclient [SUBCOMMAND] [OPTION]...');
    expect(exitCode).toBe(2);
  });
});

describe('apiclient exec', () => {
  const WAIT = 'while ! apiclient exec -T admin true > /dev/null; do sleep 1; done';

  test('needs the admin container, which takes a while to start', async () => {
    const one = oneHost();
    const { stdout, exitCode } = await one.run('apiclient exec -T admin true');
    expect([stdout, exitCode]).toEqual([
      'ctr: container "admin" in namespace "default": not found\n',
      1,
    ]);
    const waited = await one.run(
      `from=$(date +%s); apiclient set host-containers.admin.enabled=true; ${WAIT}; echo $(($(date +%s) - from))`,
    );
    expect(Number(waited.stdout)).toBeGreaterThan(4);
  });

  test('sheltie signpost rollback-to-inactive makes the former image boot next', async () => {
    const one = oneHost({
      bottlerocket: { otherPartitionVersion: '1.63.0', settings: { adminContainerEnabled: true } },
    });
    const { stdout } = await one.run(
      `${WAIT}; apiclient exec -T admin sheltie signpost rollback-to-inactive; apiclient exec -T admin sheltie signpost status | tail -2; apiclient reboot`,
    );
    expect(stdout).toBe('Active:  Set A\nNext:    Set B\n');
    await one.advance(600);
    expect(one.host.version).toBe('1.63.0');
  });

  test('passes on the exit code and merges both streams', async () => {
    const one = oneHost({ bottlerocket: { settings: { adminContainerEnabled: true } } });
    const { stdout, stderr, exitCode } = await one.run(
      `${WAIT}; apiclient exec -T admin sheltie signpost rollback-to-inactive`,
    );
    expect(stdout).toBe(
      'Inactive partition is not valid to roll back to (priority=0 tries_left=0 successful=false)\n',
    );
    expect([stderr, exitCode]).toEqual(['', 1]);
  });
});
