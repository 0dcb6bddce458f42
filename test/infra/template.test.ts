// The packaged template is the one that the simulator deploys, and it deploys with the very zips.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../infra/functions.ts';
import { functionLogicalId } from '../../infra/names.ts';
import { artifactPath } from '../../infra/packaging/artifacts.ts';
import { REQUIRE } from '../../infra/packaging/bundle.ts';
import { definitionText } from '../../infra/state-machines.ts';
import { fleetTemplate } from '../../infra/template.ts';
import { toCommonJs } from '../../simulator/lambda/bundle.ts';
import { runRollout } from '../support/rollout.ts';

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
}

interface Packaged {
  readonly Resources: Record<string, Resource>;
  readonly [section: string]: unknown;
}

const folder = mkdtempSync(join(tmpdir(), 'package-'));
let packaged: Packaged;

beforeAll(() => {
  // As a user would, but without credentials, home or network settings.
  execFileSync(
    process.execPath,
    ['node_modules/osls/bin/serverless.js', 'package', '--package', folder],
    {
      env: { PATH: process.env.PATH, HOME: folder },
      stdio: 'pipe',
    },
  );
  const file = join(folder, 'cloudformation-template-update-stack.json');
  packaged = JSON.parse(readFileSync(file, 'utf8')) as Packaged;
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** What osls adds to every stack: the bucket it uploads the zips to. */
const OSLS_OWN = ['ServerlessDeploymentBucket', 'ServerlessDeploymentBucketPolicy'];

describe('the packaged template', () => {
  it('has every document made before a function that names it', () => {
    const { Resources } = packaged;
    const documents = Object.keys(Resources).filter(
      (id) => Resources[id]?.Type === 'AWS::SSM::Document',
    );
    const functions = Object.values(Resources).filter(
      ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && 'Environment' in Properties,
    );
    expect(documents).toHaveLength(6);
    expect(functions).toHaveLength(FUNCTIONS.length);
    for (const { Properties } of functions) {
      const { Variables } = Properties.Environment as { Variables: { DOCUMENTS: object } };
      const referred = JSON.stringify(Variables.DOCUMENTS).match(/(?<=\$\{)\w+/g);
      expect(referred?.sort()).toEqual([...documents].sort());
    }
  });

  it('is the simulated one, but for the code of the functions and the bucket it is in', () => {
    const { Resources, ...sections } = packaged;
    const own = Object.entries(Resources).filter(([id]) => !OSLS_OWN.includes(id));
    const withoutCode = own.map(([id, resource]) => {
      const { Code, ...Properties } = resource.Properties;
      expect([id, Code !== undefined]).toEqual([id, resource.Type === 'AWS::Lambda::Function']);
      return [id, { ...resource, Properties }];
    });
    const simulated = fleetTemplate();
    expect(Object.fromEntries(withoutCode)).toEqual(simulated.Resources);
    expect({ ...sections, Outputs: undefined }).toEqual({
      ...simulated,
      Resources: undefined,
      Outputs: undefined,
    });
    expect(Object.keys(sections.Outputs as object)).toEqual(['ServerlessDeploymentBucketName']);
  });

  it('names for each function the zip that was built for it', () => {
    for (const { file } of FUNCTIONS) {
      const { Code } = packaged.Resources[functionLogicalId(file)]!.Properties as {
        Code: { S3Key: string };
      };
      expect(basename(Code.S3Key)).toBe(basename(artifactPath(file)));
    }
  });

  it.each(['roll-out-cluster', 'run-wave', 'update-container-instance'] as const)(
    'has the text of state-machines/%s.asl.json, byte for byte but for the partition',
    (file) => {
      const texts = Object.values(packaged.Resources).map((one) => one.Properties.DefinitionString);
      expect(texts).toContain(definitionText(file));
      const inAws = definitionText(file).replaceAll(/\$\{Partition\}/g, 'aws');
      expect(inAws).toBe(readFileSync(`state-machines/${file}.asl.json`, 'utf8'));
    },
  );

  it('names no partition, region or account', () => {
    const text = JSON.stringify(packaged.Resources);
    expect(text.match(/arn:aws:|\b\d{12}\b|\b(eu|us|ap)-[a-z]+-\d\b/g) ?? []).toEqual([]);
  });

  it('bounds every role by the permissions boundary', () => {
    const roles = Object.values(packaged.Resources).filter(({ Type }) => Type === 'AWS::IAM::Role');
    expect(roles.length).toBeGreaterThan(FUNCTIONS.length);
    for (const { Properties } of roles) expect(Properties.PermissionsBoundary).toBeDefined();
  });
});

it('a rollout with the very zips is the same rollout, event by event', async () => {
  const zips = new Map(FUNCTIONS.map(({ file }) => [file, readFileSync(artifactPath(file))]));
  const textOf = (file: string) =>
    Buffer.from(unzipSync(zips.get(file)!)[`functions/${file}.mjs`]!).toString();
  // The simulator gives a function the require that its bundle makes for itself elsewhere.
  const codeOf = (file: string) => toCommonJs(textOf(file).replace(REQUIRE, ''));
  const usual = await runRollout();
  const template = packaged as unknown as ReturnType<typeof fleetTemplate>;
  const deployed = await runRollout({ source: { template, codeOf } });
  expect(deployed.ending).toBe('Succeeded');
  expect(deployed.outcomes).toEqual(usual.outcomes);
  expect(deployed.hash).toBe(usual.hash);
});
