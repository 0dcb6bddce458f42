// The quota that no execution may come near.

/** Step Functions, service quotas: "Maximum execution history size". */
export const HISTORY_EVENTS_MAX = 25_000;
