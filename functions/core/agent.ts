// Judges whether an ECS agent stayed connected between two looks.

export type AgentVerdict =
  | { readonly kind: 'settled' }
  | { readonly kind: 'unsettled'; readonly reason: string };

/**
 * ECS counts every change of a container instance in its `version`, connects and disconnects included. The same number
 * at two looks therefore proves more than two good samples: nothing happened in between. The first look may be the
 * number that an event carried; the second is always a reading of the world.
 */
export function judgeAgent(
  seen: { readonly agentConnected: boolean; readonly version: number },
  versionBefore: number | undefined,
): AgentVerdict {
  if (!seen.agentConnected)
    return { kind: 'unsettled', reason: 'its ECS agent disconnected again' };
  if (versionBefore !== seen.version) {
    return {
      kind: 'unsettled',
      reason: 'it changed since the last look, so its ECS agent may have flapped',
    };
  }
  return { kind: 'settled' };
}
