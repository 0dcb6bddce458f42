// Bundles are made once per process and hold everything but Node's own modules.

import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bundleFunction, bundleFunctions } from '../../../simulator/lambda/bundle.ts';

const handlers = resolve(import.meta.dirname, '../../support/handlers');
const probe = resolve(handlers, 'runtime-probe.ts');
const caller = resolve(handlers, 'call-aws.ts');

describe('bundleFunctions()', () => {
  test('answers each entry its own CommonJS text, from the cache the second time', async () => {
    const texts = await bundleFunctions([probe, caller]);
    expect(texts.get(probe)).toContain('DrainTimeoutError');
    expect(texts.get(caller)).toContain('DescribeClustersCommand');
    expect(texts.get(probe)).toContain('sourceMappingURL=data:');
    expect(await bundleFunction(probe)).toBe(texts.get(probe));
  });

  test('names the file that cannot be built', async () => {
    const missing = resolve(handlers, 'no-such-handler.ts');
    await expect(bundleFunction(missing)).rejects.toThrow('no-such-handler.ts');
  });
});
