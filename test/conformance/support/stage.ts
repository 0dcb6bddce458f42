// Where the conformance tests play: a region served over HTTP on this machine, or with REMOTE=1 an AWS account.

import { afterAll, describe, expect, test } from 'vitest';
import { createRegion, type Region } from '../../../simulator/region.ts';
import { problemsOf, type Schema } from './answers.ts';
import { undocumented } from './documented-errors.ts';
import { conformanceFleet, EXISTING, type ExistingName } from './existing.ts';
import { CONFORMANCE, type ConformanceFile, type Row } from './operations.ts';

export const IS_REMOTE = process.env.REMOTE === '1';
const MAY_DESTROY = !IS_REMOTE || process.env.REMOTE_DESTRUCTIVE === '1';

/** The describe blocks of every file; what an operation must go through in each. */
const BLOCKS = { serialization: 'answered', validation: 'refused', behaviour: 'answered' } as const;

/** Virtual time before each call, so that a fast test empties no bucket of a rate limit. */
const BETWEEN_CALLS_SECONDS = 0.5;

/** Of one answer. */
const PROBLEMS_SHOWN = 5;

/** The least of a client that is needed to see its calls. */
interface Client {
  readonly middlewareStack: { add(middleware: unknown, options: unknown): void };
  destroy(): void;
}

type Send = (args: { readonly input: unknown }) => Promise<{ readonly output: unknown }>;

interface CallContext {
  readonly commandName: string;
  readonly __smithy_context: { readonly operationSchema: readonly unknown[] };
}

interface Thrown {
  readonly name: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

interface Needs {
  /** Variables of `EXISTING` without which it is skipped in an account. */
  readonly needs?: readonly ExistingName[];
  /** It harms what it did not make: in an account only with REMOTE_DESTRUCTIVE=1. */
  readonly isDestructive?: boolean;
}

interface Polling {
  readonly withinSeconds?: number;
  readonly everySeconds?: number;
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
}

/** The block of the test that runs now. */
function currentBlock(): string | undefined {
  const names = expect.getState().currentTestName?.split(' > ') ?? [];
  return names.find((name) => name in BLOCKS);
}

export class Stage {
  readonly #file: ConformanceFile;
  readonly #region: Region | undefined;
  readonly #url: string | undefined;
  /** `<block> <outcome> <operation>` of every call so far. */
  readonly #seen = new Set<string>();
  readonly #clients: Client[] = [];
  readonly #undo: (() => Promise<unknown>)[] = [];
  /** Begins the name of everything that is made; nobody else's does. */
  readonly prefix: string;

  constructor(file: ConformanceFile, region?: Region, url?: string) {
    this.#file = file;
    this.#region = region;
    this.#url = url;
    this.prefix = `conformance-${IS_REMOTE ? Date.now().toString(36) : 'test'}`;
  }

