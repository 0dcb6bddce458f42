// How long a dispatcher lets more container instances end.

import { expect, it } from 'vitest';
import { gatherSeconds } from '../../../functions/core/gather.ts';

it.each([
  [0, 0],
  [2, 0],
  [9, 0],
  [10, 1],
  [30, 3],
  [99, 9],
  [100, 10],
  [4000, 10],
])('with %i open it gathers for %i seconds', (open, seconds) => {
  expect(gatherSeconds(open)).toBe(seconds);
});
