// Shows what Slack received during a rehearsal: the live message with its changes, and under it the details of its thread.

import type { Slack, SlackMessage } from '../simulator/slack/slack.ts';
import type { Line } from './styled-text.ts';
import { printable, wrap } from './text-width.ts';
import { clockText } from './time-text.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };
const INDENT = '  ';

/** As a reader sees it, whose time zone is UTC. */
function asShown(text: string): string {
  return text
    .replaceAll(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
    .replaceAll(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}

function messageLines(at: number, text: string, indent: string, width: number): Line[] {
  const prefix = `${indent}${clockText(at)} `;
  const lines = asShown(text)
    .split('\n')
    .flatMap((line) => wrap(printable(line), width - prefix.length));
  return lines.map((line, index): Line => [index === 0 ? prefix : ' '.repeat(prefix.length), line]);
}

function isTopmost({ threadTs }: SlackMessage): boolean {
  return threadTs === undefined;
}

/** @param width Columns; Infinity where nothing is cut. */
export function slackLines(slack: Slack, width: number): Line[] {
  const live = slack.messages.filter(isTopmost);
  const title: Line = [{ text: `Slack received ${slack.messages.length} messages`, style: 'bold' }];
  return [
    [],
    title,
    ...live.flatMap((message) => [
      // A message that is changed in place is shown as it was each time.
      ...message.versions.flatMap(({ at, text }) => messageLines(at, text, '', width)),
      ...slack
        .thread(message.ts)
        .flatMap(({ postedAt, text }) => messageLines(postedAt, text, INDENT, width)),
    ]),
  ];
}
