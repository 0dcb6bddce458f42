// Says in plain words where a rollout and the update of a container instance stand, from their states' names.

import type { Step } from '../functions/aws/instance-record.ts';

/** States of update-container-instance; those that are not here last no time. */
const STEPS: Readonly<Record<string, string>> = {
  DrainContainerInstance: 'draining',
  RebootIntoUpdate: 'rebooting',
  VerifyContainerInstance: 'verifying, waits for its ECS agent',
  LetAgentSettle: 'verifying, its ECS agent settles',
  ReturnToService: 'returning to service',
  ConfirmContainerInstance: 'in service, waits for its daemons',
  UndoContainerInstance: 'undoing',
  LetUndoWork: 'undoing',
};

/** States of roll-out-cluster that take time. */
const PHASES: Readonly<Record<string, string>> = {
  OpenRollout: 'opening',
  DiscoverContainerInstances: 'taking stock',
  CheckUpdates: 'asking hosts for their updates',
  PlanWaves: 'planning',
  AwaitApproval: 'waiting for approval',
  PrepareUpdates: 'downloading the update, everything serves',
  RunWave: 'rolling out',
  PlanRollback: 'planning the way back',
  CloseRollout: 'closing',
  LetInstancesEnd: 'closing, waits for what is under way',
};

/** Steps of the record: what was meant to be done last. */
const STEP_WORDS: Readonly<Record<Step, string>> = {
  Planned: 'planned',
  Prepared: 'prepared',
  Started: 'starting',
  Draining: 'draining',
  Rebooting: 'rebooting',
  Verifying: 'verifying',
  Returning: 'returning to service',
  Returned: 'in service, waits for its daemons',
  Undoing: 'undoing',
  Over: 'over',
};

export function stepWords(step: Step): string {
  return STEP_WORDS[step];
}

/** Undefined for a state that only decides. */
export function stepOf(stateName: string): string | undefined {
  return STEPS[stateName];
}

/** Undefined for a state that only decides. */
export function phaseOf(stateName: string): string | undefined {
  return PHASES[stateName];
}

/** `draining, 3 tasks left`. */
export function drainingText(tasks: number): string {
  if (tasks === 0) return 'draining, no tasks left';
  return `draining, ${tasks} ${tasks === 1 ? 'task' : 'tasks'} left`;
}
