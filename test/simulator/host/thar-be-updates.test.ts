// Tests of the update state machine: every command in every state, what failures leave, and the
// lock.

import { describe, expect, test } from 'vitest';
import type { UpdateCommand, UpdateState } from '../../../simulator/host/thar-be-updates.ts';
import { ID, type OneHost, oneHost } from './one-host.ts';

const PATHS: Readonly<Record<UpdateCommand, string>> = {
  refresh: 'refresh-updates',
  prepare: 'prepare-update',
  activate: 'activate-update',
  deactivate: 'deactivate-update',
};

const post = (command: UpdateCommand) =>
  `apiclient raw -m POST -u /actions/${PATHS[command]}; code=$?; sleep 700; exit $code`;

const COMMANDS_TO: Readonly<Record<UpdateState, UpdateCommand[]>> = {
  Idle: [],
  Available: ['refresh'],
  Staged: ['refresh', 'prepare'],
  Ready: ['refresh', 'prepare', 'activate'],
};

async function hostIn(state: UpdateState, test: OneHost = oneHost()): Promise<OneHost> {
  for (const command of COMMANDS_TO[state]) await test.run(post(command));
  return test;
}

const status = ({ host }: OneHost) => host.bottlerocket?.updates?.status;
const NOT_ALLOWED = 'Update action not allowed according to update state';

describe('TharBeUpdates.dispatch', () => {
  const rows: [UpdateState, UpdateCommand, UpdateState | string][] = [
    ['Idle', 'refresh', 'Available'],
    ['Idle', 'prepare', NOT_ALLOWED],
    ['Idle', 'activate', NOT_ALLOWED],
    ['Idle', 'deactivate', NOT_ALLOWED],
    ['Available', 'refresh', 'Available'],
    ['Available', 'prepare', 'Staged'],
    ['Available', 'activate', NOT_ALLOWED],
    ['Available', 'deactivate', NOT_ALLOWED],
    ['Staged', 'refresh', 'Staged'],
    ['Staged', 'prepare', 'Staged'],
    ['Staged', 'activate', 'Ready'],
    ['Staged', 'deactivate', NOT_ALLOWED],
    ['Ready', 'refresh', 'Ready'],
    ['Ready', 'prepare', NOT_ALLOWED],
    ['Ready', 'activate', NOT_ALLOWED],
    ['Ready', 'deactivate', 'Staged'],
  ];
  test.each(rows)('in %s, %s leads to %s', async (from, command, to) => {
    const one = await hostIn(from);
    const result = await one.run(post(command));
    if (result.exitCode === 0) expect(status(one)?.update_state).toBe(to);
    else {
      const path = `/actions/${PATHS[command]}`;
      expect(result.stderr).toBe(
        `Failed POST request to '${path}': Status 409 when POSTing ${path}: ${to}\n`,
      );
      expect(status(one)?.update_state).toBe(from);
    }
  });
});