  /** A client of the region, whose every call is judged by what the SDK knows of the operation. */
  client<T extends Client>(Constructor: new (config: Record<string, unknown>) => T): T {
    const here = {
      endpoint: this.#url,
      // The region's clock is not that of the wall; otherwise each error would be asked for twice.
      disableClockSkewCorrection: true,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
    };
    const client = new Constructor(this.#url ? here : {});
    const watch = (next: Send, context: CallContext) => (args: { readonly input: unknown }) =>
      this.#watched(next, context, args);
    client.middlewareStack.add(watch, { step: 'initialize', name: 'conformance' });
    this.#clients.push(client);
    return client;
  }

  async #watched(next: Send, context: CallContext, args: { readonly input: unknown }) {
    const operation = context.commandName.replace(/Command$/, '');
    const block = currentBlock();
    await this.#region?.advance(BETWEEN_CALLS_SECONDS);
    // What cleans up may find things gone already.
    if (block === undefined) return next(args);
    try {
      const result = await next(args);
      this.#seen.add(`${block} answered ${operation}`);
      const schema = context.__smithy_context.operationSchema[5] as Schema;
      expect(problemsOf(schema, result.output, operation).slice(0, PROBLEMS_SHOWN)).toEqual([]);
      return result;
    } catch (error) {
      const { name, $metadata } = error as Thrown;
      if ($metadata?.httpStatusCode === undefined) throw error;
      this.#seen.add(`${block} refused ${operation}`);
      const { service } = CONFORMANCE[this.#file];
      const refusal = { name, status: $metadata.httpStatusCode };
      expect(await undocumented(service, operation, refusal)).toEqual([]);
      throw error;
    }
  }

  /** A test that has what it needs, or says what is missing. */
  test(
    name: string,
    { needs = [], isDestructive = false }: Needs,
    body: (existing: Readonly<Record<ExistingName, string>>) => Promise<void>,
  ): void {
    const missing = IS_REMOTE ? needs.filter((one) => !process.env[one]) : [];
    const lacks = [...missing, ...(isDestructive && !MAY_DESTROY ? ['REMOTE_DESTRUCTIVE=1'] : [])];
    if (lacks.length > 0) test.skip(`${name} [skipped without ${lacks.join(', ')}]`, () => {});
    else test(name, () => body(existing()));
  }

  /** Undoes something when the file is over, in any case; the last thing first. */
  afterwards(undo: () => Promise<unknown>): void {
    this.#undo.push(undo);
  }

  /** Lets time pass: virtual time here, real time in an account. */
  async wait(seconds: number): Promise<void> {
    if (this.#region) await this.#region.advance(seconds);
    else await sleep(seconds);
  }

  /**
   * Asks again and again until the answer is as wanted.
   *
   * @throws When it still is not after `withinSeconds`.
   */
  async eventually<T>(
    ask: () => Promise<T>,
    isWanted: (answer: T) => boolean,
    { withinSeconds = 120, everySeconds = 2 }: Polling = {},
  ): Promise<T> {
    let answer = await ask();
    for (let waited = 0; !isWanted(answer); waited += everySeconds) {
      if (waited >= withinSeconds)
        throw new Error(
          `Expected within ${withinSeconds} seconds, but the last answer was ${JSON.stringify(answer)}`,
        );
      await this.wait(everySeconds);
      answer = await ask();
    }
    return answer;
  }

  /** The last block of each file: every operation of its row went through all three blocks. */
  proveComplete(): void {
    const { operations, neverRefused = {}, onlyOnce = {} }: Row = CONFORMANCE[this.#file];
    describe('completeness', () => {
      for (const [block, outcome] of Object.entries(BLOCKS)) {
        const owed = operations.filter(
          (operation) =>
            !(outcome === 'refused' && operation in neverRefused) &&
            !(block === 'behaviour' && operation in onlyOnce),
        );
        // In an account, tests may have been skipped.
        test.skipIf(IS_REMOTE)(`${block}: every operation was ${outcome}`, () => {
          const missing = owed.filter((one) => !this.#seen.has(`${block} ${outcome} ${one}`));
          expect(missing).toEqual([]);
        });
      }
      test('no operation of another row was called', () => {
        const called = [...this.#seen].map((one) => one.split(' ').at(-1));
        const elsewhere = Object.values<Row>(CONFORMANCE).flatMap((row) => row.operations);
        expect(called.filter((one) => !elsewhere.includes(one!))).toEqual([]);
      });
    });
  }

  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const undo of this.#undo.reverse())
      await undo().catch((error: unknown) => {
        if (!isGone(error)) failures.push(error);
      });
    for (const client of this.#clients) client.destroy();
    await this.#region?.close();
    if (failures.length > 0) throw new AggregateError(failures, 'Cannot clean up');
  }
}

/** What a test deleted itself needs no undoing. */
function isGone(error: unknown): boolean {
  const { name } = error as Error;
  return /NotFound|DoesNotExist|InvalidDocument$/.test(name);
}

function existing(): Readonly<Record<ExistingName, string>> {
  const entries = Object.entries(EXISTING).map(([name, { simulated }]) => [
    name,
    IS_REMOTE ? (process.env[name] ?? '') : simulated,
  ]);
  return Object.fromEntries(entries);
}

/** Opens the stage of one test file, and closes it when the file is over. */
export async function openStage(file: ConformanceFile): Promise<Stage> {
  if (IS_REMOTE) return closing(new Stage(file));
  const region = createRegion({ fleet: conformanceFleet() });
  const { url } = await region.listen();
  return closing(new Stage(file, region, url));
}

function closing(stage: Stage): Stage {
  afterAll(() => stage.close());
  return stage;
}

/** What has commands to send: any client. */
interface Sender {
  send(command: never): Promise<unknown>;
}

/** An error that the SDK's client exports, or the name of one that its model lacks. */
type Expected = string | (abstract new (...args: never[]) => Error);

/** Sends the commands one after the other: each must be refused, and with this error. */
export async function refused(
  client: Sender,
  expected: Expected,
  ...commands: readonly { readonly input: unknown }[]
): Promise<Error> {
  let last: unknown;
  for (const command of commands) {
    last = await client.send(command as never).catch((error: unknown) => error);
    const what = `${command.constructor.name} ${JSON.stringify(command.input).slice(0, 300)}`;
    if (last instanceof Error && !('$metadata' in last)) throw last;
    if (!(last instanceof Error))
      throw new Error(`Expected a refusal of ${what}, but got ${JSON.stringify(last)}`);
    if (typeof expected === 'string') expect(last.name, what).toBe(expected);
    else expect(last, `${what}: ${last.message}`).toBeInstanceOf(expected);
  }
  return last as Error;
}

/** All pages of a list; fails when a page comes twice. */
export async function allPages<Page, Item>(
  ask: (token: string | undefined) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
  tokenOf: (page: Page) => string | undefined,
): Promise<{ readonly items: readonly Item[]; readonly pages: number }> {
  const items: Item[] = [];
  const tokens = new Set<string>();
  let token: string | undefined;
  let pages = 0;
  do {
    const page = await ask(token);
    items.push(...(itemsOf(page) ?? []));
    pages++;
    token = tokenOf(page);
    if (token !== undefined && tokens.has(token)) throw new Error('Got a page token twice');
    if (token !== undefined) tokens.add(token);
  } while (token !== undefined && token !== '');
  return { items, pages };
}
