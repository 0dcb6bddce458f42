// What Step Functions passes as an error, made into a sentence.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { causeOf, whyDead, whyOrphaned } from '../../../functions/core/cause.ts';
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
      'not drained within 25 minutes',
      'not drained within 25 minutes',
    ],
    ['a sentence that is JSON', 'X', '"quoted"', 'Verify failed with X: "quoted"'],
    ['JSON of another form', 'X', '{"message":"m"}', 'Verify failed with X: {"message":"m"}'],
    [
      'a message that is no text',
      'X',
      '{"errorMessage":7}',
      'Verify failed with X: {"errorMessage":7}',
    ],
    ['broken JSON', 'X', '{"errorMessage":', 'Verify failed with X: {"errorMessage":'],
    ['nothing', 'Custom', undefined, 'Verify failed with Custom'],
    ['an empty cause', 'Custom', '', 'Verify failed with Custom'],
    ['an empty message', 'Custom', '{"errorMessage":""}', 'Verify failed with Custom'],
    ['an error of no name', 'Error', '{"errorMessage":"m"}', 'Verify failed: m'],
    ['an error of ours without a cause', 'LeaseLost', undefined, 'LeaseLost'],
    ['a time limit', 'States.Timeout', undefined, 'Verify did not end within its time limit'],
    [
      'a time limit with a cause',
      'States.Timeout',
      'why',
      'Verify did not end within its time limit: why',
    ],
    [
      'a stopped function',
      'Sandbox.Timedout',
      '',
      'the function of Verify was stopped at its time limit',
    ],
  ])('causeOf() with %s', (_, error, cause, reason) => {
    expect(causeOf(error, cause, 'Verify')).toEqual({ error, reason });
  });

  it('causeOf() knows no step where none is named', () => {
    expect(causeOf('Custom', undefined).reason).toBe('the step failed with Custom');
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

describe('whyDead()', () => {
  const end = 'did not close it';
  it.each([
    [{ status: 'ABORTED' }, `its execution ended ABORTED and ${end}; closed by the sweep`],
    [
      { status: 'ABORTED', error: 'Drill', cause: 'by ann' },
      `its execution ended ABORTED and ${end}: Drill: by ann; closed by the sweep`,
    ],
    [
      { status: 'FAILED', error: 'FailedDirty', cause: 'CloseRollout failed with X' },
      `its execution ended FAILED and ${end}: CloseRollout failed with X; closed by the sweep`,
    ],
    [
      { status: 'FAILED', error: 'FailedClean', cause: '' },
      `its execution ended FAILED and ${end}; closed by the sweep`,
    ],
    [
      { status: 'FAILED', error: 'States.Runtime' },
      `its execution ended FAILED and ${end}: States.Runtime; closed by the sweep`,
    ],
    [
      { status: 'UNKNOWN' },
      `its execution is not known to Step Functions and ${end}; closed by the sweep`,
    ],
  ])('whyDead() of %j', (execution, sentence) => {
    expect(whyDead(execution)).toBe(sentence);
  });
});

describe('whyOrphaned()', () => {
  it.each([
    [{ status: 'ABORTED' }, 'ended ABORTED without an outcome; ended by the sweep'],
    [
      { status: 'FAILED', error: 'States.Runtime', cause: 'too many events' },
      'ended FAILED without an outcome: States.Runtime: too many events; ended by the sweep',
    ],
    [
      { status: 'UNKNOWN' },
      'is not known to Step Functions without an outcome; ended by the sweep',
    ],
  ])('whyOrphaned() of %j', (execution, sentence) => {
    expect(whyOrphaned(execution)).toBe(`the execution that updated it ${sentence}`);
  });
});
