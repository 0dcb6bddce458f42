// The command line: what it accepts, and what it says to everything else.

import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../cli/command-line.ts';
import { UsageError } from '../../cli/usage-error.ts';

const DEFAULTS = {
  fleetFile: undefined,
  policyFile: undefined,
  faultFile: undefined,
  seed: 1,
  json: false,
  plain: false,
  serve: undefined,
};

function message(...args: string[]): string {
  try {
    parseCommandLine(args);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`"${args.join(' ')}" was accepted`);
}

describe('parseCommandLine()', () => {
  it('asks for help without a command, and wherever it is asked for', () => {
    for (const args of [[], ['help'], ['--help'], ['-h'], ['simulate', '--help']]) {
      expect(parseCommandLine(args)).toEqual({ name: 'help' });
    }
  });

  it('simulates the demo fleet unless told otherwise', () => {
    expect(parseCommandLine(['simulate'])).toEqual({ name: 'simulate', options: DEFAULTS });
  });

  it('takes every option, with = or without', () => {
    const args = ['--fleet', 'f.json', '--policy=p.json', '--faults', 'x.json', '--seed', '7'];
    expect(parseCommandLine(['simulate', ...args, '--json', '--plain'])).toEqual({
      name: 'simulate',
      options: {
        fleetFile: 'f.json',
        policyFile: 'p.json',
        faultFile: 'x.json',
        seed: 7,
        json: true,
        plain: true,
        serve: undefined,
      },
    });
  });

  it('serves at 60 times real time with the product in it', () => {
    const options = { ...DEFAULTS, serve: { port: 4566, pace: 60, withProduct: true } };
    expect(parseCommandLine(['simulate', '--serve', '4566'])).toEqual({
      name: 'simulate',
      options,
    });
    const args = ['simulate', '--serve=0', '--pace', '0.5', '--without-product'];
    expect(parseCommandLine(args)).toEqual({
      name: 'simulate',
      options: { ...DEFAULTS, serve: { port: 0, pace: 0.5, withProduct: false } },
    });
  });

  it.each([
    [['plan'], 'unknown command "plan"; accepted: simulate, help'],
    [['simulate', '--sead', '7'], 'unknown option --sead; accepted: --fleet --policy'],
    [['simulate', '-x'], 'unknown option -x'],
    [['simulate', '--__proto__'], 'unknown option --__proto__'],
    [['simulate', 'fleet.json'], 'unexpected argument "fleet.json"'],
    [['simulate', '--seed'], 'option --seed needs a value'],
    [['simulate', '--fleet', '--json'], 'option --fleet needs a value'],
    [['simulate', '--fleet='], 'option --fleet needs a value'],
    [['simulate', '--json=yes'], 'option --json takes no value, found "yes"'],
    [['simulate', '--seed', 'many'], 'option --seed: found "many", expected a whole number'],
    [['simulate', '--seed', '-1'], 'option --seed: found "-1"'],
    [['simulate', '--seed', '1.5'], 'option --seed: found "1.5"'],
    [['simulate', '--seed', '1e3'], 'option --seed: found "1e3"'],
    [['simulate', '--serve', '65536'], 'option --serve: found "65536"'],
    [['simulate', '--serve', '1', '--pace', '0'], 'option --pace: found "0"'],
    [['simulate', '--pace', '9'], 'option --pace needs --serve PORT'],
    [['simulate', '--without-product'], 'option --without-product needs --serve PORT'],
    [['simulate', '--serve', '1', '--json'], 'option --json: a served region has no end'],
  ])('refuses %j and says what is accepted', (args, expected) => {
    expect(message(...args)).toContain(expected);
  });
});
