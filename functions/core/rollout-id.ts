// Derives a rollout's id from its execution's name, short enough to name executions after rollout and instance.

/** Execution names have at most 80 characters; ours add an instance id, an attempt and dots (26). */
const ROLLOUT_ID_CHARACTERS_MAX = 50;

/** FNV-1a over the whole name, so that two names that are cut or cleaned to the same text stay apart. */
function shortHash(text: string): string {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return (value >>> 0).toString(16).padStart(8, '0');
}

export function rolloutIdOf(executionName: string): string {
  const safe = executionName.replace(/[^A-Za-z0-9_-]/g, '-');
  if (safe === executionName && safe.length <= ROLLOUT_ID_CHARACTERS_MAX) return safe;
  const hash = shortHash(executionName);
  return `${safe.slice(0, ROLLOUT_ID_CHARACTERS_MAX - hash.length - 1)}-${hash}`;
}

/** Name of the execution that updates one container instance: starting it twice is starting it once. */
export function updateExecutionName(
  rolloutId: string,
  ec2InstanceId: string,
  attempt: number,
): string {
  return `${rolloutId}.${ec2InstanceId}.${attempt}`;
}
