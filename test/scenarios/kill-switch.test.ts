// Scenarios: somebody throws the switch that needs no code of ours to work.

import { expect, it } from 'vitest';
import { functionName } from '../../infra/names.ts';
import type { Region } from '../../simulator/region.ts';
import { runRollout, smallFleet } from '../support/rollout.ts';

/** As `aws lambda put-function-concurrency --reserved-concurrent-executions 0`, for each. */
async function throwSwitch(region: Region): Promise<void> {
  for (const file of ['open-rollout', 'dispatch-container-instances']) {
    const FunctionName = functionName(file);
    const input = { FunctionName, ReservedConcurrentExecutions: 0 };
    await region.call('lambda', 'PutFunctionConcurrency', input);
  }
}

it('nothing new starts from that instant, what is under way ends well, no other rollout opens', async () => {
  const fleet = smallFleet({ containerInstances: 6 });
  let drainsAtSwitch = 0;
  const ended = await runRollout({
    fleet,
    meanwhile: async ({ region, untilState, start }) => {
      await untilState('update-container-instance', 'RebootIntoUpdate');
      await throwSwitch(region);
      drainsAtSwitch = region.counts.of('ecs:PutAttributes');
      await region.advance(3600);
      const second = await start('second');
      await region.advance(1800);
      expect(second.ending).toMatchObject({ status: 'FAILED', error: 'FailedClean' });
    },
  });
  expect(drainsAtSwitch).toBeGreaterThan(0);
  expect(ended.region.counts.of('ecs:PutAttributes')).toBe(drainsAtSwitch);
  expect(ended.violations).toEqual([]);
  expect(ended.recordedEnding).toBe('FailedClean');
  expect(Object.values(ended.outcomes).filter((one) => one === 'Updated')).toHaveLength(
    drainsAtSwitch,
  );
  expect(ended.world.filter((one) => one.status === 'DRAINING')).toEqual([]);
});
