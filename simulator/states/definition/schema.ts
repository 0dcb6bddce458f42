// The part of the Amazon States Language that is interpreted: JSONata, and no field more.

import * as z from 'zod';

/** `{% … %}`, no white space around it (Developer Guide, "Transforming data with JSONata"). */
export const EXPRESSION = /^\{%([\s\S]*)%\}$/;

const expression = z.string().regex(EXPRESSION, 'Value must be a JSONata expression {% … %}');
const stateName = z.string().min(1).max(80);

/** "States.ALL must appear alone and in the last": checked in check.ts. */
const errorEquals = z.array(z.string().min(1)).min(1);

const variableName = z
  .string()
  .max(80)
  .regex(/^[\p{ID_Start}][\p{ID_Continue}]*$/u, 'Variable name is not valid')
  .refine((name) => name !== 'states', "Variable name 'states' is reserved");

const assign = z.record(variableName, z.unknown()).optional();
const output = z.unknown().optional();

/** 99,999,999 is the largest number of seconds AWS takes. */
const seconds = z.int().min(0).max(99_999_999);
const positiveSeconds = z.int().min(1).max(99_999_999);

const retrier = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals: errorEquals,
  IntervalSeconds: positiveSeconds.optional(),
  MaxAttempts: z.int().min(0).max(99_999_999).optional(),
  BackoffRate: z.number().min(1).optional(),
  MaxDelaySeconds: z.int().min(1).max(31_622_400).optional(),
  JitterStrategy: z.enum(['FULL', 'NONE']).optional(),
});

const catcher = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals: errorEquals,
  Next: stateName,
  Output: output,
  Assign: assign,
});

const choiceRule = z.strictObject({
  Comment: z.string().optional(),
  Condition: z.union([expression, z.boolean()]),
  Next: stateName,
  Output: output,
  Assign: assign,
});

const described = {
  Comment: z.string().optional(),
  QueryLanguage: z.literal('JSONata').optional(),
};
const flowing = { Next: stateName.optional(), End: z.boolean().optional() };
const recovering = { Retry: z.array(retrier).optional(), Catch: z.array(catcher).optional() };

const pass = z.strictObject({
  Type: z.literal('Pass'),
  ...described,
  ...flowing,
  Output: output,
  Assign: assign,
});

const task = z.strictObject({
  Type: z.literal('Task'),
  ...described,
  ...flowing,
  ...recovering,
  Resource: z.string(),
  Arguments: z.unknown().optional(),
  TimeoutSeconds: z.union([positiveSeconds, expression]).optional(),
  HeartbeatSeconds: z.union([positiveSeconds, expression]).optional(),
  Output: output,
  Assign: assign,
});

const choice = z.strictObject({
  Type: z.literal('Choice'),
  ...described,
  Choices: z.array(choiceRule).min(1),
  Default: stateName.optional(),
  Output: output,
  Assign: assign,
});

const wait = z.strictObject({
  Type: z.literal('Wait'),
  ...described,
  ...flowing,
  Seconds: z.union([seconds, expression]).optional(),
  Timestamp: z.string().optional(),
  Output: output,
  Assign: assign,
});

const succeed = z.strictObject({ Type: z.literal('Succeed'), ...described, Output: output });

const fail = z.strictObject({
  Type: z.literal('Fail'),
  ...described,
  Error: z.string().optional(),
  Cause: z.string().optional(),
});

export type Retrier = z.infer<typeof retrier>;
export type Catcher = z.infer<typeof catcher>;
export type PassState = z.infer<typeof pass>;
export type TaskState = z.infer<typeof task>;
export type ChoiceState = z.infer<typeof choice>;
export type WaitState = z.infer<typeof wait>;
export type SucceedState = z.infer<typeof succeed>;
export type FailState = z.infer<typeof fail>;

/** What a machine, an iteration and a branch have in common. */
export interface Flow {
  StartAt: string;
  States: Record<string, State>;
}

export interface MapState {
  Type: 'Map';
  Comment?: string | undefined;
  QueryLanguage?: 'JSONata' | undefined;
  Next?: string | undefined;
  End?: boolean | undefined;
  Retry?: Retrier[] | undefined;
  Catch?: Catcher[] | undefined;
  Items?: unknown;
  ItemSelector?: unknown;
  MaxConcurrency?: number | string | undefined;
  ItemProcessor: Flow & { ProcessorConfig?: { Mode: 'INLINE' } | undefined };
  Output?: unknown;
  Assign?: Record<string, unknown> | undefined;
}

export interface ParallelState {
  Type: 'Parallel';
  Comment?: string | undefined;
  QueryLanguage?: 'JSONata' | undefined;
  Next?: string | undefined;
  End?: boolean | undefined;
  Retry?: Retrier[] | undefined;
  Catch?: Catcher[] | undefined;
  Arguments?: unknown;
  Branches: Flow[];
  Output?: unknown;
  Assign?: Record<string, unknown> | undefined;
}

export type State =
  | PassState
  | TaskState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | MapState
  | ParallelState;

export interface Machine extends Flow {
  Comment?: string | undefined;
  QueryLanguage: 'JSONata';
  Version?: '1.0' | undefined;
  TimeoutSeconds?: number | undefined;
}

const states: z.ZodType<Record<string, State>> = z.lazy(() =>
  z
    .record(stateName, state)
    .refine((all) => Object.keys(all).length > 0, { message: 'Value cannot be empty' }),
);

const map = z.strictObject({
  Type: z.literal('Map'),
  ...described,
  ...flowing,
  ...recovering,
  Items: z.union([expression, z.array(z.unknown())]).optional(),
  ItemSelector: z.unknown().optional(),
  MaxConcurrency: z.union([z.int().min(0), expression]).optional(),
  ItemProcessor: z.strictObject({
    Comment: z.string().optional(),
    // Distributed Map makes child executions; no machine here needs it, so it is refused.
    ProcessorConfig: z.strictObject({ Mode: z.literal('INLINE') }).optional(),
    StartAt: stateName,
    States: states,
  }),
  Output: output,
  Assign: assign,
});

const parallel = z.strictObject({
  Type: z.literal('Parallel'),
  ...described,
  ...flowing,
  ...recovering,
  Arguments: z.unknown().optional(),
  Branches: z
    .array(z.strictObject({ Comment: z.string().optional(), StartAt: stateName, States: states }))
    .min(1),
  Output: output,
  Assign: assign,
});

const state = z.discriminatedUnion('Type', [
  task,
  wait,
  pass,
  succeed,
  fail,
  choice,
  parallel,
  map,
]);

export const machineSchema: z.ZodType<Machine> = z.strictObject({
  Comment: z.string().optional(),
  QueryLanguage: z.literal('JSONata'),
  Version: z.literal('1.0').optional(),
  TimeoutSeconds: positiveSeconds.optional(),
  StartAt: stateName,
  States: states,
});
