// The documents do what they promise, with the same bytes in the simulator's shell and in real bash.

import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { type SsmDocument, ssmDocuments } from '../../../infra/ssm-documents/documents.ts';
import { runInRealBash } from '../../../simulator/host/apiclient-bridge.ts';
import { activateSituations } from './activate-situations.ts';
import { cancelSituations } from './cancel-situations.ts';
import { checkSituations } from './check-situations.ts';
import { makeRig, type Shell } from './document-rig.ts';
import { prepareSituations } from './prepare-situations.ts';
import { rollBackSituations } from './roll-back-situations.ts';
import { statusSituations } from './status-situations.ts';

const situations = [
  ...checkSituations,
  ...prepareSituations,
  ...activateSituations,
  ...statusSituations,
  ...cancelSituations,
  ...rollBackSituations,
];

const simulated: Shell = (host, script, env, finish) => finish(host.runScript(script, env));
const real: Shell = (host, script, env) => runInRealBash(host, script, env);

/** Real processes: hundreds of them in the longest situation, on whatever machine this is. */
const realBashTimeout = 60_000;

const noRealBash =
  process.platform !== 'linux' ||
  spawnSync('bash', ['-c', 'jq --version'], { stdio: 'ignore' }).status !== 0;

describe.each(situations)('$name', ({ options, play }) => {
  test('in the simulated shell', async () => {
    await play(makeRig(simulated, options));
  });

  test.skipIf(noRealBash)(
    'in real bash, with the same bytes',
    { timeout: realBashTimeout },
    async () => {
      const rig = makeRig(real, options);
      await play(rig);
      const expected = makeRig(simulated, options);
      await play(expected);
      expect(rig.transcript).toEqual(expected.transcript);
    },
  );
});

/** Runs a document as an SSM agent would that knows nothing of the parameter `missing`. */
function withoutParameter({ verb, content }: SsmDocument, missing: string, shell: Shell) {
  const rig = makeRig(async (host, script, env, finish) => {
    const { [`SSM_${missing}`]: _dropped, ...rest } = env;
    return shell(host, script, rest, finish);
  });
  const required = Object.keys(content.parameters).includes('RestoreIgnoreWaves')
    ? { RestoreVersionLock: 'latest', RestoreIgnoreWaves: 'true', ExpectVersion: '1.64.0' }
    : {};
  return { rig, report: rig.run(verb, required) };
}

describe.each(ssmDocuments())('$name without a parameter', (document) => {
  test.each(Object.keys(document.content.parameters))(
    '%s says so',
    { timeout: realBashTimeout },
    async (name) => {
      for (const shell of noRealBash ? [simulated] : [simulated, real]) {
        const { rig, report } = withoutParameter(document, name, shell);
        expect((await report).ok).toBe(false);
        expect((await report).reason).toMatch(new RegExp(`^parameter ${name} is missing`));
        expect(rig.settings()).toBe('latest/false');
      }
    },
  );
});
