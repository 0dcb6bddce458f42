// Checks one message against what Slack accepts: text, blocks, their number and their sizes.
//
// Source: docs.slack.dev reference "Block Kit" (header, section, context) and "chat.postMessage".

import type { JsonObject } from '../kernel/service.ts';

/** A message as it came in; `blocks` is parsed JSON. */
export interface SentMessage {
  readonly text: string;
  readonly blocks: readonly JsonObject[];
}

/** What Slack answers in `error`, and in `response_metadata.messages`. */
export interface Refusal {
  readonly error: string;
  readonly messages: readonly string[];
}

/** "Slack will truncate messages containing more than 40,000 characters": here it is refused, so that nothing is lost. */
const TEXT_CHARACTERS_MAX = 40_000;
const BLOCKS_MAX = 50;
const SECTION_CHARACTERS_MAX = 3000;
const HEADER_CHARACTERS_MAX = 150;
const FIELDS_MAX = 10;
const FIELD_CHARACTERS_MAX = 2000;
const CONTEXT_ELEMENTS_MAX = 10;
/** No document says so; measured by users (slackapi/bolt-js issue 2509): from 13,172 on, all blocks together. */
const ALL_BLOCKS_CHARACTERS_MAX = 13_000;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textProblems(value: unknown, where: string, max: number, types: readonly string[]) {
  if (!isObject(value) || typeof value.text !== 'string') return [`missing text object [${where}]`];
  return [
    ...(types.includes(String(value.type)) ? [] : [`unsupported type: ${value.type} [${where}]`]),
    ...(value.text.length < 1 ? [`must be more than 0 characters [${where}/text]`] : []),
    ...(value.text.length > max ? [`must be less than ${max + 1} characters [${where}/text]`] : []),
  ];
}

const ANY_TEXT = ['mrkdwn', 'plain_text'];

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function listProblems(value: unknown, where: string, most: number, each: number): string[] {
  const items = listOf(value);
  return [
    ...(items.length < 1 ? [`no fewer than 1 items [${where}]`] : []),
    ...(items.length > most ? [`no more than ${most} items allowed [${where}]`] : []),
    ...items.flatMap((item, at) => textProblems(item, `${where}/${at}`, each, ANY_TEXT)),
  ];
}

function blockProblems(block: JsonObject, at: number): string[] {
  const where = `/blocks/${at}`;
  switch (block.type) {
    case 'divider':
      return [];
    case 'header':
      return textProblems(block.text, `${where}/text`, HEADER_CHARACTERS_MAX, ['plain_text']);
    case 'context':
      return listProblems(
        block.elements,
        `${where}/elements`,
        CONTEXT_ELEMENTS_MAX,
        FIELD_CHARACTERS_MAX,
      );
    case 'section':
      return [
        ...(block.fields === undefined || block.text !== undefined
          ? textProblems(block.text, `${where}/text`, SECTION_CHARACTERS_MAX, ANY_TEXT)
          : []),
        ...(block.fields === undefined
          ? []
          : listProblems(block.fields, `${where}/fields`, FIELDS_MAX, FIELD_CHARACTERS_MAX)),
      ];
    default:
      return [`unsupported type: ${String(block.type)} [${where}/type]`];
  }
}

/** @returns What is wrong with the message, or undefined when Slack would take it. */
export function refusalOf({ text, blocks }: SentMessage): Refusal | undefined {
  if (text === '' && blocks.length === 0) return { error: 'no_text', messages: [] };
  if (text.length > TEXT_CHARACTERS_MAX) return { error: 'msg_too_long', messages: [] };
  const problems = [
    ...(blocks.length > BLOCKS_MAX ? [`no more than ${BLOCKS_MAX} items allowed [/blocks]`] : []),
    ...blocks.flatMap(blockProblems),
  ];
  if (problems.length > 0) {
    return { error: 'invalid_blocks', messages: problems.map((one) => `[ERROR] ${one}`) };
  }
  return JSON.stringify(blocks).length > ALL_BLOCKS_CHARACTERS_MAX
    ? { error: 'msg_blocks_too_long', messages: [] }
    : undefined;
}
