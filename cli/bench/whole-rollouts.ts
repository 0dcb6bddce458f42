// Rolls fleets of the benchmark through the simulated region, to hold the scheduling model against them.

import { assembleResult } from '../assemble-result.ts';
import { askFor } from '../input-files.ts';
import { Rehearsal } from '../rehearsal.ts';
import { benchFleet } from './bench-fleet.ts';
import type { MeasuredUse } from './compare.ts';
import { measure } from './measure.ts';
import { BUDGETS, POLICIES, policyOf, type Scenario } from './scenarios.ts';

export interface Validated {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly regionSeconds: number;
  readonly modelSeconds: number;
  readonly regionOutMinutes: number;
  readonly modelOutMinutes: number;
  readonly use: MeasuredUse;
}

/** @throws When the whole rollout does not update all of the fleet. */
export async function validate(scenario: Scenario, seed: number): Promise<Validated> {
  const { containerInstances, places, budgets, waves } = scenario;
  const fleet = benchFleet(containerInstances, seed);
  const budget = { outOfServiceMax: places, ...BUDGETS[budgets] };
  const asked = askFor(fleet, { waves: POLICIES[waves], budget }, '(bench)');
  const rehearsed = await new Rehearsal({ fleet, asked, faults: [], seed }).run();
  const result = assembleResult(rehearsed);
  const updated = result.updatedInstances;
  if (updated !== containerInstances) {
    throw new Error(`The rollout updated ${updated} of ${containerInstances}: ${result.reason}`);
  }
  const model = measure('ours', fleet, seed, policyOf(scenario));
  const each = result.perUpdatedInstance;
  const functions = [...rehearsed.region.services.lambda.usage().values()];
  const out = result.containerInstances.map((one) => one.outOfServiceSeconds);
  return {
    scenario,
    seed,
    regionSeconds: result.makespanSeconds,
    modelSeconds: model.makespanSeconds,
    regionOutMinutes: out.reduce((sum, one) => sum + one, 0) / out.length / 60,
    modelOutMinutes: model.outOfServiceMinutes,
    use: {
      awsCalls: each.awsCalls ?? 0,
      stateTransitions: each.stateTransitions ?? 0,
      lambdaRequests: functions.reduce((sum, one) => sum + one.invocations, 0) / updated,
      readUnits: each.dynamoDbReadUnits ?? 0,
      writeUnits: each.dynamoDbWriteUnits ?? 0,
    },
  };
}
