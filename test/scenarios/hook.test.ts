// Scenarios: a function of the user's own holds a baking wave, or does not answer as it should.

import { describe, expect, it } from 'vitest';
import { type Ended, runRollout } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const HOOK = 'may-we';
const UPDATED = ['Updated', 'Updated'];
/** Virtual seconds. */
const SLEEP = 'const sleep = (s) => new Promise((done) => setTimeout(done, 1000 * s));';

/** @param body Of the hook's handler: `event` is what it is asked, `count` how often it was. */
async function withHook(body: string): Promise<Ended> {
  const code = `${SLEEP} let count = 0; exports.handler = async (event) => { count++; ${body} };`;
  return runRollout({
    policy: { gates: { hook: HOOK } },
    meanwhile: async ({ region }) => {
      const ZipFile = Buffer.from(code).toString('base64');
      const input = { FunctionName: HOOK, Code: { ZipFile }, Timeout: 300 };
      await region.call('lambda', 'CreateFunction', input);
    },
  });
}

const OPEN = "return { verdict: 'open', reason: 'green' };";

function gatesOf({ journal }: Ended): string[] {
  return journal.map(({ what }) => what).filter((what) => what.startsWith('gate'));
}

describe('a hook', () => {
  it('that is open: the wave bakes', async () => {
    expectEnd(await withHook(OPEN), 'Succeeded', UPDATED);
  });

  it('that is closed: the bake begins anew until it opens', async () => {
    const ended = await withHook(
      `if (count < 5) return { verdict: 'closed', reason: 'not yet' }; ${OPEN}`,
    );
    expectEnd(ended, 'Succeeded', UPDATED);
    expect(gatesOf(ended)).toEqual(['gate closed', 'gate opened']);
  });

  it('that takes longer than a minute counts as closed, however it would have answered', async () => {
    const ended = await withHook(`await sleep(90); ${OPEN}`);
    expectEnd(ended, 'Halted', UPDATED);
    expect(ended.reason).toContain(
      `hook ${HOOK} did not answer within 40 seconds, which counts as closed`,
    );
    expect(gatesOf(ended)).toEqual(['gate closed']);
  });

  it('that is slow once: the bake begins anew, and ends well', async () => {
    const ended = await withHook(`if (count === 1) await sleep(90); ${OPEN}`);
    expectEnd(ended, 'Succeeded', UPDATED);
    expect(gatesOf(ended)).toEqual(['gate closed', 'gate opened']);
  });

  it.each([
    ["throw new Error('broken')", 'failed (Unhandled), which counts as closed'],
    ["return 'yes'", 'answered something else than {verdict, reason}'],
  ])('that answers nothing useful counts as closed: %s', async (body, reason) => {
    const ended = await withHook(body);
    expectEnd(ended, 'Halted', UPDATED);
    expect(ended.reason).toContain(`hook ${HOOK} ${reason}`);
  });
});
