// Names of rollouts and of the executions that update their container instances.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rolloutIdOf, updateExecutionName } from '../../../functions/core/rollout-id.ts';
import { PROPERTY } from './samples.ts';

/** Step Functions: 1 to 80 characters, no blanks, brackets or wildcards; dots and more are allowed. */
const executionName = fc.string({
  unit: fc.constantFrom(...'abcXYZ019-_.+!@'.split('')),
  minLength: 1,
  maxLength: 80,
});
const ec2InstanceId = fc.stringMatching(/^[0-9a-f]{17}$/).map((hex) => `i-${hex}`);

describe('rolloutIdOf()', () => {
  it('rolloutIdOf() keeps a plain name of up to 50 characters', () => {
    for (const name of ['a', 'nightly-2026_11', 'x'.repeat(50)]) {
      expect(rolloutIdOf(name)).toBe(name);
    }
  });

  it('rolloutIdOf() cuts a longer name to 50 characters and ends it with a hash of all of it', () => {
    const id = rolloutIdOf('x'.repeat(51));
    expect(id).toMatch(/^x{41}-[0-9a-f]{8}$/);
    expect(rolloutIdOf(`${'x'.repeat(60)}a`)).not.toBe(rolloutIdOf(`${'x'.repeat(60)}b`));
  });

  it('rolloutIdOf() replaces what no name of ours may have, and keeps such names apart', () => {
    expect(rolloutIdOf('night.1')).toMatch(/^night-1-[0-9a-f]{8}$/);
    const ids = ['night.1', 'night-1', 'night+1', 'night_1'].map(rolloutIdOf);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('rolloutIdOf() hashes as FNV-1a does', () => {
    // Published test vectors of 32-bit FNV-1a: "a" is e40c292c, "foobar" is bf9cf968.
    expect(rolloutIdOf('a.').endsWith('-e40c292c')).toBe(false);
    const fnv1a = (text: string) => {
      let value = 2166136261n;
      for (const character of text) {
        value = ((value ^ BigInt(character.charCodeAt(0))) * 16777619n) % 2n ** 32n;
      }
      return value.toString(16).padStart(8, '0');
    };
    expect(fnv1a('foobar')).toBe('bf9cf968');
    for (const name of ['a.', 'x'.repeat(80), 'night+1']) {
      expect(rolloutIdOf(name).slice(-8)).toBe(fnv1a(name));
    }
  });

  it('rolloutIdOf() always gives a name that leaves room for an instance and an attempt', () => {
    fc.assert(
      fc.property(executionName, ec2InstanceId, fc.integer({ min: 1, max: 999 }), (name, id, n) => {
        const rolloutId = rolloutIdOf(name);
        expect(rolloutId).toMatch(/^[A-Za-z0-9_-]{1,50}$/);
        expect(rolloutIdOf(rolloutId)).toBe(rolloutId);
        expect(updateExecutionName(rolloutId, id, n).length).toBeLessThanOrEqual(80);
      }),
      PROPERTY,
    );
  });

  it('rolloutIdOf() gives different names different ids', () => {
    fc.assert(
      fc.property(executionName, executionName, (a, b) => {
        expect(rolloutIdOf(a) === rolloutIdOf(b)).toBe(a === b);
      }),
      PROPERTY,
    );
  });
});

describe('updateExecutionName()', () => {
  it('updateExecutionName() joins rollout, instance and attempt with dots', () => {
    expect(updateExecutionName('night', 'i-0a1b', 2)).toBe('night.i-0a1b.2');
  });
});
