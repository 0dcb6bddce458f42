// One real bash and what it left running, tied to a simulated host's commands and its virtual
// clock.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CommandResult } from './apiclient-output.ts';
import { decodeRequest, encodeResult, SHIM, type ShimRequest } from './bridge-shim.ts';
import type { Host } from './host.ts';
import { allSleep, anyHolds } from './process-group.ts';
import { KILLED_EXIT_CODE } from './script-run.ts';
import { parseDuration, TIMED_OUT_EXIT_CODE } from './shell-duration.ts';

const SHIMMED = ['apiclient', 'sleep', 'date', 'timeout'];

/**
 * How often to look whether everything waits; real milliseconds, during which virtual time stands
 * still.
 */
const LOOK_MILLISECONDS = 1;

const ended = (exitCode: number, stdout = '', stderr = ''): CommandResult => ({
  stdout,
  stderr,
  exitCode,
});

/** Virtual time passes only while every process of the script waits for one of our commands. */
export class RealBash {
  readonly #host: Host;
  readonly #directory = mkdtempSync(join(tmpdir(), 'simulated-host-'));
  readonly #token = randomUUID();
  readonly #server: Server;
  /** Processes that wait for an answer. */
  readonly #waiting = new Set<number>();
  readonly gone: Promise<void>;
  #child: ChildProcess | undefined;
  readonly #outputs: readonly [string, string];
  /** Undefined while the script runs. */
  #exitCode: number | undefined;
  #finish: ((result: CommandResult) => void) | undefined;
  #looking = false;
  #over = false;
  #setGone = () => {};
  #release: () => void;

