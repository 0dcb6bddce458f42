// Scenarios: hosts that cannot be given their own update settings back, and how people hear of it.

import { describe, expect, it } from 'vitest';
import type { FaultSpec } from '../../simulator/faults/faults.ts';
import { type Ended, idsOf, runRollout, smallFleet } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const fleet = smallFleet();
const [first = '', second = ''] = idsOf(fleet);
/** All hosts are prepared, and locked to the target; the first one drains. */
const PREPARED_SECONDS = 140;

/** Halts the rollout before the turn of the second. */
const falls: FaultSpec = { name: 'host-falls-back', subject: first };

function unreachable(untilSeconds?: number): FaultSpec {
  const span = { fromSeconds: PREPARED_SECONDS, ...(untilSeconds ? { untilSeconds } : {}) };
  return { name: 'ssm-delivery-lost', subject: second, ...span };
}

function lockOf({ region }: Ended, id: string): string | undefined {
  return region.hosts.get(id)?.bottlerocket?.settings.versionLock;
}

describe('a host that had no turn', () => {
  it('has its own settings again when the rollout ends', async () => {
    const ended = await runRollout({ faults: [falls] });
    expectEnd(ended, 'FailedClean', ['FellBack', 'NotStarted']);
    expect(lockOf(ended, second)).toBe('latest');
  });

  it('that does not answer: FailedDirty, by its ending and by its own reason', async () => {
    const ended = await runRollout({ faults: [falls, unreachable()] });
    expectEnd(ended, 'FailedDirty', ['FellBack', 'NotStarted']);
    expect(ended.reason).toContain(`update settings could not be put back on ${second}`);
    expect(ended.instances[second]?.reason).toContain('its update settings could not be put back');
    expect(lockOf(ended, second)).toBe('v1.65.0');
    expect(ended.world.map(({ status }) => status)).toEqual(['ACTIVE', 'ACTIVE']);
  });

  it('that answers again before it is given up: asked again, and clean', async () => {
    const ended = await runRollout({ faults: [falls, unreachable(450)] });
    expectEnd(ended, 'FailedClean', ['FellBack', 'NotStarted']);
    expect(lockOf(ended, second)).toBe('latest');
  });

  it('whose rollout dies while it is asked: the sweep goes on asking, and closes', async () => {
    const state = 'scenario/LetInstancesEnd';
    const aborted = { name: 'execution-aborted-in-state', subject: state, timesMax: 1 };
    const ended = await runRollout({ faults: [falls, unreachable(450), aborted] });
    expectEnd(ended, 'FailedClean', ['FellBack', 'NotStarted']);
    expect(ended.execution.status).toBe('ABORTED');
    expect(lockOf(ended, second)).toBe('latest');
  });

  it('the same for good: the sweep says so', async () => {
    const state = 'scenario/LetInstancesEnd';
    const aborted = { name: 'execution-aborted-in-state', subject: state, timesMax: 1 };
    const ended = await runRollout({ faults: [falls, unreachable(), aborted] });
    expectEnd(ended, 'FailedDirty', ['FellBack', 'NotStarted']);
    expect(ended.reason).toContain(`update settings could not be put back on ${second}`);
  });

  it('that is terminated meanwhile owes nothing', async () => {
    const gone = { name: 'instance-terminated', subject: second, fromSeconds: 200, timesMax: 1 };
    const ended = await runRollout({ faults: [falls, unreachable(), gone] });
    expectEnd(ended, 'FailedClean');
  });
});

describe('nothing may be sent when the rollout closes', () => {
  /** Downloaded, nothing begun: both are still to have their settings back. */
  async function abortedWhile(denied: FaultSpec): Promise<Ended> {
    return runRollout({
      faults: [denied],
      meanwhile: async ({ region, untilState, control }) => {
        await untilState('roll-out-cluster', 'RunWave');
        await control('pause');
        await region.advance(600);
        await control('abort');
      },
    });
  }
  const SEND = { name: 'api-access-denied', subject: 'ssm:SendCommand', fromSeconds: 300 };

  it('to any host: FailedDirty within minutes, both are named, and the cluster is free', async () => {
    const ended = await abortedWhile(SEND);
    expectEnd(ended, 'FailedDirty', ['NotStarted', 'NotStarted']);
    expect(ended.reason).toContain(`update settings could not be put back on ${first}, ${second}`);
    expect(ended.instances[first]?.reason).toContain('AccessDeniedException');
    expect(ended.leases).toEqual([]);
    const { openedAt = 0, closedAt = 0 } = ended.record.rollout ?? {};
    expect(closedAt - openedAt).toBeLessThan(30 * 60_000);
  });

  it('to one of them, whose tag is gone: the other has its own again', async () => {
    const ended = await abortedWhile({ ...SEND, parameters: { naming: second } });
    expectEnd(ended, 'FailedDirty', ['NotStarted', 'NotStarted']);
    expect(ended.reason).toContain(`update settings could not be put back on ${second}`);
    expect(lockOf(ended, first)).toBe('latest');
  });

  it('for some minutes: asked again, and clean', async () => {
    const ended = await abortedWhile({ ...SEND, untilSeconds: 900 });
    expectEnd(ended, 'Halted', ['NotStarted', 'NotStarted']);
    expect(lockOf(ended, second)).toBe('latest');
  });

  it('and nothing of what was sent may be read: the same end', async () => {
    const ended = await abortedWhile({ ...SEND, subject: 'ssm:List*' });
    expectEnd(ended, ['Halted', 'FailedDirty'], ['NotStarted', 'NotStarted']);
    expect(ended.leases).toEqual([]);
  });
});
