// Computes what bottlerocket-ecs-updater would have called for the same container instances.
//
// Source: bottlerocket-ecs-updater v0.2.3, updater/aws.go and updater/main.go. It polls every 15 seconds, works on one
// container instance at a time, and downloads the update while the instance is drained.

/** aws.go: the delay of its waiters. */
const POLL_SECONDS = 15;
/** From its verifying check until the answer: not in its code; the figure behind the well-known 28 calls. */
const VERIFY_SECONDS = 45;

export interface IncumbentWork {
  readonly drainSeconds: number;
  readonly prepareSeconds: number;
}

function polls(seconds: number): number {
  return Math.ceil(seconds / POLL_SECONDS);
}

/** Calls for one updated container instance on the good path; 28 for a drain and a download of a minute each. */
export function incumbentCalls({ drainSeconds, prepareSeconds }: IncumbentWork): number {
  const listTasks = 2;
  const describeTasks = 1 + 1 + polls(drainSeconds);
  const updateState = 2;
  const sendCommand = 4;
  const check = 3;
  const apply = 1 + polls(prepareSeconds);
  const verify = 2 + polls(VERIFY_SECONDS);
  const instanceStatus = 1;
  return (
    listTasks + describeTasks + updateState + sendCommand + check + apply + verify + instanceStatus
  );
}

/** The mean over all, or the well-known figure when nothing was updated. */
export function incumbentCallsPerInstance(work: readonly IncumbentWork[]): number {
  if (work.length === 0) return incumbentCalls({ drainSeconds: 60, prepareSeconds: 60 });
  return work.reduce((sum, one) => sum + incumbentCalls(one), 0) / work.length;
}
