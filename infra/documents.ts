// The Systems Manager documents as resources; their names carry their hash, so a new text is a new document.

import { pascalCase } from './names.ts';
import { type SsmDocument, ssmDocuments } from './ssm-documents/documents.ts';

/** Hexadecimal characters of the hash in a name: enough to tell texts apart, short enough to read. */
const HASH_CHARACTERS = 8;

/** A document under this name is only ever created, never changed: its version stays 1. */
function deployedName({ name, sha256 }: SsmDocument): string {
  return `${name}-${sha256.slice(0, HASH_CHARACTERS)}`;
}

/**
 * What a role permits: a verb's document whatever its hash. CloudFormation changes roles before functions, and until
 * then these send the document of the version before.
 */
export function deployedNames({ name }: SsmDocument): string {
  return `${name}-${'?'.repeat(HASH_CHARACTERS)}`;
}

export function documentLogicalId({ verb, sha256 }: SsmDocument): string {
  return `${pascalCase(verb)}Document${sha256.slice(0, HASH_CHARACTERS)}`;
}

/** AWS::SSM::Document resources, by logical id. */
export function documentResources(): Record<string, unknown> {
  return Object.fromEntries(
    ssmDocuments().map((document) => [
      documentLogicalId(document),
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
