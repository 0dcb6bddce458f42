// Decides which task a token belongs to and what an answer to it gets back.

import { createHash } from 'node:crypto';
import type { RandomStream } from '../kernel/random.ts';
import { AwsError } from '../kernel/service.ts';

/** A task that waits for its token. */
export interface WaitingTask {
  succeed(output: string): void;
  fail(error: string | undefined, cause: string | undefined): void;
  heartbeat(): void;
}

/** Every token of Step Functions begins so: a ciphertext of the service's own key. */
const PREFIX = Buffer.from('AQCEAAAAKgAAAAMAAAAAAAAA', 'base64');
const NONCE_BYTES = 16;
const MARK_BYTES = 32;
/** Real tokens are some 600 to 900 characters long (the API allows 2,048). */
const PADDING_BYTES = 448;

export class TaskTokens {
  readonly #random: RandomStream;
  readonly #secret: string;
  readonly #waiting = new Map<string, WaitingTask>();

  constructor(random: RandomStream) {
    this.#random = random;
    this.#secret = random.hex(32);
  }

  /** Makes a token for a task that will wait. */
  issue(): string {
    const nonce = Buffer.from(this.#random.hex(NONCE_BYTES * 2), 'hex');
    return Buffer.concat([PREFIX, nonce, this.#mark(nonce)]).toString('base64');
  }

  open(token: string, task: WaitingTask): void {
    this.#waiting.set(token, task);
  }

  close(token: string): void {
    this.#waiting.delete(token);
  }

  /**
   * The task that waits for this token.
   *
   * @throws {AwsError} InvalidToken for what is no token at all; TaskTimedOut for one whose task
   *   has ended: answered, timed out, retried, or its execution closed (Developer Guide,
   *   "Wait for a Callback with Task Token").
   */
  find(token: string): WaitingTask {
    const task = this.#waiting.get(token);
    if (task) return task;
    const bytes = Buffer.from(token, 'base64');
    const nonce = bytes.subarray(PREFIX.length, PREFIX.length + NONCE_BYTES);
    const mark = bytes.subarray(PREFIX.length + NONCE_BYTES);
    const looksLikeToken = bytes.subarray(0, PREFIX.length).equals(PREFIX);
    if (!looksLikeToken) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
    if (!mark.equals(this.#mark(nonce))) {
      throw new AwsError('TaskDoesNotExist', "Task Does Not Exist: 'Task does not exist'");
    }
    throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
  }

  #mark(nonce: Buffer): Buffer {
    const first = createHash('sha256').update(this.#secret).update(nonce).digest();
    const blocks = [first];
    while (blocks.length * MARK_BYTES < PADDING_BYTES) {
      blocks.push(createHash('sha256').update(blocks.at(-1)!).digest());
    }
    return Buffer.concat(blocks);
  }
}
