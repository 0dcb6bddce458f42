// Judges the entries of one PutEvents call: the whole call refused, one entry refused, or taken.

import { AwsError, type JsonObject } from '../kernel/service.ts';
import { isObject } from './plain-object.ts';

/** One entry that EventBridge took. */
interface TakenEntry {
  readonly source: string;
  readonly detailType: string;
  readonly detail: JsonObject;
  readonly resources: readonly string[];
  readonly eventBusName: unknown;
  /** Epoch milliseconds of the member Time; now unless given. */
  readonly time: number | undefined;
}

export type JudgedEntry =
  | { readonly ok: true; readonly entry: TakenEntry }
  | { readonly ok: false; readonly errorCode: string; readonly errorMessage: string };

/** "The total entry size must be less than 1 MB" (API reference, PutEvents). */
const TOTAL_BYTES_MAX = 1_048_576;
const ENTRIES_MAX = 10;
const DETAIL_TYPE_CHARACTERS_MAX = 128;
/** "If the Time parameter is specified, it is measured as 14 bytes." */
const TIME_BYTES = 14;

function bytes(value: unknown): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : 0;
}

/**
 * Size of an entry as the user guide "Calculating Amazon EventBridge PutEvents event entry size"
 * counts it.
 */
function entryBytes(entry: JsonObject): number {
  const resources = Array.isArray(entry.Resources) ? entry.Resources : [];
  const named = bytes(entry.Source) + bytes(entry.DetailType) + bytes(entry.Detail);
  const time = entry.Time === undefined ? 0 : TIME_BYTES;
  return named + time + resources.reduce((sum: number, resource) => sum + bytes(resource), 0);
}

/** @throws {AwsError} For what refuses the whole call. */
export function readEntries(input: JsonObject): readonly JsonObject[] {
  const entries = Array.isArray(input.Entries) ? input.Entries.filter(isObject) : [];
  if (entries.length === 0 || entries.length > ENTRIES_MAX) {
    const limit =
      entries.length === 0 ? 'greater than or equal to 1' : `less than or equal to ${ENTRIES_MAX}`;
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '${JSON.stringify(input.Entries ?? null)}' at 'entries' ` +
        `failed to satisfy constraint: Member must have length ${limit}`,
    );
  }
  const total = entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
  if (total >= TOTAL_BYTES_MAX) {
    const message = 'Total size of the entries in the request is over the limit.';
    throw new AwsError('ValidationException', message);
  }
  return entries;
}

function invalidArgument(member: string, reason: string): JudgedEntry {
  const errorMessage = `Parameter ${member} is not valid. Reason: ${reason}`;
  return { ok: false, errorCode: 'InvalidArgument', errorMessage };
}

function parseDetail(text: string): JsonObject | undefined {
  try {
    const detail: unknown = JSON.parse(text);
    return isObject(detail) ? detail : undefined;
  } catch {
    return undefined;
  }
}

function timeOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value * 1000;
  return typeof value === 'string' ? Date.parse(value) : undefined;
}

/** Says what becomes of one entry of a call that is not refused as a whole. */
export function judgeEntry(entry: JsonObject): JudgedEntry {
  for (const member of ['Source', 'DetailType', 'Detail'])
    if (!entry[member]) return invalidArgument(member, `${member} is a required argument.`);
  const source = String(entry.Source);
  const detailType = String(entry.DetailType);
  if (source.startsWith('aws.')) {
    const errorMessage = 'Not authorized for the source.';
    return { ok: false, errorCode: 'NotAuthorizedForSourceException', errorMessage };
  }
  if (detailType.length > DETAIL_TYPE_CHARACTERS_MAX)
    return invalidArgument(
      'DetailType',
      `DetailType must be at most ${DETAIL_TYPE_CHARACTERS_MAX} characters long.`,
    );
  const detail = parseDetail(String(entry.Detail));
  if (!detail)
    return { ok: false, errorCode: 'MalformedDetail', errorMessage: 'Detail is malformed.' };
  const resources = Array.isArray(entry.Resources) ? entry.Resources.map(String) : [];
  const { EventBusName: eventBusName, Time } = entry;
  return {
    ok: true,
    entry: { source, detailType, detail, resources, eventBusName, time: timeOf(Time) },
  };
}
