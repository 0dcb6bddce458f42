// How the layers of a policy combine, and what is refused because it could never be carried out.

import { describe, expect, it } from 'vitest';
import { readPolicy } from '../../../functions/core/read-policy.ts';
import { policyOf, refusalOf } from './samples.ts';

describe('readPolicy() layers', () => {
  it('readPolicy() lets later layers win, key by key', () => {
    const { policy } = readPolicy([
      {
        cluster: 'prod',
        drain: { timeoutSeconds: 100, standaloneTasks: 'wait' },
        failureBudget: 2,
      },
      { drain: { timeoutSeconds: 200 } },
      { cluster: 'prod', drain: { protectedTasks: 'wait' } },
    ]);
    expect(policy.drain).toEqual({
      timeoutSeconds: 200,
      standaloneTasks: 'wait',
      protectedTasks: 'wait',
    });
    expect(policy.failureBudget).toBe(2);
  });

  it('readPolicy() replaces lists whole', () => {
    const { policy } = readPolicy([
      { cluster: 'prod', waves: { sizes: [1, 2, 3] }, gates: { alarms: ['a', 'b'] } },
      { waves: { sizes: [4] }, gates: { alarms: [] } },
    ]);
    expect(policy.waves.sizes).toEqual([4]);
    expect(policy.gates.alarms).toEqual([]);
  });

  it('readPolicy() joins the tags of several layers', () => {
    const { policy } = readPolicy([
      { cluster: 'prod', select: { tags: { team: 'a', stage: 'x' } } },
      { select: { tags: { stage: 'y' } } },
    ]);
    expect(policy.select.tags).toEqual({ team: 'a', stage: 'y' });
  });

  it('readPolicy() does not change the layers it is given', () => {
    const base = { cluster: 'prod', drain: { timeoutSeconds: 100 } };
    readPolicy([base, { drain: { timeoutSeconds: 200 } }]);
    expect(base).toEqual({ cluster: 'prod', drain: { timeoutSeconds: 100 } });
  });

  it('readPolicy() refuses a section that a layer makes into a value', () => {
    const refusal = refusalOf({ cluster: 'prod', drain: { timeoutSeconds: 100 } }, { drain: 100 });
    expect(refusal).toContain('drain: found 100, ');
  });

  it('readPolicy() refuses a value that a layer makes into a section', () => {
    const refusal = refusalOf({ cluster: 'prod', failureBudget: 1 }, { failureBudget: { max: 1 } });
    expect(refusal).toContain('failureBudget: found {"max":1}, ');
  });

  it.each([['text'], [null], [7], [[{ cluster: 'prod' }]], [undefined]])(
    'readPolicy() refuses the layer %j',
    (layer) => {
      expect(refusalOf(layer)).toBe(
        `Cannot read the input: found ${JSON.stringify(layer) ?? 'nothing'}, expected a JSON object such as {"cluster": "prod"}`,
      );
    },
  );

  it('readPolicy() says of a good policy nothing, where only its start is wrong', () => {
    expect(refusalOf({ cluster: 'prod', scheduledAt: 'x' })).toMatch(
      /^Cannot accept the policy: scheduledAt: found "x", [^;]+$/,
    );
  });

  it('readPolicy() reads scheduledAt and startedBy from any layer, apart from the policy', () => {
    const scheduledAt = '2026-11-24T03:00:00+01:00';
    const { policy, start } = readPolicy([{ cluster: 'prod', startedBy: 'x' }, { scheduledAt }]);
    expect(start).toEqual({ scheduledAt, startedBy: 'x' });
    expect(policy).toEqual(policyOf());
  });

  it.each(['yesterday', '2026-11-24', '2026-11-24T03:00:00', 1_700_000_000, null])(
    'readPolicy() refuses scheduledAt %j',
    (scheduledAt) => {
      expect(refusalOf({ cluster: 'prod', scheduledAt })).toContain(
        `scheduledAt: found ${JSON.stringify(scheduledAt)}, `,
      );
    },
  );

  it('readPolicy() accepts startedBy up to 200 characters', () => {
    expect(
      readPolicy([{ cluster: 'prod', startedBy: 'x'.repeat(200) }]).start.startedBy,
    ).toHaveLength(200);
    expect(refusalOf({ cluster: 'prod', startedBy: 'x'.repeat(201) })).toContain(
      'startedBy: found',
    );
  });
});

describe('readPolicy() windows', () => {
  const of = (durationMinutes: unknown) => ({ cluster: 'prod', window: { durationMinutes } });

  it('readPolicy() accepts windows in which at least one container instance may be started', () => {
    for (const minutes of [109, 10_080]) {
      expect(policyOf(of(minutes)).window.durationMinutes).toBe(minutes);
    }
  });

  it.each([108, 0, 10_081, 120.5, '120'])(
    'readPolicy() refuses a window of %j minutes',
    (value) => {
      expect(refusalOf(of(value))).toContain(
        `Cannot accept the policy: window.durationMinutes: found ${JSON.stringify(value)}, `,
      );
    },
  );
});
