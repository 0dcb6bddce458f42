// Map (inline): runs its states once per item, at most 40 items at a time.

import type { MapState } from '../definition/schema.ts';
import { makePayload, type Payload } from '../payload.ts';
import type { StateResult } from '../runtime.ts';
import type { Visit } from '../visit.ts';
import { type Line, Lines } from './lines.ts';

/** "Inline mode: up to 40 concurrent iterations" (Developer Guide, "Map workflow state"). */
const CONCURRENCY_MAX = 40;

export async function performMap(visit: Visit, state: MapState): Promise<StateResult> {
  const items = await itemsOf(visit, state);
  const wanted = Number(
    await visit.evaluateAs(state.MaxConcurrency ?? 0, 'MaxConcurrency', 'number'),
  );
  if (!Number.isInteger(wanted) || wanted < 0) {
    visit.refuse('MaxConcurrency', `MaxConcurrency must be a whole number from 0: ${wanted}`);
  }
  visit.record('MapStateStarted', { length: items.length });
  const slots = Math.min(wanted === 0 ? CONCURRENCY_MAX : wanted, CONCURRENCY_MAX, items.length);
  const results = await iterate(visit, state, items, slots);
  visit.recordAside('MapStateSucceeded');
  const result = makePayload(results, visit.stateName);
  return visit.leave(state, result, { result: result.value });
}

async function itemsOf(visit: Visit, state: MapState): Promise<unknown[]> {
  if (state.Items !== undefined) {
    return (await visit.evaluateAs(state.Items, 'Items', 'array')) as unknown[];
  }
  const { value } = visit.input;
  if (Array.isArray(value)) return value;
  return visit.refuse(
    'Items',
    `Map state input must be an array but was: ${JSON.stringify(value)}`,
  );
}

async function iterate(
  visit: Visit,
  state: MapState,
  items: readonly unknown[],
  slots: number,
): Promise<unknown[]> {
  const details = ({ index }: Line) => ({ name: visit.stateName, index });
  let lastSucceededId = visit.frame.lastEventId;
  const lines = new Lines(visit, {
    succeeded(line) {
      lastSucceededId = visit.recordAside('MapIterationSucceeded', details(line));
    },
    failed: (line) => void visit.recordAside('MapIterationFailed', details(line)),
    aborted: (line) => void visit.recordAside('MapIterationAborted', details(line)),
  });
  const results: unknown[] = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      const output = await runIteration(visit, state, lines, { Index: index, Value: items[index] });
      results[index] = output.value;
    }
  };
  await lines.all(Array.from({ length: slots }, worker));
  // A next iteration follows the last event inside the one before it; the Map follows its success.
  visit.frame.lastEventId = lastSucceededId;
  return results;
}

function runIteration(
  visit: Visit,
  state: MapState,
  lines: Lines,
  item: { readonly Index: number; readonly Value: unknown },
): Promise<Payload> {
  const { runtime, execution } = visit;
  return lines.run(item.Index, item, async (frame) => {
    const started = { name: visit.stateName, index: item.Index };
    frame.lastEventId = visit.recordAside('MapIterationStarted', started);
    const input =
      state.ItemSelector === undefined
        ? item.Value
        : await visit.evaluateForItem(state.ItemSelector, 'ItemSelector', item);
    const payload = makePayload(input, visit.stateName);
    return runtime.runFlow(execution, state.ItemProcessor, payload, frame);
  });
}
