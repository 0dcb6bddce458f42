// Parallel: runs its branches side by side and gathers their outputs.

import type { ParallelState } from '../definition/schema.ts';
import { makePayload } from '../payload.ts';
import type { StateResult } from '../runtime.ts';
import type { Visit } from '../visit.ts';
import { Lines } from './lines.ts';

export async function performParallel(visit: Visit, state: ParallelState): Promise<StateResult> {
  const { runtime, execution } = visit;
  const input =
    state.Arguments === undefined
      ? visit.input
      : makePayload(await visit.evaluate(state.Arguments, 'Arguments'), visit.stateName);
  visit.record('ParallelStateStarted');
  const lines = new Lines(visit, {});
  const outputs = await lines.all(
    state.Branches.map((branch, index) =>
      lines.run(index, visit.frame.mapItem, (frame) =>
        runtime.runFlow(execution, branch, input, frame),
      ),
    ),
  );
  const values = outputs.map((output) => output.value);
  const result = makePayload(values, visit.stateName);
  visit.recordAside('ParallelStateSucceeded');
  return visit.leave(state, result, { result: result.value });
}
