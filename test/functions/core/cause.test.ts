// What Step Functions passes as an error, made into a sentence.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { causeOf } from '../../../functions/core/cause.ts';
import { PROPERTY } from './samples.ts';

describe('causeOf()', () => {
  it.each([
    [
      'Lambda names the message',
      'LeaseLost',
      '{"errorType":"LeaseLost","errorMessage":"gone"}',
      'gone',
    ],
    [
      'a token passes a sentence',
      'DrainTimedOut',
      'not within 25 minutes',
      'not within 25 minutes',
    ],
    ['a sentence that is JSON', 'X', '"quoted"', '"quoted"'],
    ['JSON of another form', 'X', '{"message":"m"}', '{"message":"m"}'],
    ['a message that is no text', 'X', '{"errorMessage":7}', '{"errorMessage":7}'],
    ['broken JSON', 'X', '{"errorMessage":', '{"errorMessage":'],
    ['nothing', 'Custom', undefined, 'Custom'],
    ['an empty cause', 'Custom', '', 'Custom'],
    ['an empty message', 'Custom', '{"errorMessage":""}', 'Custom'],
    ['a time limit', 'States.Timeout', undefined, 'the step did not end within its own time limit'],
    [
      'a stopped function',
      'Sandbox.Timedout',
      '',
      'the function of the step was stopped at its time limit',
    ],
    ['a time limit with a cause', 'States.Timeout', 'why', 'why'],
  ])('causeOf() with %s', (_, error, cause, reason) => {
    expect(causeOf(error, cause)).toEqual({ error, reason });
  });

  it('causeOf() always has a reason, whatever the error is called', () => {
    const names = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom('constructor', '__proto__'),
    );
    fc.assert(
      fc.property(names, fc.option(fc.string(), { nil: undefined }), (error, cause) => {
        const { reason } = causeOf(error, cause);
        expect(typeof reason).toBe('string');
        expect(reason).not.toBe('');
      }),
      PROPERTY,
    );
  });
});
