// The `apiclient` command of a Bottlerocket host: same arguments, same bytes on both streams, same
// exit codes.
//
// bottlerocket-core-kit sources/api/apiclient/src/main.rs and its modules.

import type { VirtualClock } from '../kernel/clock.ts';
import type { RandomStream } from '../kernel/random.ts';
import type { AdminContainer } from './admin-container.ts';
import type { ApiServer } from './api-server.ts';
import { type ApiclientCall, parseArguments } from './apiclient-arguments.ts';
import {
  ApiclientError,
  ApiclientOutput,
  type CommandResult,
  UsageError,
} from './apiclient-output.ts';
import { apply, cancel, check, required } from './apiclient-update.ts';
import { type JsonValue, mergeJson, prettySorted } from './json-text.ts';
import { cisReport, type Posture } from './posture.ts';
import type { Uptime } from './uptime.ts';

export interface ApiclientHost {
  readonly clock: VirtualClock;
  readonly uptime: Uptime;
  readonly server: ApiServer;
  readonly admin: AdminContainer;
  readonly posture: Posture;
  readonly random: RandomStream;
  /**
   * Called before each call to the update API: somebody else on the host may have been there first.
   */
  letOthersActFirst(): void;
}

/** Start of the process and its connection to the socket: not measured anywhere. */
const START_SECONDS = 0.02;

const USAGE = 'Usage: apiclient [SUBCOMMAND] [OPTION]...';

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

class Run {
  readonly #host: ApiclientHost;
  readonly output: ApiclientOutput;

  constructor(host: ApiclientHost) {
    this.#host = host;
    this.output = new ApiclientOutput(host.clock);
  }

  /** Answers the exit code. */
  async call(call: ApiclientCall): Promise<number> {
    if (call.verb === 'raw') await this.#raw(call.method, call.uri, call.data);
    else if (call.verb === 'get-uri')
      this.output.print(prettySorted(await this.#getJson('Failed to get settings: ', call.uri)));
    else if (call.verb === 'get') await this.#get(call.prefixes);
    else if (call.verb === 'set-pairs')
      await this.#set('/settings/keypair', { request_payload: [...call.pairs] });
    else if (call.verb === 'set-json') await this.#set('/settings', call.settings);
    else if (call.verb === 'reboot') await this.#reboot();
    else if (call.verb === 'exec') return this.#exec(call.target, call.command);
    else if (call.verb === 'report') this.#report(call);
    else await this.#update(call);
    return 0;
  }

  async #request(context: string, method: string, uri: string, data?: string): Promise<string> {
    const { status, body } = await this.#host.server.request(method, uri, data);
    if (status < 300) return body;
    throw new ApiclientError(
      `${context}Failed ${method} request to '${uri}': Status ${status} when ${method}ing ${uri}: ${body}`,
    );
  }

  async #getJson(context: string, uri: string): Promise<JsonValue> {
    return JSON.parse(await this.#request(context, 'GET', uri)) as JsonValue;
  }

  async #raw(method: string, uri: string, data?: string): Promise<void> {
    if (uri.startsWith('/actions/') || uri.startsWith('/updates/')) {
      this.#host.letOthersActFirst();
    }
    const body = await this.#request('', method, uri, data);
    if (body !== '') this.output.print(body);
  }

  async #get(prefixes: readonly string[]): Promise<void> {
    let merged: JsonValue = {};
    for (const prefix of prefixes) {
      const found = await this.#getJson('Failed to get settings: ', `/?prefix=${prefix}`);
      merged = mergeJson(merged, found);
    }
    this.output.print(prettySorted(merged));
  }

  async #set(path: string, data: JsonValue): Promise<void> {
    const { random } = this.#host;
    let transaction = 'apiclient-set-';
    for (let index = 0; index < 16; index++) {
      transaction += ALPHANUMERIC[random.integer(0, ALPHANUMERIC.length - 1)];
    }
    const context = 'Failed to change settings: ';
    await this.#request(context, 'PATCH', `${path}?tx=${transaction}`, JSON.stringify(data));
    await this.#request(context, 'POST', `/tx/commit_and_apply?tx=${transaction}`);
  }

  async #reboot(): Promise<void> {
    await this.#request('Failed to reboot: ', 'POST', '/actions/reboot');
    this.output.info('Rebooting, goodbye...');
  }

  async #exec(target: string, command: readonly string[]): Promise<number> {
    const result = await this.#host.admin.exec(target, command);
    this.output.stdout += result.stdout;
    return result.exitCode;
  }

  /** The other reports, and text, have their shape and say that nothing was checked. */
  #report(call: Extract<ApiclientCall, { verb: 'report' }>): void {
    const name = call.report === 'fips' ? 'FIPS Security Policy' : 'CIS Bottlerocket Benchmark';
    if (call.format !== 'json') {
      this.output.print(`Benchmark name:  ${name}\n\nPassed:          0\nSkipped:         0`);
      return;
    }
    const nothing = {
      level: 1,
      passed: 0,
      skipped: 0,
      failed: 0,
      status: 'SKIP',
      name,
      results: {},
    };
    const { posture } = this.#host;
    const body = call.report === 'cis' ? cisReport(posture, call.level) : nothing;
    this.output.print(JSON.stringify(body));
  }

  async #update(call: ApiclientCall): Promise<void> {
    const { server, uptime } = this.#host;
    const client = { server, uptime, output: this.output };
    this.#host.letOthersActFirst();
    if (call.verb === 'update-check') await this.#check(client);
    else if (call.verb === 'update-cancel')
      await within('Failed to cancel update: ', () => cancel(client));
    else if (call.verb === 'update-apply') {
      if (call.check && !required(client, await this.#check(client))) return;
      await within('Failed to apply update: ', () => apply(client));
      if (call.reboot) return this.#reboot();
      this.output.info('Update has been applied and will take effect on next reboot.');
    }
  }

  async #check(client: Parameters<typeof check>[0]): Promise<string> {
    const status = await within('Failed to check for updates: ', () => check(client));
    this.output.print(prettySorted(JSON.parse(status) as JsonValue));
    return status;
  }
}

async function within<T>(context: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ApiclientError) throw new ApiclientError(context + error.message);
    throw error;
  }
}

/** Runs one `apiclient …` to its end on the virtual clock. */
export async function runApiclient(
  host: ApiclientHost,
  args: readonly string[],
): Promise<CommandResult> {
  const run = new Run(host);
  const { output } = run;
  let exitCode: number;
  await host.uptime.sleep(START_SECONDS);
  try {
    exitCode = await run.call(parseArguments(args));
  } catch (error) {
    if (error instanceof ApiclientError) {
      output.fail(error.message);
      exitCode = 1;
    } else if (error instanceof UsageError) {
      output.fail(error.message === '' ? USAGE : `${error.message}\n\n${USAGE}`);
      exitCode = 2;
    } else {
      throw error;
    }
  }
  return { stdout: output.stdout, stderr: output.stderr, exitCode };
}
