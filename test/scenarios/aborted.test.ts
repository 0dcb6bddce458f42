// Scenarios: executions are stopped by hand, or run out of time, in every state; the sweep brings everything home.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { idsOf, runRollout, smallFleet } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const [first = ''] = idsOf(smallFleet());
const CLEAN = ['Succeeded', 'Halted', 'FailedClean'];

/** States in which something of the product runs or waits; the others pass in no time. */
function statesOf(machine: string): string[] {
  const file = new URL(`../../state-machines/${machine}.asl.json`, import.meta.url);
  const { States } = JSON.parse(readFileSync(file, 'utf8')) as {
    States: Record<string, { Type: string }>;
  };
  return Object.entries(States).flatMap(([name, { Type }]) =>
    Type === 'Task' || Type === 'Wait' ? [name] : [],
  );
}

/** What a good rollout never enters; each has a fault that leads there. */
const UNDONE = { name: 'ecs-agent-fails', subject: first, timesMax: 1 };
const BY_FAULT: Readonly<Record<string, typeof UNDONE>> = {
  UndoContainerInstance: UNDONE,
  LetUndoWork: UNDONE,
};
const BY_POLICY: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  AwaitApproval: { approval: { required: true, timeoutSeconds: 600 } },
};

describe.each([
  ['roll-out-cluster', 'scenario'],
  ['run-wave', 'scenario.wave-1'],
  ['update-container-instance', `scenario.${first}.1`],
])('%s', (machine, name) => {
  // At once, or while it waits: every second state the one, every other the other.
  const cases = statesOf(machine).map((state, index) => [state, index % 2 === 0 ? 0 : 3] as const);
  it.each(cases)('aborted in %s, %i seconds in', async (state, afterSeconds) => {
    const aborted = {
      name: 'execution-aborted-in-state',
      subject: `${name}/${state}`,
      timesMax: 1,
      parameters: { afterSeconds },
    };
    const fault = BY_FAULT[state];
    const ended = await runRollout({
      faults: [aborted, ...(fault ? [fault] : [])],
      policy: BY_POLICY[state] ?? {},
    });
    expectEnd(ended, [...CLEAN, 'not closed']);
    expect(ended.watched.held).toEqual(new Set());
  });

  it('runs out of time while an instance drains', async () => {
    const timed = { name: 'execution-times-out', subject: name, fromSeconds: 66, timesMax: 1 };
    const ended = await runRollout({ faults: [timed] });
    expectEnd(ended, CLEAN);
    // Nobody wished it: what has failed is not called halted.
    expect(ended.recordedEnding).not.toBe('Halted');
  });
});

it('all executions are stopped at once, and no event tells of it', async () => {
  for (const fromSeconds of [60, 140, 270, 350]) {
    const faults = [
      { name: 'execution-aborted', fromSeconds, untilSeconds: fromSeconds + 5 },
      { name: 'event-lost' },
    ];
    expectEnd(await runRollout({ faults }), CLEAN);
  }
});

it('an execution that cannot be described yet, right after its start, is not taken for dead', async () => {
  const stale = { name: 'execution-description-stale', parameters: { staleSeconds: 120 } };
  const ended = await runRollout({ faults: [stale] });
  expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
});

it('an execution that somebody stops has halted, and its record says so', async () => {
  const subject = 'scenario';
  const stopped = { name: 'execution-aborted', subject, fromSeconds: 60, timesMax: 1 };
  const ended = await runRollout({ faults: [stopped] });
  expectEnd(ended, 'Halted');
  expect(ended.reason).toContain(
    'its execution ended ABORTED and did not close it; closed by the sweep',
  );
});
