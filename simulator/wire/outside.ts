// The hosts beyond AWS that functions talk to (Slack): each is a handler registered under its name.

import type { Kernel } from '../kernel/kernel.ts';
import type { Caller } from '../kernel/service.ts';
import type { WireRequest, WireResponse } from './message.ts';

export interface OutsideAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Answers one request to its host; may take virtual time. */
export type OutsideHost = (
  request: WireRequest,
  caller: Caller,
) => OutsideAnswer | Promise<OutsideAnswer>;

/** Over the internet and back: a round figure, not a measurement. */
const LATENCY_MEDIAN_MS = 120;
const LATENCY_P99_MS = 700;

/** What Node reports for a name that does not resolve. */
function notFound(host: string): Error {
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), {
    code: 'ENOTFOUND',
    errno: -3008,
    syscall: 'getaddrinfo',
    hostname: host,
  });
}

function refused(host: string): Error {
  return Object.assign(new Error(`connect ECONNREFUSED ${host}:443`), {
    code: 'ECONNREFUSED',
    errno: -111,
    syscall: 'connect',
  });
}

export class Outside {
  readonly #kernel: Kernel;
  readonly #hosts = new Map<string, OutsideHost>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** @param hostName Without port; subdomains are hosts of their own. */
  register(hostName: string, host: OutsideHost): void {
    this.#hosts.set(hostName, host);
  }

  /**
   * Faults: `outside-unreachable` (F64, subject: the host name).
   *
   * @throws The error that Node's socket would report.
   */
  async handle(
    request: WireRequest,
    caller: Caller,
    tookEffect?: () => void,
  ): Promise<WireResponse> {
    const { clock, random, faults, log } = this.#kernel;
    const hostName = (request.headers.host ?? '').replace(/:\d+$/, '');
    const host = this.#hosts.get(hostName);
    const latency = random.stream('outside.latency').lognormal(LATENCY_MEDIAN_MS, LATENCY_P99_MS);
    await clock.sleep(latency / 2);
    if (!host) throw notFound(hostName);
    if (faults.strikes('outside-unreachable', hostName)) {
      log.append('wire', 'outside-unreachable', hostName, { caller: caller.name });
      throw refused(hostName);
    }
    const answer = await host(request, caller);
    tookEffect?.();
    const path = request.path.replace(/\?.*$/, '');
    log.append('wire', 'outside-call', hostName, { path, status: answer.status ?? 200 });
    await clock.sleep(latency / 2);
    const body = Buffer.from(answer.body ?? '');
    const date = new Date(clock.now()).toUTCString();
    const headers = { 'content-length': String(body.length), date, ...answer.headers };
    return { status: answer.status ?? 200, headers, body };
  }
}
