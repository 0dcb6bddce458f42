// Names by which a fault file brings about trouble with Slack (F64).

import type { Injector } from './catalogue.ts';
import { number, text } from './parameters.ts';

const SUBJECT = 'chat.postMessage, chat.update, or webhook';

export const SLACK_INJECTORS: readonly Injector[] = [
  { name: 'outside-unreachable', subject: 'host name' },
  { name: 'slack-down', subject: SUBJECT },
  {
    name: 'slack-slow',
    subject: SUBJECT,
    parameters: { seconds: number('until it answers', 30) },
  },
  {
    name: 'slack-rate-limited',
    subject: SUBJECT,
    parameters: { retryAfterSeconds: number('what Retry-After says', 30) },
  },
  {
    name: 'slack-refuses',
    subject: SUBJECT,
    parameters: { error: text('such as not_in_channel', 'internal_error') },
  },
  { name: 'slack-answer-lost', subject: SUBJECT },
];
