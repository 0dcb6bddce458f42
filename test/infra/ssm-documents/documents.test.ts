// The documents as SSM gets them: form, parameters, what they refuse, and what they include.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ssmDocuments } from '../../../infra/ssm-documents/documents.ts';

const documents = ssmDocuments();

const accepted: Readonly<Record<string, readonly string[]>> = {
  BootId: ['8f14e45f-ceea-467f-a0a2-1b2c3d4e5f60'],
  TargetVersion: ['1.65.0', '1.9.12', '10.0.0'],
  ExpectVersion: ['1.65.0'],
  IgnoreWaves: ['true', 'false'],
  ReportPosture: ['true', 'false'],
  TimeoutSeconds: ['10', '600', '9999'],
  NotAfterEpochSeconds: ['1795173000'],
  RestoreVersionLock: ['keep', 'latest', 'v1.64.0', '1.64.0', 'v1.64.0-rc1+build.5'],
  RestoreIgnoreWaves: ['keep', 'true', 'false'],
  OnlyFromVersionLock: ['any', 'v1.65.0'],
  Route: ['version-lock', 'admin-container'],
};

/** Each is also tried in front of, behind and inside every accepted value. */
const hostile = [
  '$(reboot)',
  '`reboot`',
  ';reboot',
  '&& reboot',
  '| reboot',
  '\n',
  '\nreboot',
  '\r',
  "'",
  '"',
  '\\',
  '$SSM_BootId',
  '{{ BootId }}',
  '<(reboot)',
  '*',
  ' ',
  '\u0000',
  '\u2028',
  'a[$(reboot)]',
];

const misplaced: Readonly<Record<string, readonly string[]>> = {
  BootId: ['8F14E45F-CEEA-467F-A0A2-1B2C3D4E5F60', '8f14e45fceea467fa0a21b2c3d4e5f60', 'latest'],
  TargetVersion: ['v1.65.0', 'latest', '1.65', '1.65.0.0', '1.65.0-rc1', '-1.65.0'],
  ExpectVersion: ['keep', 'latest'],
  ReportPosture: ['True', 'yes', '1', 'keep'],
  IgnoreWaves: ['True', 'yes', '1', 'keep'],
  TimeoutSeconds: ['0', '5', '010', '-10', '10000', '1e3', '60.5'],
  NotAfterEpochSeconds: ['0', '179517300', '17951730000', '-179517300'],
  RestoreVersionLock: ['', 'Latest', 'vlatest', 'v1', 'v1.64.0-', `v1.64.0-${'a'.repeat(41)}`],
  RestoreIgnoreWaves: ['', 'KEEP', '0'],
  OnlyFromVersionLock: ['', 'keep', 'latest', '1.65.0', 'v1.65', 'v1.65.0-rc1'],
  Route: ['', 'signpost', 'admin'],
};

describe('ssmDocuments', () => {
  test('has one document per verb, named after it', () => {
    expect(documents.map(({ name }) => name)).toEqual([
      'BottlerocketFleet-Check',
      'BottlerocketFleet-Prepare',
      'BottlerocketFleet-ActivateAndReboot',
      'BottlerocketFleet-Status',
      'BottlerocketFleet-Cancel',
      'BottlerocketFleet-RollBack',
    ]);
  });

  test('answers the hash of the text that is uploaded', () => {
    for (const { yaml, sha256, content } of documents) {
      expect(createHash('sha256').update(yaml).digest('hex')).toBe(sha256);
      expect(parse(yaml)).toEqual(content);
    }
  });
});

describe.each(documents)('$name', ({ content, yaml, verb }) => {
  const step = content.mainSteps[0];
  const script = step.inputs.runCommand[0];
  const parameters = Object.entries(content.parameters);

  test('is a small Linux command document of schema 2.2 with one step', () => {
    expect(content.schemaVersion).toBe('2.2');
    expect(content.mainSteps).toHaveLength(1);
    expect(step.action).toBe('aws:runShellScript');
    expect(step.precondition).toEqual({ StringEquals: ['platformType', 'Linux'] });
    expect(step.inputs.timeoutSeconds).toMatch(/^\d+$/);
    expect(step.inputs.runCommand).toHaveLength(1);
    // The quota is 64 KB; far below it a person can still read the document in the console.
    expect(Buffer.byteLength(yaml)).toBeLessThan(24_000);
  });

  test('includes the shared functions, each once, and leaves no include behind', () => {
    expect(script.startsWith('#!/bin/bash\n')).toBe(true);
    expect(yaml).not.toMatch(/# include /);
    const functions = [...script.matchAll(/^(\w+)\(\) \{$/gm)].map(([, name]) => name);
    expect(functions).toContain('print_report');
    expect(new Set(functions).size).toBe(functions.length);
    expect(script).toMatch(new RegExp(`^VERB=${verb}\\b`, 'm'));
  });

  test('gets every parameter through the environment, never in its text', () => {
    expect(yaml).not.toContain('{{');
    for (const [, parameter] of parameters) {
      expect(parameter).toMatchObject({ type: 'String', interpolationType: 'ENV_VAR' });
      expect(parameter.allowedPattern).toMatch(/^\^.*\$$/);
      expect(parameter.description).not.toBe('');
      if (parameter.default !== undefined) {
        expect(parameter.default).toMatch(new RegExp(parameter.allowedPattern));
      }
    }
  });

  test('reads every parameter that it declares and no other', () => {
    const declared = parameters.map(([name]) => name);
    const used = [...script.matchAll(/^parameter (\w+) /gm)].map(([, name]) => name);
    expect(used).toEqual(declared);
    const optional = /\$\{SSM_NotAfterEpochSeconds:-\d+\}/g;
    const main = script.slice(script.indexOf('\nVERB='));
    for (const [, name] of main.replaceAll(optional, '').matchAll(/\bSSM_(\w+)/g)) {
      expect(declared).toContain(name);
    }
  });

  test('checks in the script the very pattern that SSM checks', () => {
    for (const [, name, word] of script.matchAll(/^parameter (\w+) (\S+)$/gm)) {
      const constant = /^"\$(\w+)"$/.exec(word ?? '')?.[1];
      const pattern = constant
        ? new RegExp(`^${constant}='(.*)'$`, 'm').exec(script)?.[1]
        : word?.slice(1, -1);
      expect(content.parameters[name ?? '']?.allowedPattern).toBe(pattern);
    }
  });

  test.each(parameters)('%s takes what it is for and nothing else', (name, { allowedPattern }) => {
    const pattern = new RegExp(allowedPattern);
    const good = accepted[name] ?? [];
    expect(good.length).toBeGreaterThan(0);
    for (const value of good) expect(value).toMatch(pattern);
    for (const value of ['', ...hostile, ...(misplaced[name] ?? [])]) {
      expect(pattern.test(value), JSON.stringify(value)).toBe(false);
    }
    for (const value of good) {
      for (const text of hostile) {
        const middle = `${value.slice(0, 3)}${text}${value.slice(3)}`;
        for (const mixed of [`${text}${value}`, `${value}${text}`, middle]) {
          expect(pattern.test(mixed), JSON.stringify(mixed)).toBe(false);
        }
      }
    }
  });

  test('is valid bash', () => {
    execFileSync('bash', ['-n'], { input: script });
  });
});
