// Scenarios: the stack is deployed again while a rollout is under way.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../infra/functions.ts';
import { functionName } from '../../infra/names.ts';
import { HANDLER_BUILD } from '../../infra/packaging/sdk-diet.ts';
import { bundleFunctions, type HandlerBuild } from '../../simulator/lambda/bundle.ts';
import type { Region } from '../../simulator/region.ts';
import { runRollout } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

/** The same product, but for the shape of its record. */
const nextSchema: Plugin = {
  name: 'next-schema',
  setup(build) {
    build.onLoad({ filter: /rollout-record\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text.replace('RECORD_SCHEMA = 1;', 'RECORD_SCHEMA = 2;');
      expect(contents).not.toBe(text);
      return { contents, loader: 'ts' };
    });
  },
};
const NEXT_SCHEMA: HandlerBuild = {
  ...HANDLER_BUILD,
  plugins: [...HANDLER_BUILD.plugins, nextSchema],
};

/** As a deployment does it: new code for every function, so that every next invocation is a cold start. */
async function deployAgain(region: Region, how: HandlerBuild): Promise<void> {
  const pathOf = (file: string) =>
    fileURLToPath(new URL(`../../functions/${file}.ts`, import.meta.url));
  const texts = await bundleFunctions(
    FUNCTIONS.map(({ file }) => pathOf(file)),
    how,
  );
  for (const { file } of FUNCTIONS) {
    const ZipFile = Buffer.from(texts.get(pathOf(file)) ?? '').toString('base64');
    const FunctionName = functionName(file);
    await region.call('lambda', 'UpdateFunctionCode', { FunctionName, ZipFile });
  }
}

describe('a version with the same record', () => {
  it.each([
    ['roll-out-cluster', 'PrepareUpdates'],
    ['update-container-instance', 'DrainContainerInstance'],
    ['update-container-instance', 'RebootIntoUpdate'],
  ])('deployed while %s is in %s: the rollout goes on', async (machine, state) => {
    const ended = await runRollout({
      meanwhile: async ({ region, untilState }) => {
        await untilState(machine, state);
        await deployAgain(region, HANDLER_BUILD);
      },
    });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
  });
});

describe('a version with another record', () => {
  const reads = /its record has schema 1, this version of the updater reads 2/;

  it('says so, starts nothing, and holds the cluster until the old version is back and ends it', async () => {
    const notes: string[] = [];
    const ended = await runRollout({
      meanwhile: async ({ region, untilState, start }) => {
        await untilState('update-container-instance', 'DrainContainerInstance');
        await deployAgain(region, NEXT_SCHEMA);
        await region.advance(20 * 60);
        for (const { text } of region.services.lambda.logs.of(functionName('sweep'))) {
          if (reads.test(text)) notes.push(text);
        }
        const other = await start('second');
        await region.advance(60);
        expect(other.ending?.status ?? other.status).toBe('SUCCEEDED');
        // Nothing was started meanwhile: the second of two container instances is untouched.
        expect(outOfService(region)).toBeLessThanOrEqual(1);
        await deployAgain(region, HANDLER_BUILD);
      },
    });
    expect(notes.length).toBeGreaterThan(0);
    expect(ended.violations).toEqual([]);
    expect(ended.recordedEnding).toMatch(/^(Halted|FailedClean|FailedDirty)$/);
  });
});

/** Container instances out of service. */
function outOfService(region: Region): number {
  return region.services.ecs.world
    .containerInstances('prod')
    .filter((one) => one.status === 'DRAINING').length;
}
