// Lets esbuild drop what a function does not use of the AWS SDK and of zod.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { BuildOptions, Plugin } from 'esbuild';

/**
 * The SDK declares the shape of every structure of a service in one file, with keys taken from constants:
 * `{ [_eQN]: "Min" }`. To evaluate a computed key may run code, as far as esbuild knows, so each such shape stays in the
 * bundle, used or not: 540 KiB of EC2 for two calls. With the constant's own text in its place nothing changes but that.
 */
function withLiteralKeys(text: string): string {
  const constants = new Map(
    [...text.matchAll(/^const (_\w+) = ("[^"\\]*");$/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
  return text.replaceAll(/\[(_\w+)\]:/g, (whole, name: string) =>
    constants.has(name) ? `${constants.get(name)}:` : whole,
  );
}

/**
 * Every error of a service sets its own prototype, after the class it extends has set another: so classes had to when
 * they were compiled for ES5. Where neither does, a class has the right one from the language.
 */
function withoutPrototypes(text: string): string {
  return text.replaceAll(/^ +Object\.setPrototypeOf\(this, \w+\.prototype\);\n/gm, '');
}

/**
 * Every kind of zod schema brings along how it is told as a JSON Schema. Those are made here for people, from the same
 * schemas, but by no function.
 */
function withoutJsonSchema(text: string): string {
  return text
    .replaceAll(/^ +inst\._zod\.processJSONSchema = .*;\n/gm, '')
    .replaceAll(/^ +(input|output): createStandardJSONSchemaMethod\(.*\),\n/gm, '')
    .replace('return createToJSONSchemaMethod(this, {})(params);', '');
}

/**
 * Every client copies each input and output without what is sensitive, for a logger that no function has. Left out of its
 * stack, the copying is in no bundle.
 */
function withoutLogCopies(text: string): string {
  return text.replace('clientStack.add(loggerMiddleware(), loggerMiddlewareOptions);', '');
}

const sdkDiet: Plugin = {
  name: 'sdk-diet',
  setup(build) {
    // Every protocol loads it at its first operation that streams events. No function has one (it would fail, naming
    // this module); a client that has such operations imports it outright, and keeps it.
    build.onResolve({ filter: /^@smithy\/core\/event-streams$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
    // Of its own manifest a client tells AWS the version, in the user agent.
    build.onLoad(
      { filter: /[/\\]@aws-sdk[/\\]client-[\w-]+[/\\]package\.json$/ },
      async ({ path }) => {
        const { version } = JSON.parse(await readFile(path, 'utf8')) as { version: string };
        return { contents: JSON.stringify({ version }), loader: 'json' };
      },
    );
    build.onLoad({ filter: /[/\\]@aws-sdk[/\\].*[/\\]schemas_\d+\.js$/ }, async ({ path }) => ({
      contents: withLiteralKeys(await readFile(path, 'utf8')),
      loader: 'js',
    }));
    build.onLoad({ filter: /[/\\]@aws-sdk[/\\].*[/\\]models[/\\]\w+\.js$/ }, async ({ path }) => ({
      contents: withoutPrototypes(await readFile(path, 'utf8')),
      loader: 'js',
    }));
    build.onLoad(
      { filter: /[/\\]middleware-logger[/\\]loggerMiddleware\.js$/ },
      async ({ path }) => ({
        contents: withoutLogCopies(await readFile(path, 'utf8')),
        loader: 'js',
      }),
    );
    build.onLoad({ filter: /[/\\]zod[/\\]v4[/\\]classic[/\\]schemas\.js$/ }, async ({ path }) => ({
      contents: withoutJsonSchema(await readFile(path, 'utf8')),
      loader: 'js',
    }));
  },
};

/** How handlers are bundled wherever they run: the simulator builds from these options too. */
export const HANDLER_BUILD = {
  platform: 'node',
  target: 'node24',
  // The SDK's `main` is CommonJS, which cannot be shaken.
  mainFields: ['module', 'main'],
  alias: {
    '@aws-sdk/credential-provider-node': fileURLToPath(
      new URL('role-credentials.ts', import.meta.url),
    ),
  },
  plugins: [sdkDiet],
} satisfies BuildOptions;