describe('TharBeUpdates after a failure', () => {
  const unreachable = (more = {}) => ({ name: 'repository-unreachable', ...more });

  test('a failed refresh from Available leads to Idle and keeps the lists', async () => {
    const one = oneHost({ faults: [unreachable({ fromSeconds: 600 })] });
    await hostIn('Available', one);
    await one.run(post('refresh'));
    expect(status(one)).toMatchObject({
      update_state: 'Idle',
      available_updates: ['1.65.0', '1.64.0', '1.63.0'],
      chosen_update: { version: '1.65.0' },
      most_recent_command: { cmd_type: 'refresh', cmd_status: 'Failed', exit_status: 1 },
    });
  });

  test('a failed refresh leaves Staged alone', async () => {
    const one = oneHost({ faults: [unreachable({ fromSeconds: 1300 })] });
    await hostIn('Staged', one);
    await one.run(post('refresh'));
    expect(status(one)?.update_state).toBe('Staged');
  });

  test('a failed prepare has wiped the other partition set and leaves the state', async () => {
    const one = oneHost({
      faults: [{ name: 'prepare-fails', subject: ID }],
      bottlerocket: { otherPartitionVersion: '1.63.0' },
    });
    await hostIn('Available', one);
    await one.run(post('prepare'));
    expect(status(one)).toMatchObject({
      update_state: 'Available',
      most_recent_command: {
        cmd_status: 'Failed',
        stderr:
          'Starting update to 1.65.0\nFailed writing update data to disk: No space left on device (os error 28)\n',
      },
    });
    expect(one.host.bottlerocket?.disk.inactiveSet.version).toBeUndefined();
  });

  test('a prepare that cannot reach the repository wipes nothing', async () => {
    const one = oneHost({
      faults: [unreachable({ fromSeconds: 600 })],
      bottlerocket: { otherPartitionVersion: '1.63.0' },
    });
    await hostIn('Available', one);
    await one.run(post('prepare'));
    expect(one.host.bottlerocket?.disk.inactiveSet.version).toBe('1.63.0');
  });

  test('a chosen update that vanished is 404, and one that updog finds no more is staged in name only', async () => {
    const one = await hostIn('Available');
    await one.run('apiclient set updates.version-lock=v1.64.0');
    await one.run(post('prepare'));
    expect(status(one)).toMatchObject({
      update_state: 'Staged',
      most_recent_command: { cmd_status: 'Success', stderr: 'No update required\n' },
    });
    await one.run(post('refresh'));
    expect((await one.run(post('prepare'))).stderr).toContain(
      'Status 404 when POSTing /actions/prepare-update: Previously chosen Update no longer exists',
    );
    await one.run(post('activate'));
    expect(status(one)?.most_recent_command?.stderr).toBe(
      'Could not mark inactive partition for boot: Inactive partition /dev/nvme0n1 has not been marked valid for upgrade\n',
    );
  });
});

describe('TharBeUpdates and the lock', () => {
  test('is held while the work goes on, for commands and for the status', async () => {
    const one = await hostIn('Available');
    const result = await one.run(
      [
        'apiclient raw -m POST -u /actions/prepare-update',
        'apiclient raw -m POST -u /actions/refresh-updates',
        'apiclient get /updates/status',
      ].join('\n'),
    );
    expect(result.stderr).toBe(
      [
        "Failed POST request to '/actions/refresh-updates': Status 423 when POSTing /actions/refresh-updates: Update lock held",
        "Failed to get settings: Failed GET request to '/updates/status': Status 423 when GETing /updates/status: Unable to obtain shared lock for reading update status: Resource temporarily unavailable (os error 11)",
        '',
      ].join('\n'),
    );
  });

  test('the state is gone after a reboot, the partition bits are not', async () => {
    const one = await hostIn('Staged');
    one.host.reboot('host');
    await one.advance(600);
    expect(status(one)).toBeUndefined();
    expect(one.host.bottlerocket?.disk.inactiveSet).toMatchObject({
      version: '1.65.0',
      triesLeft: 1,
    });
    expect(one.host.version).toBe('1.64.0');
  });
});

describe('TharBeUpdates and others on the host', () => {
  test('third-version installs a newer release under the name of the chosen one', async () => {
    const faults = [{ name: 'third-version', parameters: { version: '1.66.0' } }];
    const one = await hostIn('Ready', oneHost({ faults }));
    expect(status(one)?.staging_partition?.image.version).toBe('1.65.0');
    await one.run('apiclient reboot');
    await one.advance(600);
    expect(one.host.version).toBe('1.66.0');
  });

  test('already-ready-by-someone has activated the update before we look', async () => {
    const one = oneHost({ faults: [{ name: 'already-ready-by-someone' }] });
    await one.run('apiclient update check');
    expect(status(one)).toMatchObject({
      update_state: 'Ready',
      staging_partition: { image: { version: '1.65.0' }, next_to_boot: true },
      active_partition: { next_to_boot: false },
      most_recent_command: { cmd_type: 'refresh' },
    });
    expect(one.host.bottlerocket?.disk.next()).toBe('B');
  });
});
