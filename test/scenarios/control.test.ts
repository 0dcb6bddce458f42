// Scenarios: people start twice, pause, resume, abort, approve and refuse, while a rollout does this or that.

import { describe, expect, it } from 'vitest';
import type { Region } from '../../simulator/region.ts';
import { idsOf, runRollout, smallFleet } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const APPROVAL = { approval: { required: true, timeoutSeconds: 3600 } };
/** A wave after the one that bakes: otherwise nothing would be left to hold up. */
const TWO_WAVES = { waves: { sizes: ['50%'] } };
const PLACES = [
  ['roll-out-cluster', 'CheckUpdates'],
  ['roll-out-cluster', 'PrepareUpdates'],
  ['update-container-instance', 'DrainContainerInstance'],
  ['update-container-instance', 'RebootIntoUpdate'],
  ['update-container-instance', 'LetAgentSettle'],
  ['run-wave', 'LetBake'],
] as const;

describe('two starts', () => {
  it('at once: one runs, the other ends Halted and names the holder', async () => {
    let other: string | undefined;
    const ended = await runRollout({
      meanwhile: async ({ region, start }) => {
        const second = await start('the-other');
        await region.run(() => second.status !== 'RUNNING');
        other = second.ending?.status === 'SUCCEEDED' ? second.ending.output : second.ending?.error;
      },
    });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
    expect(other).toMatch(/Halted/);
    expect(other).toMatch(/scenario holds the lease/);
  });

  it('one after the other: the second finds everything up to date', async () => {
    const ended = await runRollout({
      meanwhile: async ({ execution, region, start }) => {
        await region.run(() => execution.status !== 'RUNNING');
        const second = await start('the-other');
        await region.run(() => second.status !== 'RUNNING');
        expect(second.ending).toMatchObject({ status: 'SUCCEEDED' });
      },
    });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
  });
});

/** Instants, in epoch milliseconds, at which hosts ended the download of the update. */
function watchDownloads(region: Region): number[] {
  const ended: number[] = [];
  let sent = '';
  region.kernel.log.subscribe(({ at, name, subject, detail }) => {
    const { commandId, documentName = '', status } = detail as Record<string, string>;
    if (name === 'command-sent' && documentName.includes('-Prepare')) sent = subject;
    if (name === 'invocation-status' && commandId === sent && status === 'Success') ended.push(at);
  });
  return ended;
}

describe('abort', () => {
  it('whose line for the journal is refused is granted all the same', async () => {
    const parameters = { naming: 'abort' };
    const ended = await runRollout({
      faults: [{ name: 'api-access-denied', subject: 'dynamodb:PutItem', parameters }],
      meanwhile: async ({ untilState, control }) => {
        await untilState('update-container-instance', 'DrainContainerInstance');
        expect(await control('abort')).toMatchObject({ verdict: 'abort' });
      },
    });
    expectEnd(ended, 'Halted', ['Updated', 'NotStarted']);
    expect(ended.reason).toContain('aborted by ana');
  });

  it('while hosts download: closed when the last has ended, however many commands others send', async () => {
    let ends: readonly number[] = [];
    const ended = await runRollout({
      fleet: smallFleet({ containerInstances: 4 }),
      meanwhile: async ({ region, fleet, untilState, control }) => {
        ends = watchDownloads(region);
        await untilState('run-wave', 'LetHostsDownload');
        const [InstanceId = ''] = idsOf(fleet);
        const command = { DocumentName: 'AWS-RunShellScript', Parameters: { commands: ['true'] } };
        // More than ListCommands looks at for one page, which they leave empty.
        for (let count = 0; count < 60; count++) {
          await region.call('ssm', 'SendCommand', { ...command, InstanceIds: [InstanceId] });
        }
        await control('abort');
      },
    });
    expectEnd(ended, 'Halted');
    expect(ends).toHaveLength(4);
    expect(ended.record.rollout?.closedAt).toBeGreaterThan(Math.max(...ends));
  });

  it.each(PLACES)(
    'while %s is in %s: nothing more starts, what began is finished',
    async (machine, state) => {
      const ended = await runRollout({
        meanwhile: async ({ control, untilState }) => {
          await untilState(machine, state);
          await control('abort');
        },
      });
      expectEnd(ended, 'Halted');
      const updated = Object.values(ended.outcomes).filter((outcome) => outcome === 'Updated');
      expect(updated.length).toBeLessThanOrEqual(state === 'LetBake' ? 2 : 1);
      expect(ended.journal.find(({ what }) => what === 'abort')?.who).toBe('ana');
    },
  );

  it('beats an approval', async () => {
    const ended = await runRollout({
      policy: APPROVAL,
      meanwhile: async ({ control, untilState }) => {
        await untilState('roll-out-cluster', 'AwaitApproval');
        await control('abort');
        await control('approve', 'ben').catch(() => undefined);
      },
    });
    expectEnd(ended, 'Halted', ['NotStarted', 'NotStarted']);
    expect(ended.watched.outOfServiceMax).toBe(0);
  });
});

