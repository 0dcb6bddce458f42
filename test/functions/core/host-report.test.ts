// Whatever a command leaves on standard output is a report or unknown, never taken for "no update".

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type HostReport, parseHostReport } from '../../../functions/core/host-report.ts';
import { SAME_CASES } from './samples.ts';

const check: HostReport = {
  v: 1,
  verb: 'check',
  ok: true,
  reason: '',
  bootId: '8f14e45f-ceea-467f-a0a2-1b2c3d4e5f60',
  os: { version: '1.64.0', variant: 'aws-ecs-2', arch: 'x86_64' },
  update: {
    state: 'Available',
    chosen: '1.65.0',
    staged: null,
    nextToBoot: 'active',
    available: ['1.65.0', '1.64.0'],
    last: { type: 'refresh', status: 'Success', exit: 0, stderr: '' },
  },
  settings: { versionLock: 'latest', ignoreWaves: false },
};

const line = JSON.stringify(check);

function unreadable(stdout: string): string {
  const parsed = parseHostReport(stdout);
  return parsed.kind === 'unreadable' ? parsed.reason : 'a report';
}

describe('parseHostReport reads', () => {
  test('the line that a document prints', () => {
    expect(parseHostReport(`${line}\n`)).toEqual({ kind: 'report', report: check });
  });

  test('members by verb', () => {
    const extra = [
      { verb: 'prepare', saved: { versionLock: 'latest', ignoreWaves: false } },
      { verb: 'prepare', saved: null },
      { verb: 'activate-and-reboot', acted: true },
      { verb: 'status', restored: false },
      { verb: 'cancel', acted: false, restored: true },
      { verb: 'roll-back', acted: true },
    ];
    for (const members of extra) {
      const report = { ...check, ...members };
      expect(parseHostReport(JSON.stringify(report))).toEqual({ kind: 'report', report });
    }
  });

  test('posture and the nearest releases, where a document reports them', () => {
    const posture = {
      selinux: 'unknown',
      rootVerity: null,
      lockdown: 'unknown',
      adminContainer: null,
    };
    const report = { ...check, update: { ...check.update, next: ['1.65.0'] }, posture };
    expect(parseHostReport(JSON.stringify(report))).toEqual({ kind: 'report', report });
    const status = { ...report, verb: 'status', restored: true };
    expect(parseHostReport(JSON.stringify(status))).toEqual({ kind: 'report', report: status });
  });

  test('every state, result and posture that a document may report', () => {
    const update = (over: object) => ({ ...check, update: { ...check.update, ...over } });
    const last = (status: string) => update({ last: { type: 'x', status, exit: 1, stderr: 'x' } });
    const posture = (over: object) => ({
      ...check,
      posture: {
        ...{ selinux: 'unknown', rootVerity: true, lockdown: 'unknown', adminContainer: false },
        ...over,
      },
    });
    const reports = [
      ...['Idle', 'Available', 'Staged', 'Ready', null].map((state) => update({ state })),
      ...['active', 'staging', null].map((nextToBoot) => update({ nextToBoot })),
      ...['Success', 'Failed', 'Unknown'].map(last),
      ...['enforcing', 'permissive', 'unknown'].map((selinux) => posture({ selinux })),
      ...['none', 'integrity', 'confidentiality', 'unknown'].map((lockdown) =>
        posture({ lockdown }),
      ),
    ];
    for (const report of reports) {
      expect(parseHostReport(JSON.stringify(report))).toEqual({ kind: 'report', report });
    }
  });

  test('a failure of which the host could tell nothing', () => {
    const unknown = { state: null, chosen: null, staged: null, nextToBoot: null, last: null };
    const report = {
      ...check,
      ok: false,
      reason: 'the API server does not answer',
      bootId: '',
      os: null,
      update: { ...unknown, available: [] },
      settings: null,
    };
    expect(parseHostReport(JSON.stringify(report))).toEqual({ kind: 'report', report });
  });

  test('members of later documents by leaving them out', () => {
    expect(parseHostReport(JSON.stringify({ ...check, later: 1 }))).toEqual({
      kind: 'report',
      report: check,
    });
  });

  test('past other lines, colours, carriage returns and standard error', () => {
    const noise = '\u001b[0m\u001b[34m[INFO] \u001b[0mRefreshing updates...\r\n{"other":"json"}\n';
    const error = '\n----------ERROR-------\nbash: something\n';
    const output = `${noise}\u001b[32m  ${line}\u001b[0m\r\n${error}`;
    expect(parseHostReport(output)).toEqual({ kind: 'report', report: check });
  });

  test('the last of several reports', () => {
    const later = { ...check, reason: 'second run' };
    const output = `${line}\n${JSON.stringify(later)}\n`;
    expect(parseHostReport(output)).toEqual({ kind: 'report', report: later });
  });
});

describe('parseHostReport calls unreadable', () => {
  test('no output, with a reason', () => {
    expect(unreadable('')).toBe('no output');
    expect(unreadable('\n \n')).toBe('no output');
  });

  test('output without a report', () => {
    expect(unreadable('bash: jq: command not found\n')).toBe('no report in the output');
    expect(unreadable('{"ok":true}')).toBe('no report in the output');
  });

  test('a report that is cut off anywhere', () => {
    for (let length = 0; length < line.length; length++) {
      expect(unreadable(line.slice(0, length)), `${length}`).not.toBe('a report');
    }
    expect(unreadable(line.slice(0, 200))).toMatch(/cut off or broken after 200 characters/);
    expect(unreadable(`${line.slice(0, 200)}\n---Output truncated---`)).toMatch(/cut off/);
  });

  test('a boot id that is anything more than one', () => {
    for (const bootId of [`${check.bootId}; reboot`, `x${check.bootId}`, `${check.bootId}\n`]) {
      expect(unreadable(JSON.stringify({ ...check, bootId }))).toMatch(/known form: bootId/);
    }
  });

  test('another version of the report', () => {
    expect(unreadable(JSON.stringify({ ...check, v: 2 }))).toMatch(/known form: v/);
  });

  test('a verb without its members', () => {
    const report = { ...check, verb: 'activate-and-reboot' };
    expect(unreadable(JSON.stringify(report))).toMatch(/known form: acted/);
  });

  test('success of a host that could not be read', () => {
    expect(unreadable(JSON.stringify({ ...check, os: null }))).toMatch(/known form: os/);
    expect(unreadable(JSON.stringify({ ...check, bootId: '' }))).toMatch(/known form: bootId/);
  });

  test('an update state that thar-be-updates does not have', () => {
    const report = { ...check, update: { ...check.update, state: 'None' } };
    expect(unreadable(JSON.stringify(report))).toMatch(/known form: update.state/);
  });

  test('whatever else comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((text) => `{"v":1,"x":${text}}`),
        ),
        (text) => {
          expect(unreadable(text)).not.toBe('a report');
        },
      ),
      SAME_CASES,
    );
  });
});
