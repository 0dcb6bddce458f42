// Puts foreign text into Slack's mrkdwn so that it is shown and never obeyed, and blots out what looks like a secret.

/** Characters of one reason; the rest of it is in the record. */
const REASON_CHARACTERS_MAX = 400;
const NAME_CHARACTERS_MAX = 120;

/** What must never leave the account, whatever error message it got into. */
const SECRETS: readonly RegExp[] = [
  /xox[a-z]-[A-Za-z0-9-]+/g,
  /xapp-[A-Za-z0-9-]+/g,
  /https:\/\/hooks\.slack\.com\/\S+/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\beyJ[\w-]+\.[\w-]+\.[\w-]+/g,
  /\bBearer\s+\S+/gi,
  /\b(?:password|passwd|secret|token|api[_-]?key)["']?\s*[=:]\s*\S+/gi,
];

/** Line breaks and control characters; marks that are invisible or turn the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

function withoutSecrets(text: string): string {
  return SECRETS.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
}

function cut(text: string, charactersMax: number): string {
  const characters = [...text];
  return characters.length <= charactersMax
    ? text
    : `${characters.slice(0, charactersMax - 1).join('')}…`;
}

function plain(text: string, charactersMax: number): string {
  const flat = withoutSecrets(text).replaceAll(CONTROL, ' ').replaceAll(INVISIBLE, '').trim();
  return cut(flat, charactersMax);
}

/** The three characters that Slack reads as control (docs.slack.dev, "Formatting message text"): `<!channel>` pings. */
function escapeControl(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * A sentence as text of a mrkdwn object. Slack has no escape for `*`, `~`, the backtick and an underscore at the edge of
 * a word: they are shown by their look-alikes.
 */
export function sentence(text: string): string {
  return escapeControl(
    plain(text, REASON_CHARACTERS_MAX)
      .replaceAll('*', '∗')
      .replaceAll('~', '∼')
      .replaceAll('`', "'")
      .replaceAll(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, 'ˍ'),
  );
}

/** A name or id as code: nothing in it is formatting, and it can be copied as it is. */
export function code(name: string): string {
  return `\`${escapeControl(plain(name, NAME_CHARACTERS_MAX).replaceAll('`', "'")) || ' '}\``;
}

/** For fields that are plain text: there nothing is formatting, but control characters still are. */
export function plainName(name: string): string {
  return plain(name, NAME_CHARACTERS_MAX);
}

/** Text of a mrkdwn object, shortened where no escape or instant is cut in two. */
export function cutMrkdwn(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  return `${text.slice(0, charactersMax - 1).replace(/(?:&[a-z]*|<[^>]*|[\uD800-\uDBFF])$/, '')}…`;
}

/** An instant in the reader's own time zone, with UTC where Slack cannot show that. Epoch milliseconds. */
export function instant(at: number): string {
  const utc = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  return `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time}|${utc} UTC>`;
}

/** `45 minutes`, `2 hours 5 minutes`. */
export function minutes(seconds: number): string {
  const all = Math.max(1, Math.ceil(seconds / 60));
  const hours = Math.floor(all / 60);
  const rest = all % 60;
  const count = (number: number, unit: string) => `${number} ${unit}${number === 1 ? '' : 's'}`;
  if (hours === 0) return count(rest, 'minute');
  return rest === 0 ? count(hours, 'hour') : `${count(hours, 'hour')} ${count(rest, 'minute')}`;
}