describe('pause', () => {
  it.each(PLACES)(
    'while %s is in %s: starts nothing until it is resumed',
    async (machine, state) => {
      const ended = await runRollout({
        policy: state === 'LetBake' ? TWO_WAVES : {},
        meanwhile: async ({ control, region, untilState }) => {
          await untilState(machine, state);
          await control('pause');
          const { length: before } = region.services.states.executions();
          await region.advance(3600);
          expect(region.services.states.executions().length).toBeLessThanOrEqual(before + 1);
          await control('resume');
        },
      });
      expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
      expect(ended.journal.map(({ what }) => what)).toEqual(
        expect.arrayContaining(['pause', 'resume']),
      );
    },
  );

  it('and abort', async () => {
    const ended = await runRollout({
      meanwhile: async ({ control, region, untilState }) => {
        await untilState('update-container-instance', 'DrainContainerInstance');
        await control('pause');
        await region.advance(600);
        await control('abort', 'ben');
      },
    });
    expectEnd(ended, 'Halted');
    expect(Object.values(ended.outcomes).sort()).toEqual(['NotStarted', 'Updated']);
  });
});

describe('approval', () => {
  it('approved: rolls out', async () => {
    const ended = await runRollout({
      policy: APPROVAL,
      meanwhile: async ({ control, region, untilState }) => {
        await untilState('roll-out-cluster', 'AwaitApproval');
        await region.advance(60);
        await control('approve');
      },
    });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
  });

  it('refused: Halted, nothing touched', async () => {
    const ended = await runRollout({
      policy: APPROVAL,
      meanwhile: async ({ control, untilState }) => {
        await untilState('roll-out-cluster', 'AwaitApproval');
        await control('refuse');
      },
    });
    expectEnd(ended, 'Halted', ['NotStarted', 'NotStarted']);
    expect(ended.watched.documents).toEqual(['BottlerocketFleet-Check']);
  });

  it('not answered: Halted, nothing touched', async () => {
    const ended = await runRollout({ policy: APPROVAL });
    expectEnd(ended, 'Halted', ['NotStarted', 'NotStarted']);
    expect(ended.watched.documents).toEqual(['BottlerocketFleet-Check']);
  });

  it.each([
    [['abort', 'approve']],
    [['approve', 'abort']],
    [['refuse', 'approve']],
    [['approve', 'refuse']],
  ])('before anybody waits for it, and at once: %j; the careful one wins', async (asked) => {
    const ended = await runRollout({
      policy: APPROVAL,
      meanwhile: async ({ control, region, untilState }) => {
        await untilState('roll-out-cluster', 'CheckUpdates');
        await region.finish(Promise.all(asked.map((action) => control(action))));
      },
    });
    expectEnd(ended, 'Halted', ['NotStarted', 'NotStarted']);
    expect(ended.journal.map(({ what }) => what)).toEqual(expect.arrayContaining(asked));
  });

  it('that nobody asks for is refused, and so is one that comes too late', async () => {
    const granted: boolean[] = [];
    await runRollout({
      meanwhile: async ({ ask, region, untilState }) => {
        await untilState('roll-out-cluster', 'CheckUpdates');
        granted.push(await region.finish(ask('approve')));
      },
    });
    await runRollout({
      policy: APPROVAL,
      meanwhile: async ({ ask, control, region, untilState }) => {
        await control('approve').catch(() => undefined);
        await untilState('roll-out-cluster', 'AwaitApproval');
        await control('approve');
        await untilState('roll-out-cluster', 'RunWave');
        granted.push(await region.finish(ask('refuse')));
      },
    });
    expect(granted).toEqual([false, false]);
  });

  it.each([
    ['approve', 'Succeeded', 'Updated'],
    ['refuse', 'Halted', 'NotStarted'],
  ])('%s before anybody waits for it holds', async (action, ending, outcome) => {
    const ended = await runRollout({
      policy: APPROVAL,
      meanwhile: async ({ control, untilState }) => {
        await untilState('roll-out-cluster', 'CheckUpdates');
        await control(action);
      },
    });
    expectEnd(ended, ending, [outcome, outcome]);
  });
});
