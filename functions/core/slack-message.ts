// Makes messages out of lines, within Slack's limits: the one live message of a rollout, and the details in its thread.

import type { Control } from './dispatch.ts';
import { isoInstant } from './instant.ts';
import type { Ending, Outcome } from './model.ts';
import { countsText, ENDING_EMOJI } from './slack-lines.ts';
import { code, cutMrkdwn, instant, plainName, sentence } from './slack-text.ts';

type Text =
  | { readonly type: 'mrkdwn'; readonly text: string; readonly verbatim: true }
  | { readonly type: 'plain_text'; readonly text: string; readonly emoji: boolean };

export type Block =
  | { readonly type: 'header'; readonly text: Text }
  | { readonly type: 'section'; readonly text: Text }
  | { readonly type: 'context'; readonly elements: readonly Text[] };

export interface SlackMessage {
  /** What notifications and screen readers show. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** A section takes 3,000 characters (docs.slack.dev, Block Kit reference), counted as they are sent. */
const SECTION_CHARACTERS_MAX = 2900;
/** All blocks of a message together fail from about 13,000 on (slackapi/bolt-js issue 2509). */
const SECTIONS_MAX = 3;
const HEADER_CHARACTERS_MAX = 150;

/** `verbatim`: Slack must not make links and mentions of its own out of what it finds. */
function mrkdwn(text: string): Text {
  return { type: 'mrkdwn', text, verbatim: true };
}

/** A notification shows no formatting. */
function withoutFormatting(text: string): string {
  return text.replaceAll(/:[a-z_]+: /g, '').replaceAll(/[*`]/g, '');
}

export interface Details {
  readonly message: SlackMessage;
  /** How many of the lines are in it; the others belong into the next. */
  readonly lines: number;
}

/** As many lines, from the first on, as one message takes; one always. A line is at most 2,900 characters here. */
export function detailsMessage(lines: readonly string[], heading?: string): Details {
  const sections: string[] = heading === undefined ? [] : [heading];
  let taken = 0;
  for (const whole of lines) {
    const line = cutMrkdwn(whole, SECTION_CHARACTERS_MAX);
    const last = sections.at(-1);
    if (last !== undefined && last.length + 1 + line.length <= SECTION_CHARACTERS_MAX) {
      sections[sections.length - 1] = `${last}\n${line}`;
    } else if (sections.length < SECTIONS_MAX) {
      sections.push(line);
    } else {
      break;
    }
    taken++;
  }
  const blocks = sections.map((text): Block => ({ type: 'section', text: mrkdwn(text) }));
  return { message: { text: withoutFormatting(sections.join('\n')), blocks }, lines: taken };
}

/** What the live message shows. Instants are epoch milliseconds. */
export interface LiveFacts {
  readonly rolloutId: string;
  readonly clusterName: string;
  readonly startedBy: string;
  readonly openedAt: number;
  readonly targets?: Readonly<Record<string, string>> | undefined;
  readonly expectedEndAt?: number | undefined;
  readonly waves: readonly {
    readonly wave: number;
    readonly kind: string;
    readonly size: number;
    readonly startedAt?: number | undefined;
    readonly endedAt?: number | undefined;
    readonly baking: boolean;
    /** Why its gates are closed. */
    readonly gateClosed?: string | undefined;
  }[];
  /** Chosen container instances that have not been started, that are open, and that failed. */
  readonly waiting: number;
  readonly open: number;
  readonly failed: number;
  readonly control: Control;
  readonly ending?: Ending | undefined;
  readonly reason?: string | undefined;
  readonly counts?: Readonly<Partial<Record<Outcome, number>>> | undefined;
  readonly closedAt?: number | undefined;
}

function waveState({ control, waves, targets }: LiveFacts): string {
  if (control.abort)
    return `:octagonal_sign: aborted by ${sentence(control.abort.by)}, ending what is open`;
  if (control.pause) return `:double_vertical_bar: paused by ${sentence(control.pause.by)}`;
  const current = waves.filter((one) => one.startedAt !== undefined).at(-1);
  if (!current)
    return targets ? ':clipboard: planned, preparing the hosts' : ':flashlight: asking the hosts';
  const name =
    current.kind === 'rollback' ? 'the way back' : `wave ${current.wave} of ${waves.length}`;
  if (current.gateClosed !== undefined) {
    return `:vertical_traffic_light: ${name}, gate closed: ${sentence(current.gateClosed)}`;
  }
  if (current.endedAt !== undefined) return `:heavy_check_mark: ${name} ended`;
  return current.baking ? `:eyes: ${name}, being watched` : `:arrow_forward: ${name}`;
}

const BAR_CHARACTERS = 20;

function progress({ waves, waiting, open, failed }: LiveFacts): string {
  const chosen = waves.reduce((sum, wave) => sum + wave.size, 0);
  // Nothing waits for its turn until it is prepared.
  if (chosen === 0 || waves.every((one) => one.startedAt === undefined)) return '';
  const over = Math.max(0, chosen - waiting - open);
  const filled = Math.floor((over / chosen) * BAR_CHARACTERS);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_CHARACTERS - filled);
  const failures = failed > 0 ? `, *${failed} failed*` : '';
  return `\n${bar} ${over} of ${chosen} over, ${open} under way, ${waiting} waiting${failures}`;
}

function state(facts: LiveFacts): string {
  const { ending, reason = '', counts = {} } = facts;
  if (ending === undefined) return waveState(facts) + progress(facts);
  return `${ENDING_EMOJI[ending]} *${ending}*: ${countsText(counts)}\n${sentence(reason)}`;
}

function when({ openedAt, closedAt, expectedEndAt, startedBy, rolloutId }: LiveFacts): string {
  const end =
    closedAt !== undefined
      ? `ended ${instant(closedAt)}`
      : expectedEndAt !== undefined
        ? `expected to end ${instant(expectedEndAt)}`
        : 'not planned yet';
  return `Started by ${sentence(startedBy)} ${instant(openedAt)}, ${end} · rollout ${code(rolloutId)}`;
}

/** Images a header or a section can name; a fleet has a handful. */
const IMAGES_MAX = 10;

/** The one message of a rollout that is kept up to date; the same facts make the same message. */
export function liveMessage(facts: LiveFacts): SlackMessage {
  const targets = Object.entries(facts.targets ?? {}).slice(0, IMAGES_MAX);
  const title = plainName(`${facts.clusterName}: Bottlerocket update`);
  const what = targets.map(([image, version]) => `${code(image)} to *${sentence(version)}*`);
  const body = [...(what.length > 0 ? [what.join(', ')] : []), state(facts)].join('\n');
  const section = cutMrkdwn(body, SECTION_CHARACTERS_MAX);
  const by = facts.ending === undefined ? '' : ` at ${isoInstant(facts.closedAt ?? 0)}`;
  return {
    text: `${sentence(title)}: ${withoutFormatting(state(facts)).replaceAll(/\n[█░ ]*/g, '; ')}${by}`,
    blocks: [
      {
        type: 'header',
        text: { type: 'plain_text', text: title.slice(0, HEADER_CHARACTERS_MAX), emoji: false },
      },
      { type: 'section', text: mrkdwn(section) },
      { type: 'context', elements: [mrkdwn(when(facts))] },
    ],
  };
}
