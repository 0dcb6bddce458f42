// `apiclient update`: starts an update command through the API and waits for it, within the
// client's own limits.
//
// bottlerocket-core-kit sources/api/apiclient/src/update.rs; the texts are its snafu displays.

import type { ApiServer } from './api-server.ts';
import { ApiclientError, type ApiclientOutput } from './apiclient-output.ts';
import type { UpdateStatus } from './thar-be-updates.ts';
import type { Uptime } from './uptime.ts';

export interface UpdateClient {
  readonly server: ApiServer;
  readonly uptime: Uptime;
  readonly output: ApiclientOutput;
}

interface WaitPolicy {
  readonly betweenSeconds: number;
  readonly attemptsMax: number;
}

const REFRESH: WaitPolicy = { betweenSeconds: 0.1, attemptsMax: 100 };
const PREPARE: WaitPolicy = { betweenSeconds: 0.5, attemptsMax: 1200 };
const FLAGS: WaitPolicy = { betweenSeconds: 0.1, attemptsMax: 50 };

/** How often apiclient says that it still waits. */
const NOTIFY_SECONDS = 5;

const PREPARE_FAILED =
  "Failed to prepare update.  This could mean that we don't have a list of updates yet " +
  "or that an update is already applied.  Running 'apiclient update check' will help you find out.  " +
  "You can cancel an applied ('Ready') update with 'apiclient update cancel' if desired.  Detail: ";

/** `423 Locked`: how Rust's http crate displays a status code. */
const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  409: 'Conflict',
  423: 'Locked',
  500: 'Internal Server Error',
};

/** A Duration in Rust's debug form, for durations of at least one second. */
const shown = (seconds: number) => `${Number(seconds.toFixed(3))}s`;

interface Awaited {
  readonly command: string;
  readonly path: string;
  readonly policy: WaitPolicy;
}

async function initialTimestamp(client: UpdateClient): Promise<string> {
  const first = await client.server.request('GET', '/updates/status');
  if (first.status === 404) return 'first call';
  if (first.status !== 200) {
    const code = `${first.status} ${REASONS[first.status] ?? '<unknown status code>'}`;
    throw new ApiclientError(
      `Unable to check initial update status, got code '${code}': ${first.body}`,
    );
  }
  const status = JSON.parse(first.body) as UpdateStatus;
  return status.most_recent_command?.timestamp ?? 'first call';
}

async function start(client: UpdateClient, { command, path }: Awaited): Promise<void> {
  const { status, body } = await client.server.request('POST', path);
  if (status < 300) return;
  throw new ApiclientError(
    `Failed to make ${command} request: Status ${status} when POSTing ${path}: ${body}`,
  );
}

/** The status once it shows that our command ended, undefined while it does not. */
async function ended(
  client: UpdateClient,
  command: string,
  before: string,
): Promise<string | undefined> {
  const { status, body } = await client.server.request('GET', '/updates/status');
  if (status !== 200) return undefined;
  const recent = (JSON.parse(body) as UpdateStatus).most_recent_command;
  if (!recent || recent.cmd_type !== command || recent.timestamp === before) return undefined;
  if (recent.cmd_status === 'Success') return body;
  // `exit_status` is a number and is read as text, so the client always falls back to -1.
  throw new ApiclientError(
    `${command} attempt failed with status '${recent.cmd_status}' (-1): ${recent.stderr}`,
  );
}

async function waitRequest(client: UpdateClient, awaited: Awaited): Promise<string> {
  const { betweenSeconds, attemptsMax } = awaited.policy;
  const before = await initialTimestamp(client);
  await start(client, awaited);
  const limit = betweenSeconds * attemptsMax;
  const notifyEvery = NOTIFY_SECONDS / betweenSeconds;
  let waited = 0;
  for (let attempt = 1; attempt < attemptsMax; attempt++) {
    if (attempt > 1 && waited >= notifyEvery) {
      waited = 0;
      const left = shown(limit - attempt * betweenSeconds);
      client.output.info(`Still waiting for updated status, will wait up to ${left} longer...`);
    }
    await client.uptime.sleep(betweenSeconds);
    waited++;
    const body = await ended(client, awaited.command, before);
    if (body !== undefined) return body;
  }
  throw new ApiclientError(
    `Timed out after waiting ${shown(limit)} seconds after POST to ${awaited.path}, unsure of result`,
  );
}

/** The status after a refresh, as the API server wrote it. */
export async function check(client: UpdateClient): Promise<string> {
  client.output.info('Refreshing updates...');
  const awaited = { command: 'refresh', path: '/actions/refresh-updates', policy: REFRESH };
  return waitRequest(client, awaited);
}

/** False, with the reason logged, when there is nothing to apply. */
export function required(client: UpdateClient, status: string): boolean {
  const { update_state } = JSON.parse(status) as UpdateStatus;
  if (update_state === 'Idle') client.output.info('No updates available.');
  if (update_state === 'Ready') {
    client.output.info(
      'Update already applied; reboot for it to take effect, or request a cancel.',
    );
  }
  return update_state !== 'Idle' && update_state !== 'Ready';
}

export async function apply(client: UpdateClient): Promise<void> {
  client.output.info('Downloading and applying update to disk...');
  const prepare = { command: 'prepare', path: '/actions/prepare-update', policy: PREPARE };
  try {
    await waitRequest(client, prepare);
  } catch (error) {
    if (error instanceof ApiclientError) throw new ApiclientError(PREPARE_FAILED + error.message);
    throw error;
  }
  client.output.info('Setting the update active so it will apply on the next reboot...');
  const activate = { command: 'activate', path: '/actions/activate-update', policy: FLAGS };
  await waitRequest(client, activate);
}

export async function cancel(client: UpdateClient): Promise<void> {
  client.output.info('Canceling update...');
  const awaited = { command: 'deactivate', path: '/actions/deactivate-update', policy: FLAGS };
  await waitRequest(client, awaited);
}
