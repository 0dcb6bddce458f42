// Bundles kept on disk are what a build would give now, or they are not used.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundleFunctions, type HandlerBuild } from '../../../simulator/lambda/bundle.ts';

let folder = '';
const at = (name: string) => join(folder, name);
const write = (name: string, text: string) => writeFileSync(at(name), text);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-cache-'));
  mkdirSync(at('source'));
  write(
    'source/handler.ts',
    "import { said } from './said.ts'; export const handler = () => said;",
  );
  write('source/said.ts', "export const said: string = 'first';");
  write('plugin.ts', 'what the plugin does');
});

afterEach(() => rmSync(folder, { recursive: true }));

/** As another process would: with a way of building that nobody has used before. */
async function bundle(): Promise<{ readonly text: string; readonly built: boolean }> {
  let built = false;
  const how: HandlerBuild = {
    plugins: [
      {
        name: 'notices',
        setup({ onStart }) {
          onStart(() => {
            built = true;
          });
        },
      },
    ],
  };
  const path = at('source/handler.ts');
  const cache = { folder: at('kept'), madeBy: [at('plugin.ts')] };
  const texts = await bundleFunctions([path], how, cache);
  return { text: texts.get(path)!, built };
}

test('a second process takes what the first has built', async () => {
  const first = await bundle();
  expect(first.built).toBe(true);
  expect(first.text).toContain('first');
  expect(await bundle()).toEqual({ text: first.text, built: false });
});

test.each([
  ['a file that is imported', 'source/said.ts', "export const said = 'second';"],
  ['the handler', 'source/handler.ts', "export const handler = () => 'second';"],
  ['what the plugins are made by', 'plugin.ts', 'something else'],
])('%s has changed: it is built anew, and once', async (_what, name, text) => {
  await bundle();
  write(name, text);
  const second = await bundle();
  expect(second.built).toBe(true);
  if (name.startsWith('source/')) expect(second.text).toContain('second');
  expect(await bundle()).toEqual({ text: second.text, built: false });
});

test('a file that is gone is missed, and said so by the build', async () => {
  await bundle();
  rmSync(at('source/said.ts'));
  await expect(bundle()).rejects.toThrow('said.ts');
});

test('what is cut off is not used', async () => {
  const { text } = await bundle();
  for (const name of readdirSync(at('kept'))) write(`kept/${name}`, '{"entries":{');
  expect(await bundle()).toEqual({ text, built: true });
});

test('without a place to keep anything it is built each time', async () => {
  write('kept', 'a file where the folder should be');
  expect((await bundle()).built).toBe(true);
  expect((await bundle()).built).toBe(true);
});
