// What every state must have, and what it must not; a rule answers no message when all is well.

import { eachText, list, type Member } from './walk.ts';

export interface StateContext {
  readonly state: Member;
  readonly stateName: string;
  /** 0 for the machine's own states. */
  readonly depth: number;
  readonly endStates: readonly string[];
}

type Rule = (context: StateContext) => string[];

function found(wrong: boolean, message: string): string[] {
  return wrong ? [message] : [];
}

const PASCAL_CASE = /^([A-Z][a-z0-9]*)+$/;
const TOLERATED = /^ToleratedFailure/;
const INTEGRATION = /^arn:aws:states:::/;

const comment: Rule = ({ state }) => {
  const { Comment: text } = state;
  const missing = typeof text !== 'string' || text.trim() === '';
  return found(missing, 'The state needs a Comment that says why');
};

const name: Rule = ({ stateName }) =>
  found(!PASCAL_CASE.test(stateName), 'State names are PascalCase');

const taskTimeout: Rule = ({ state }) =>
  found(
    state.Type === 'Task' && state.TimeoutSeconds === undefined,
    'Every Task has TimeoutSeconds: without it AWS waits 99,999,999 seconds',
  );

const heartbeat: Rule = ({ state }) => {
  const { HeartbeatSeconds: beat, TimeoutSeconds: limit } = state;
  const wrong = typeof beat === 'number' && typeof limit === 'number' && beat >= limit;
  return found(wrong, 'HeartbeatSeconds must be smaller than TimeoutSeconds');
};

const choiceDefault: Rule = ({ state }) =>
  found(
    state.Type === 'Choice' && state.Default === undefined,
    'Every Choice has a Default: States.NoChoiceMatched is no way to end',
  );

const statesAll: Rule = ({ state }) => {
  const lists = { Retry: list(state.Retry), Catch: list(state.Catch) };
  return Object.entries(lists).flatMap(([field, entries]) =>
    entries.flatMap(({ ErrorEquals: names }, index) => {
      if (!Array.isArray(names) || !names.includes('States.ALL')) return [];
      const alone = names.length === 1;
      const last = index === entries.length - 1;
      return found(!alone || !last, `States.ALL stands alone and last in ${field}`);
    }),
  );
};

const jitter: Rule = ({ state }) =>
  list(state.Retry).flatMap(({ JitterStrategy: strategy }) =>
    found(
      strategy !== undefined && strategy !== 'FULL' && strategy !== 'NONE',
      `JitterStrategy is FULL or NONE, not ${String(strategy)}`,
    ),
  );

const toleratedFailure: Rule = ({ state }) => {
  const processor = state.ItemProcessor as Member | undefined;
  const { Mode: mode } = (processor?.ProcessorConfig ?? {}) as Member;
  const fields = Object.keys(state).filter((field) => TOLERATED.test(field));
  return mode === 'DISTRIBUTED'
    ? []
    : fields.map((field) => `${field} does nothing unless the Map is DISTRIBUTED`);
};

const literalArn: Rule = ({ state }) => {
  const { ItemProcessor, Branches, ...own } = state;
  return [...eachText(own)]
    .filter(({ text, place }) => /\barn:aws/.test(text) && !place.endsWith('/Comment'))
    .filter(({ text, place }) => place !== '/Resource' || !INTEGRATION.test(text))
    .map(({ place }) => `${place.slice(1)} holds a literal ARN: substitute it at deployment`);
};

const endState: Rule = ({ state, stateName, depth, endStates }) => {
  const ends = state.Type === 'Succeed' || state.Type === 'Fail' || state.End === true;
  // Inside a Map or a Parallel state a line ends without ending the execution.
  const wrong = ends && depth === 0 && !endStates.includes(stateName);
  return found(wrong, `An execution ends only in ${endStates.join(', ')}`);
};

export const STATE_RULES: Readonly<Record<string, Rule>> = {
  comment,
  name,
  'task-timeout': taskTimeout,
  heartbeat,
  'choice-default': choiceDefault,
  'states-all': statesAll,
  jitter,
  'tolerated-failure': toleratedFailure,
  'literal-arn': literalArn,
  'end-state': endState,
};
