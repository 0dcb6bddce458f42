// Decides as IAM does whether identity policies allow a request: wildcards, and the conditions that our roles use.

/** One question to IAM. An API call may be several: one for each resource it touches. */
export interface IamRequest {
  /** Such as `ecs:DescribeTasks`. */
  readonly action: string;
  /** An ARN; `*` where the service knows no resource for the action. */
  readonly resource: string;
  /** Condition keys with their values; one that is not there matches nothing. */
  readonly context: Readonly<Record<string, string>>;
}

/** With every intrinsic function resolved. */
export interface PolicyStatement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

/** `*` is any text, `?` any one character; IAM knows no other wildcard. */
function matches(pattern: string, text: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text);
}

const OPERATORS: Readonly<Record<string, (wanted: string, found: string) => boolean>> = {
  StringEquals: (wanted, found) => wanted === found,
  StringLike: matches,
  // Both take wildcards, segment by segment (IAM user guide, "ARN condition operators").
  ArnEquals: matches,
  ArnLike: matches,
};

function holds(statement: PolicyStatement, context: IamRequest['context']): boolean {
  return Object.entries(statement.Condition ?? {}).every(([name, keys]) => {
    const operator = OPERATORS[name];
    if (!operator) throw new Error(`Not modelled: condition operator ${name}`);
    return Object.entries(keys).every(([key, wanted]) => {
      const found = context[key];
      return found !== undefined && [wanted].flat().some((one) => operator(one, found));
    });
  });
}

export function isAllowed(statements: readonly PolicyStatement[], request: IamRequest): boolean {
  return statements.some((statement) => {
    if (statement.Effect !== 'Allow') throw new Error(`Not modelled: Effect ${statement.Effect}`);
    const { action, resource, context } = request;
    return (
      // Actions are not case-sensitive.
      statement.Action.some((one) => matches(one.toLowerCase(), action.toLowerCase())) &&
      statement.Resource.some((one) => matches(one, resource)) &&
      holds(statement, context)
    );
  });
}
