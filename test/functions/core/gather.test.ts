// How long a dispatcher lets more container instances end.

import { expect, it } from 'vitest';
import { gatherSeconds } from '../../../functions/core/gather.ts';

it.each([
  [0, 0],
  [2, 0],
  [19, 0],
  [20, 1],
  [60, 3],
  [99, 4],
  [100, 5],
  [4000, 5],
])('with %i open it gathers for %i seconds', (open, seconds) => {
  expect(gatherSeconds(open)).toBe(seconds);
});
