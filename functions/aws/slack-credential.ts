// Reads a bot token or a webhook's URL from its SecureString, and keeps it in memory for a while.

import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { now } from './clock.ts';
import { config } from './config.ts';
import { FIRST, stopWhenOver } from './deadline.ts';

const ssm = new SSMClient({});
ssm.middlewareStack.add(stopWhenOver, FIRST);

export interface SlackCredential {
  readonly mode: 'bot' | 'webhook';
  readonly secret: string;
}

/** A rotated secret is used at the latest after so long. */
const KEPT_MILLISECONDS = 300_000;

const kept = new Map<string, { readonly credential: SlackCredential; readonly readAt: number }>();

/** Told by its form, so that there is one thing to configure and no way to mistake one for the other. */
function modeOf(secret: string): SlackCredential['mode'] | undefined {
  if (/^xoxb-\S+$/.test(secret)) return 'bot';
  return /^https:\/\/hooks\.slack(-gov)?\.com\/\S+$/.test(secret) ? 'webhook' : undefined;
}

/** @returns The credential, or the sentence that says what is wrong with its parameter; never part of the secret. */
export async function readSlackCredential(name: string): Promise<SlackCredential | string> {
  const known = kept.get(name);
  if (known && now() - known.readAt < KEPT_MILLISECONDS) return known.credential;
  const parameter = `${config('SLACK_PARAMETER_PREFIX')}/${name}`;
  try {
    const request = new GetParameterCommand({ Name: parameter, WithDecryption: true });
    const { Parameter } = await ssm.send(request);
    const secret = (Parameter?.Value ?? '').trim();
    const mode = modeOf(secret);
    if (Parameter?.Type !== 'SecureString') return `parameter ${parameter} is no SecureString`;
    if (mode === undefined) {
      return `parameter ${parameter} holds neither a bot token (xoxb-…) nor the URL of an incoming webhook`;
    }
    const credential = { mode, secret };
    kept.set(name, { credential, readAt: now() });
    return credential;
  } catch (error) {
    if (error instanceof ParameterNotFound) return `parameter ${parameter} does not exist`;
    throw error;
  }
}