  constructor(host: Host) {
    this.#host = host;
    this.#outputs = [join(this.#directory, 'stdout'), join(this.#directory, 'stderr')];
    this.#release = host.clock.acquire();
    this.gone = new Promise((resolve) => {
      this.#setGone = resolve;
    });
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async run(script: string, env: Readonly<Record<string, string>>): Promise<CommandResult> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const file = join(this.#directory, '_script.sh');
    writeFileSync(file, this.#withOwnFiles(script));
    const commands = Object.keys(this.#host.commands());
    for (const name of SHIMMED) {
      if (name === 'apiclient' && !commands.includes(name)) continue;
      this.#write(`bin/${name}`, SHIM);
      chmodSync(join(this.#directory, 'bin', name), 0o755);
    }
    this.#host.adopt(this);
    return this.#spawn(file, env);
  }

  kill(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }

  #spawn(file: string, env: Readonly<Record<string, string>>): Promise<CommandResult> {
    const outputs = this.#outputs.map((path) => openSync(path, 'w'));
    const child = spawn('bash', [file], {
      cwd: '/',
      // Its own process group, as the SSM agent does, so that everything can be killed at once.
      detached: true,
      // Every descendant inherits the fourth: its end says that nothing runs any more.
      stdio: ['ignore', ...outputs, 'pipe'],
      env: {
        ...env,
        PATH: `${join(this.#directory, 'bin')}:/usr/local/bin:/usr/bin:/bin`,
        TZ: 'UTC',
        LC_ALL: 'C.UTF-8',
        SIMULATOR_PORT: String((this.#server.address() as AddressInfo).port),
        SIMULATOR_TOKEN: this.#token,
      },
    });
    for (const descriptor of outputs) closeSync(descriptor);
    this.#child = child;
    const liveness = child.stdio[3] as Socket;
    const allClosed = new Promise<void>((resolve) => liveness.on('close', () => resolve()));
    liveness.resume();
    const exited = new Promise<void>((resolve) =>
      child.on('exit', (code) => {
        this.#exitCode = code ?? KILLED_EXIT_CODE;
        this.#finishIfClosed();
        resolve();
      }),
    );
    // Either may be seen first.
    Promise.all([allClosed, exited]).then(() => this.#allEnded());
    return new Promise((resolve, reject) => {
      this.#finish = resolve;
      child.on('error', reject);
    });
  }

  /**
   * The result is known when every holder of the output has closed it: so long the SSM agent waits,
   * too.
   */
  #finishIfClosed(): void {
    const exitCode = this.#exitCode;
    if (!this.#finish || exitCode === undefined) return;
    if (!this.#over && anyHolds(this.#child?.pid ?? 0, this.#outputs)) return;
    const [stdout, stderr] = this.#outputs.map((path) => readFileSync(path, 'utf8'));
    this.#finish(ended(exitCode, stdout, stderr));
    this.#finish = undefined;
  }

  /** The documents read these paths; a real bash must find the simulated machine's there. */
  #withOwnFiles(script: string): string {
    let text = script;
    for (const [path, content] of Object.entries(this.#host.files())) {
      this.#write(`files${path}`, content);
      text = text.replaceAll(path, join(this.#directory, 'files', path));
    }
    return text;
  }

  #write(path: string, content: string): void {
    const full = join(this.#directory, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
  }

  #allEnded(): void {
    this.#over = true;
    this.#finishIfClosed();
    this.#server.close();
    rmSync(this.#directory, { recursive: true, force: true });
    this.#setGone();
    // A turn later, so that whoever waits for the result has seen it before time moves.
    setImmediate(() => this.#release());
  }

  #serve(socket: Socket): void {
    let received = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received += chunk;
      const request = decodeRequest(received);
      if (!request) return;
      received = '';
      if (request.token !== this.#token) socket.destroy();
      else this.#answer(request).then((result) => socket.end(encodeResult(result)));
    });
  }

  async #answer({ name, args, pid }: ShimRequest): Promise<CommandResult> {
    if (name === 'now') return ended(0, String(Math.floor(this.#host.clock.now() / 1000)));
    this.#waiting.add(pid);
    this.#look();
    const result = await this.#call(name, args).catch(() => ended(KILLED_EXIT_CODE));
    this.#waiting.delete(pid);
    // Something computes again, unless time stands still for it already.
    this.#release();
    this.#release = this.#over ? () => {} : this.#host.clock.acquire();
    this.#look();
    return result;
  }

  /**
   * Lets virtual time pass once everything waits; seen twice, because a process may sleep for a
   * moment between two steps.
   */
  #look(seenBefore = false): void {
    if (this.#looking || this.#waiting.size === 0 || this.#over) return;
    const waits = this.#everythingWaits();
    if (waits && seenBefore) {
      this.#release();
      return;
    }
    this.#looking = true;
    setTimeout(() => {
      this.#looking = false;
      this.#look(waits);
    }, LOOK_MILLISECONDS);
  }

  #everythingWaits(): boolean {
    if (!allSleep(this.#child?.pid ?? 0)) return false;
    // What is left in the background goes on when the result is known; unless the result waits for
    // it.
    const wasKnown = !this.#finish;
    this.#finishIfClosed();
    return wasKnown || this.#finish !== undefined;
  }

  async #call(name: string, args: readonly string[]): Promise<CommandResult> {
    const { clock } = this.#host;
    if (name === 'timeout') return this.#timeout(args);
    if (name === 'sleep') {
      const seconds = parseDuration(args[0]);
      if (seconds === undefined) return ended(1, '', `sleep: invalid time interval '${args[0]}'\n`);
      await clock.sleep(seconds * 1000);
      return ended(0);
    }
    const command = this.#host.commands()[name];
    return command ? command(args) : ended(127, '', `${name}: command not found\n`);
  }

  #timeout(args: readonly string[]): Promise<CommandResult> {
    const seconds = parseDuration(args[0]) ?? 0;
    const [name = '', ...rest] = args.slice(1);
    const over = this.#host.clock.sleep(seconds * 1000);
    return Promise.race([this.#call(name, rest), over.then(() => ended(TIMED_OUT_EXIT_CODE))]);
  }
}
