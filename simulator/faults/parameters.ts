// What a parameter of a fault may be, in words for people and as a check for fault files.

/** A parameter that the model reads. */
export interface Parameter {
  readonly says: string;
  /** `json` is any JSON value: models get its text. */
  readonly accepts: 'number' | 'text' | 'json' | readonly string[];
  /** Of a number; 0 unless said. */
  readonly min?: number;
  /** What the model takes when the fault file does not say. */
  readonly unlessSaid?: number | string;
  readonly required?: true;
}

/** A number from `min` (0 unless said). */
export function number(says: string, unlessSaid?: number, min = 0): Parameter {
  return { says, accepts: 'number', min, ...(unlessSaid === undefined ? {} : { unlessSaid }) };
}

export function text(says: string, unlessSaid?: string): Parameter {
  return { says, accepts: 'text', ...(unlessSaid === undefined ? {} : { unlessSaid }) };
}

export function json(says: string): Parameter {
  return { says, accepts: 'json' };
}

export function required(parameter: Parameter): Parameter {
  return { ...parameter, required: true };
}

/** @param values The first is what the model takes unless the fault file says. */
export function oneOf(says: string, ...values: readonly string[]): Parameter {
  const [unlessSaid = ''] = values;
  return { says, accepts: values, unlessSaid };
}

/** As `oneOf()`, where saying nothing is none of the values. */
export function maybeOneOf(says: string, ...values: readonly string[]): Parameter {
  return { says, accepts: values };
}

function acceptedBy({ accepts, min = 0 }: Parameter): string {
  if (accepts === 'number') {
    return Number.isFinite(min) ? `a number from ${min}` : 'a number';
  }
  if (accepts === 'text') return 'text';
  if (accepts === 'json') return 'any JSON value';
  return accepts.map((value) => JSON.stringify(value)).join(' or ');
}

function isAccepted({ accepts, min = 0 }: Parameter, value: unknown): boolean {
  if (accepts === 'number') return typeof value === 'number' && value >= min;
  if (accepts === 'text') return typeof value === 'string';
  if (accepts === 'json') return true;
  return typeof value === 'string' && accepts.includes(value);
}

/** @returns What would be accepted, when `value` is not. */
export function refusal(parameter: Parameter, value: unknown): string | undefined {
  return isAccepted(parameter, value) ? undefined : `expected ${acceptedBy(parameter)}`;
}

/** Meaning, type and default in one line of Markdown. */
export function described(parameter: Parameter): string {
  const { says, accepts, unlessSaid, required: isRequired } = parameter;
  const type = typeof accepts === 'string' ? accepts : accepts.join(' or ');
  const fallback = unlessSaid === undefined ? '' : `; ${unlessSaid} unless said`;
  return `${says} (${type}${isRequired ? ', must be given' : fallback})`;
}
