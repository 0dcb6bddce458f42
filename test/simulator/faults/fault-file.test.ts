// The fault file: what is accepted, what a number stands for, and what is said to everything else.

import { describe, expect, it } from 'vitest';
import type { FaultSpec } from '../../../simulator/faults/faults.ts';
import { unknownSubject } from '../../../simulator/faults/subjects.ts';
import { checkFaultSubjects, parseFaults } from '../../../simulator/fleet-file/fault-file.ts';
import { smallFleet } from '../../support/rollout.ts';

function parse(...lines: readonly object[]): readonly FaultSpec[] {
  return parseFaults(JSON.stringify(lines), 'faults.json');
}

function refusalOf(...lines: readonly object[]): string {
  try {
    const faults = parse(...lines);
    checkFaultSubjects(faults, smallFleet(), 'faults.json');
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`${JSON.stringify(lines)} was accepted`);
}

describe('a number', () => {
  it.each([
    ['F21', { name: 'lambda-killed' }],
    ['F22', { name: 'lambda-killed', parameters: { beforeCalls: 2 } }],
    ['F13', { name: 'alarm-fires', parameters: { flapSeconds: 60 } }],
    ['F33', { name: 'api-error-after-effect', subject: 'dynamodb:*' }],
  ])('%s is its first name, made this fault', (name, expected) => {
    expect(parse({ name })).toEqual([expected]);
  });

  it('gives way to what the file says', () => {
    const line = { subject: 'dynamodb:PutItem', timesMax: 1, parameters: { answer: 'none' } };
    expect(parse({ name: 'F33', ...line })).toEqual([{ name: 'api-error-after-effect', ...line }]);
  });
});

describe('parameters', () => {
  it('take JSON as it is', () => {
    const [fault] = parse({
      name: 'function-invoked',
      subject: 'f',
      parameters: { payload: { action: 'abort' } },
    });
    expect(fault?.parameters).toEqual({ payload: '{"action":"abort"}' });
  });

  it('of a name that serves several faults are those of all of them', () => {
    const parameters = { state: 'OK', seconds: 9, flapSeconds: 3 };
    expect(parse({ name: 'F13', parameters })[0]?.parameters).toEqual(parameters);
    expect(parse({ name: 'lambda-killed', parameters: { beforeCalls: 1 } })).toHaveLength(1);
  });
});

describe('a refusal names key, value and what is accepted', () => {
  it.each([
    [
      { name: 'host-fals-back' },
      '[0].name: found "host-fals-back"; there is no such fault; did you mean "host-falls-back"?',
    ],
    [{ name: 'F71' }, '[0].name: found "F71"; there is no such fault'],
    [{ name: 'F68' }, '[0].name: F68 cannot be injected'],
    [{ name: 'F66' }, '[0].subject: found nothing; function-invoked needs one: function name'],
    [
      { name: 'F66', subject: 'f' },
      '[0].parameters.payload: found nothing; function-invoked needs it',
    ],
    [
      { name: 'reboot-late', parameters: { second: 1 } },
      '[0].parameters.second: there is no such parameter: reboot-late takes seconds; did you mean "seconds"?',
    ],
    [
      { name: 'reboot-late', parameters: { seconds: '1' } },
      '[0].parameters.seconds: found "1"; expected a number from 0',
    ],
    [
      { name: 'ssm-delivery-lost', parameters: { how: 'lost' } },
      '[0].parameters.how: found "lost"; expected "delivery-timed-out" or "undeliverable"',
    ],
    [{ name: 'F39', parameters: { toString: 1 } }, 'ssm-reruns-reboot takes no parameters'],
    [{ name: 'F1', probability: 2 }, '[0].probability: found 2;'],
    [
      { name: 'F1', fromSeconds: 9, untilSeconds: 3 },
      '[0].untilSeconds: found 3; expected fromSeconds (9) or more',
    ],
    [{ name: 'F1', often: 2 }, '[0]: there is no key "often" here'],
    [{ name: 'F43', subject: 'i-1' }, '[0].subject: found "i-1"; there is no such EC2 instance'],
    [{ name: 'F43', subject: 'i-x*' }, '[0].subject: found "i-x*"; there is no such EC2 instance'],
    [
      { name: 'F54', subject: 'wep' },
      '[0].subject: found "wep"; there is no such service; did you mean "web"?',
    ],
  ])('%j', (line, message) => {
    expect(refusalOf(line)).toContain(`faults.json: ${message.startsWith('[') ? message : ''}`);
    expect(refusalOf(line)).toContain(message);
  });

  it('at the place of the line that is wrong', () => {
    expect(refusalOf({ name: 'F1' }, { name: 'F2' }, { name: 'nothing' })).toContain('[2].name');
  });
});

describe('unknownSubject()', () => {
  const known = { call: ['ecs:StopTask', 'ecs:ListTasks'], function: ['sweep'] };

  it('accepts names, patterns, everybody, and kinds that are not judged', () => {
    const faults = [
      { name: 'api-slow' },
      { name: 'api-slow', subject: 'ecs:*' },
      { name: 'lambda-killed', subject: 'sweep' },
      { name: 'host-falls-back', subject: 'i-unknown' },
      { name: 'event-lost', subject: 'whatever' },
    ];
    expect(unknownSubject(faults, known)).toBeUndefined();
  });

  it('finds the first that matches nothing', () => {
    const faults = [{ name: 'lambda-killed' }, { name: 'lambda-killed', subject: 'swep' }];
    expect(unknownSubject(faults, known)).toEqual({
      index: 1,
      message: 'found "swep"; there is no such function; did you mean "sweep"?',
    });
  });
});
