// The demo rollout as `npm start` shows it without a terminal: a transcript that is reviewed like code.

import { expect, it } from 'vitest';
import { runSimulate } from '../support/fleet-command.ts';

it('fleet simulate tells the demo rollout, word for word', async () => {
  const { code, stdout } = await runSimulate(['--plain']);
  expect(code).toBe(0);
  await expect(stdout).toMatchFileSnapshot('../scenarios/demo.golden');
});
