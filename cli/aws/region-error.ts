// The one error for what a region refused or could not be asked, in one line for people.

export class RegionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RegionError';
  }
}

/** Where AWS is asked, as far as the environment says; the AWS SDK may know a region from its configuration file. */
export interface Place {
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
}

/** What to do about an error of AWS, by its name or its code; the first that matches. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/CredentialsProviderError/, 'give credentials, for example AWS_PROFILE or aws sso login'],
  [
    /ExpiredToken|UnrecognizedClient|InvalidSignature|InvalidClientTokenId|AuthFailure/,
    'get new credentials',
  ],
  [/AccessDenied|UnauthorizedOperation/, 'ask for that permission, or use another AWS_PROFILE'],
  [/^Region is missing/, 'set AWS_REGION'],
  [
    /ResourceNotFound|StateMachineDoesNotExist|ParameterNotFound/,
    'is the stack deployed there? Set AWS_REGION or deploy it',
  ],
  [
    /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|TimeoutError|ETIMEDOUT/,
    'check AWS_ENDPOINT_URL, AWS_REGION and the network',
  ],
  [/Throttl|TooManyRequests|RequestLimitExceeded/, 'try again in a minute'],
];

/** Node's errors have a code, and a connection refused by every address has only those of its parts. */
function codeOf(error: Error): string {
  const { code, errors = [] } = error as { code?: string; errors?: readonly { code?: string }[] };
  return code ?? errors[0]?.code ?? '';
}

/** The SDK names errors after the code; an error of no kind says more by its code, or by its message alone. */
function saidBy(error: Error): string {
  const code = codeOf(error);
  const name = error.name === 'Error' || error.name === 'AggregateError' ? code : error.name;
  const said = [name, error.message].filter((one) => one !== '');
  return [...new Set(said)].join(': ').replaceAll(/\s*\n\s*/g, ' ');
}

function placeText({ region, endpoint }: Place): string {
  return `in ${region ?? 'the configured region'}${endpoint === undefined ? '' : ` at ${endpoint}`}`;
}

/**
 * One line: what was asked, where, what AWS answered, what to do.
 *
 * @param what Completes "cannot …".
 */
export function explain(what: string, place: Place, error: unknown): string {
  const known = error instanceof Error ? error : new Error(String(error));
  const text = `${known.name} ${codeOf(known)} ${known.message}`;
  const advice = ADVICE.find(([pattern]) => pattern.test(text) || pattern.test(known.message))?.[1];
  const end = advice === undefined ? '' : `; ${advice}`;
  return `cannot ${what} ${placeText(place)}: ${saidBy(known)}${end}`;
}
