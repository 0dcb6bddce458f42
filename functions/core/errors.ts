// Every error name that a state machine routes on, and nothing else; all else that may happen is a verdict.

/**
 * The names as `ErrorEquals` knows them. Lambda reports `error.name` as the error, so each class sets it as a
 * literal: a minifier must not be able to rename it.
 */
export const ROUTED_ERRORS = [
  'BadInput',
  'LeaseLost',
  'DrainBlocked',
  'DrainTimedOut',
  'RebootTimedOut',
  'WrongVersion',
  'FellBack',
  'RebootedBefore',
  'VerifyTimedOut',
  'PostureFailed',
  'AgentUnsettled',
  'ConfirmTimedOut',
  'InstanceGone',
  'AnotherActor',
] as const;

export type RoutedErrorName = (typeof ROUTED_ERRORS)[number];

/** The input, policy or configuration is not acceptable; nothing was touched. */
export class BadInputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadInput';
  }
}

/** Another rollout holds the cluster's lease, or it was taken over: this worker must not act any more. */
export class LeaseLostError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LeaseLost';
  }
}

/** The container instance no longer exists, or no longer belongs to the cluster. */
export class InstanceGoneError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InstanceGone';
  }
}

/** Somebody else changed the state of a container instance that we hold: leave it alone. */
export class AnotherActorError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AnotherActor';
  }
}

/** The drain cannot be begun or cannot end; the message says what holds it. */
export class DrainBlockedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DrainBlocked';
  }
}

/** The ECS agent was connected at the first look and is not at the second: verify once more. */
export class AgentUnsettledError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AgentUnsettled';
  }
}
