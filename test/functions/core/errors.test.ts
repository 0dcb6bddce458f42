// Error names: what Lambda reports is what state machines catch, so each is a literal of the list.

import { describe, expect, it } from 'vitest';
import * as errors from '../../../functions/core/errors.ts';

const { ROUTED_ERRORS, ...classes } = errors;

describe('ROUTED_ERRORS', () => {
  it.each(Object.entries(classes))('%s carries its routed name and its message', (name, Class) => {
    const error = new Class('why');
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toBe('why');
    expect(`${error.name}Error`).toBe(name);
    expect(ROUTED_ERRORS).toContain(error.name);
    expect(Object.hasOwn(error, 'name')).toBe(true);
  });

  it('ROUTED_ERRORS has each name once', () => {
    expect(new Set(ROUTED_ERRORS).size).toBe(ROUTED_ERRORS.length);
  });
});
