// Scenarios: a wave that is dispatched so often that it takes several executions.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProductSource } from '../../cli/product.ts';
import { patchedSource } from '../fuzz/patched-source.ts';
import { runRollout, type Scenario, smallFleet } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

/** As shipped, but for the number: a thousand dispatches take a fleet of a thousand, or a pause of a week. */
const SOON = {
  file: 'state-machines/run-wave.asl.json',
  find: '$dispatches >= 1000',
  replace: '$dispatches >= 3',
};

const FOUR_IN_ONE_WAVE = {
  fleet: smallFleet({ containerInstances: 4 }),
  policy: { waves: { canaryCount: 0, sizes: ['100%'] } },
};
const ALL = ['Updated', 'Updated', 'Updated', 'Updated'];

let source: Awaited<ReturnType<typeof patchedSource>>;
beforeAll(async () => {
  source = await patchedSource([SOON]);
});
afterAll(() => source.remove());

async function roll(scenario: Scenario) {
  const shipped: ProductSource = source;
  const ended = await runRollout({ ...FOUR_IN_ONE_WAVE, ...scenario, source: shipped });
  const waves = ended.region.services.states
    .executions()
    .filter(({ name }) => name.startsWith('scenario.wave-'));
  return { ended, waves };
}

describe('a long wave', () => {
  it('goes on in its next execution, and bakes in the last', async () => {
    const { ended, waves } = await roll({});
    expectEnd(ended, 'Succeeded', ALL);
    expect(waves.length).toBeGreaterThan(1);
    expect(waves.map(({ name }) => name)).toEqual(
      waves.map((_, index) => (index === 0 ? 'scenario.wave-1' : `scenario.wave-1.${index + 1}`)),
    );
    const verdicts = waves.map(({ ending }) =>
      ending?.status === 'SUCCEEDED' ? JSON.parse(ending.output).verdict : ending?.status,
    );
    expect(verdicts).toEqual([...waves.slice(1).map(() => 'hand-over'), 'baked']);
  });

  it('that is paused for two hours goes on when it is resumed', async () => {
    const { ended } = await roll({
      meanwhile: async ({ control, region, untilState }) => {
        await untilState('update-container-instance', 'DrainContainerInstance');
        await control('pause');
        await region.advance(7200);
        await control('resume');
      },
    });
    expectEnd(ended, 'Succeeded', ALL);
  });

  it('that is aborted in its second execution is Halted', async () => {
    const { ended } = await roll({
      meanwhile: async ({ control, region }) => {
        const states = region.services.states;
        await region.run(() => states.executions().some(({ name }) => name.endsWith('.wave-1.2')));
        await control('abort');
      },
    });
    expectEnd(ended, 'Halted');
  });

  it('whose execution somebody stops leaves nothing drained', async () => {
    const { ended } = await roll({
      meanwhile: async ({ region }) => {
        const states = region.services.states;
        const second = () => states.executions().find(({ name }) => name.endsWith('.wave-1.2'));
        await region.run(() => second() !== undefined);
        await region.call('states', 'StopExecution', { executionArn: second()?.arn });
      },
    });
    expectEnd(ended, 'FailedClean');
  });
});
