// StatusChecks: an answer is as old as the last check.

import { describe, expect, it } from 'vitest';
import { StatusChecks } from '../../../simulator/ec2/status-checks.ts';

const MINUTE = 60_000;

describe('StatusChecks', () => {
  it('does not see a reboot that falls between two checks', () => {
    const checks = new StatusChecks(10_000, undefined);
    checks.changed(5 * MINUTE + 15_000, false);
    checks.changed(6 * MINUTE + 5_000, true);
    for (let at = 5 * MINUTE; at < 8 * MINUTE; at += 1000) expect(checks.status(at)).toBe('ok');
  });

  it('stays ok until the next check, and impaired until the one after the return', () => {
    const checks = new StatusChecks(10_000, undefined);
    checks.changed(5 * MINUTE, false);
    checks.changed(6 * MINUTE, true);
    expect(checks.status(5 * MINUTE + 9_000)).toBe('ok');
    expect(checks.status(5 * MINUTE + 10_000)).toBe('impaired');
    expect(checks.impairedSince(5 * MINUTE + 30_000)).toBe(5 * MINUTE + 10_000);
    expect(checks.status(6 * MINUTE + 9_000)).toBe('impaired');
    expect(checks.status(6 * MINUTE + 10_000)).toBe('ok');
    expect(checks.impairedSince(6 * MINUTE + 10_000)).toBeUndefined();
  });

  it('initializes a new machine until two checks have passed', () => {
    const checks = new StatusChecks(0, 10 * MINUTE);
    checks.changed(10 * MINUTE + 40_000, true);
    expect(checks.status(10 * MINUTE + 50_000)).toBe('initializing');
    expect(checks.status(11 * MINUTE + 30_000)).toBe('initializing');
    expect(checks.status(12 * MINUTE)).toBe('ok');
  });
});
