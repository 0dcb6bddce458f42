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
  slack: false,
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
        slack: false,
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
    [['plam'], 'unknown command "plam"; accepted: simulate, plan, start, status, watch, history'],
    [['simulate', '--sead', '7'], 'unknown option --sead; simulate accepts --fleet --policy'],
    [['simulate', '--cluster', 'prod'], 'unknown option --cluster; simulate accepts --fleet'],
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
    [['simulate', '--slack', '--json'], 'option --slack: not together with --json'],
    [['simulate', '--serve', '1', '--json'], 'option --json: a served region has no end'],
  ])('refuses %j and says what is accepted', (args, expected) => {
    expect(message(...args)).toContain(expected);
  });
});

describe('commands in a region', () => {
  const ofCluster = { which: { cluster: 'prod' } };
  const ofRollout = { which: { rolloutId: 'first' } };

  it.each([
    [
      ['plan', '--cluster', 'prod', '--policy', 'p.json'],
      { name: 'plan', options: { cluster: 'prod', policyFile: 'p.json' } },
    ],
    [
      ['start', '--cluster', 'arn:aws:ecs:eu-west-1:111122223333:cluster/prod', '--name', 'a_1-b'],
      {
        name: 'start',
        options: {
          cluster: 'arn:aws:ecs:eu-west-1:111122223333:cluster/prod',
          policyFile: undefined,
          name: 'a_1-b',
        },
      },
    ],
    [
      ['status', '--cluster', 'prod', '--json'],
      { name: 'status', options: { ...ofCluster, json: true } },
    ],
    [['status', '--rollout', 'first'], { name: 'status', options: { ...ofRollout, json: false } }],
    [
      ['watch', '--rollout', 'first'],
      { name: 'watch', options: { ...ofRollout, intervalSeconds: 5 } },
    ],
    [
      ['watch', '--cluster=prod', '--interval', '0.5'],
      { name: 'watch', options: { ...ofCluster, intervalSeconds: 0.5 } },
    ],
    [
      ['history', '--rollout', 'first'],
      { name: 'history', options: { which: { rolloutId: 'first' } } },
    ],
    [['pause', '--cluster', 'prod'], { name: 'pause', options: { ...ofCluster, by: undefined } }],
    [
      ['refuse', '--rollout', 'first', '--by', 'Ann'],
      { name: 'refuse', options: { ...ofRollout, by: 'Ann' } },
    ],
    [
      ['release', '--variant', 'aws-ecs-2', '--arch', 'aarch64', '--version', '1.65.0'],
      {
        name: 'release',
        options: { variant: 'aws-ecs-2', arch: 'aarch64', version: '1.65.0', by: undefined },
      },
    ],
    [
      ['snapshot', '--cluster', 'prod', '--to', '1.65.0'],
      { name: 'snapshot', options: { cluster: 'prod', to: '1.65.0' } },
    ],
    [['abort', '--help'], { name: 'help' }],
  ])('reads %j', (args, expected) => {
    expect(parseCommandLine(args)).toEqual(expected);
  });

  it.each([
    [['plan'], 'plan needs --cluster'],
    [['plan', '--cluster', 'prod', '--name', 'x'], 'unknown option --name; plan accepts --cluster'],
    [['start', '--cluster', 'pro d'], 'option --cluster: found "pro d", expected the name or ARN'],
    [['start', '--cluster', 'prod', '--name', 'a.b'], 'option --name: found "a.b", expected 1 to'],
    [['status'], 'status needs either --cluster or --rollout'],
    [['pause', '--cluster', 'prod', '--rollout', 'x'], 'pause needs either --cluster or --rollout'],
    [['watch', '--rollout', 'x', '--interval', '0'], 'option --interval: found "0", expected a'],
    [['history'], 'history needs either --cluster or --rollout'],
    [['history', '--rollout', 'a b'], 'option --rollout: found "a b"'],
    [['release', '--variant', 'aws-ecs-2', '--arch', 'x86_64'], 'release needs --version'],
    [
      ['release', '--variant', 'aws-ecs-2', '--arch', 'arm64', '--version', '1.65.0'],
      'option --arch: found "arm64", expected x86_64 or aarch64',
    ],
    [['snapshot', '--cluster', 'prod', '--to', 'latest'], 'option --to: found "latest"'],
  ])('refuses %j and says what is wanted', (args, expected) => {
    expect(message(...args)).toContain(expected);
  });
});
