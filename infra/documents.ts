// The Systems Manager documents as resources; their names carry their hash, so a new text is a new document.

import { pascalCase } from './names.ts';
import { type SsmDocument, ssmDocuments } from './ssm-documents/documents.ts';

/** Hexadecimal characters of the hash in a name: enough to tell texts apart, short enough to read. */
const HASH_CHARACTERS = 8;

/**
 * A document under this name is only ever created, never changed: its version stays 1, and a rollout in flight keeps
 * the text it began with.
 */
export function deployedName({ name, sha256 }: SsmDocument): string {
  return `${name}-${sha256.slice(0, HASH_CHARACTERS)}`;
}

/** AWS::SSM::Document resources, by logical id. */
export function documentResources(): Record<string, unknown> {
  return Object.fromEntries(
    ssmDocuments().map((document) => [
      `${pascalCase(document.verb)}Document${document.sha256.slice(0, HASH_CHARACTERS)}`,
      {
        Type: 'AWS::SSM::Document',
        // cfn-lint 1.51 cannot parse YAML that is the text of a property; our own tests check the documents.
        Metadata: { 'cfn-lint': { config: { ignore_checks: ['E3051'] } } },
        Properties: {
          Name: deployedName(document),
          DocumentType: 'Command',
          DocumentFormat: 'YAML',
          TargetType: '/AWS::EC2::Instance',
          Content: document.yaml,
        },
      },
    ]),
  );
}
