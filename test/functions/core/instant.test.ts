// Instants as people read them.

import { expect, it } from 'vitest';
import { isoInstant } from '../../../functions/core/instant.ts';

it.each([
  [0, '1970-01-01T00:00:00Z'],
  [Date.UTC(2026, 10, 24, 2), '2026-11-24T02:00:00Z'],
  [Date.UTC(2026, 10, 24, 2, 0, 0, 999), '2026-11-24T02:00:00Z'],
])('isoInstant() writes %i as %s', (at, text) => {
  expect(isoInstant(at)).toBe(text);
});
