// AWS Systems Manager: documents with their versions, and parameters.

import {
  CreateDocumentCommand,
  DeleteDocumentCommand,
  DeleteParameterCommand,
  DescribeDocumentCommand,
  DocumentAlreadyExists,
  DuplicateDocumentContent,
  GetDocumentCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  HierarchyLevelLimitExceededException,
  InvalidDocument,
  InvalidDocumentContent,
  InvalidDocumentVersion,
  ListDocumentsCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  ParameterPatternMismatchException,
  ParameterVersionNotFound,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand,
} from '@aws-sdk/client-ssm';
import { describe, expect } from 'vitest';
import { allPages, openStage, refused } from './support/stage.ts';

const stage = await openStage('ssm-documents');
const ssm = stage.client(SSMClient);
const { prefix } = stage;
const PATH = `/${prefix}`;

function content(word: string): string {
  return JSON.stringify({
    schemaVersion: '2.2',
    description: 'Says a word.',
    parameters: {
      Word: { type: 'String', description: 'What is said.', default: word, maxChars: 20 },
    },
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: 'say',
        inputs: { timeoutSeconds: '60', runCommand: ['echo {{ Word }}'] },
      },
    ],
  });
}

/** Makes a document, and deletes it when all is over. */
async function create(Name: string, word = 'a') {
  stage.afterwards(() => ssm.send(new DeleteDocumentCommand({ Name })));
  const { DocumentDescription } = await ssm.send(
    new CreateDocumentCommand({
      Name,
      Content: content(word),
      DocumentType: 'Command',
      DocumentFormat: 'JSON',
      VersionName: 'first',
      TargetType: '/AWS::EC2::Instance',
    }),
  );
  return DocumentDescription!;
}

async function isActive(Name: string, DocumentVersion?: string) {
  await stage.eventually(
    () => ssm.send(new DescribeDocumentCommand({ Name, DocumentVersion })),
    ({ Document }) => Document?.Status === 'Active',
  );
}

async function put(input: Partial<PutParameterCommandInput> & { Name: string }) {
  const { Name } = input;
  stage.afterwards(() => ssm.send(new DeleteParameterCommand({ Name })));
  return ssm.send(new PutParameterCommand({ Type: 'String', Value: 'v', ...input }));
}

describe('serialization', () => {
  stage.test('CreateDocument, DescribeDocument and GetDocument', {}, async () => {
    const Name = `${prefix}-maximal`;
    const created = await create(Name);
    expect(created).toMatchObject({
      Name,
      Hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      HashType: 'Sha256',
      CreatedDate: expect.any(Date),
      Status: expect.stringMatching(/^(Creating|Active)$/),
      DocumentVersion: '1',
      LatestVersion: '1',
      DefaultVersion: '1',
      VersionName: 'first',
      DocumentType: 'Command',
      DocumentFormat: 'JSON',
      SchemaVersion: '2.2',
      TargetType: '/AWS::EC2::Instance',
      PlatformTypes: expect.arrayContaining(['Linux']),
      Parameters: [
        { Name: 'Word', Type: 'String', Description: 'What is said.', DefaultValue: 'a' },
      ],
    });
    await isActive(Name);
    const described = await ssm.send(new DescribeDocumentCommand({ Name, DocumentVersion: '1' }));
    expect(described.Document).toMatchObject({ Name, Hash: created.Hash, Status: 'Active' });
    const got = await ssm.send(new GetDocumentCommand({ Name, DocumentFormat: 'JSON' }));
    expect(got).toMatchObject({
      Name,
      DocumentVersion: '1',
      CreatedDate: expect.any(Date),
      DocumentFormat: 'JSON',
      DocumentType: 'Command',
    });
    expect(JSON.parse(got.Content!)).toEqual(JSON.parse(content('a')));
  });

  stage.test('ListDocuments', {}, async () => {
    const { DocumentIdentifiers } = await ssm.send(
      new ListDocumentsCommand({
        MaxResults: 50,
        Filters: [{ Key: 'Owner', Values: ['Self'] }],
      }),
    );
    expect(DocumentIdentifiers).toContainEqual(
      expect.objectContaining({
        Name: `${prefix}-maximal`,
        DocumentVersion: '1',
        SchemaVersion: '2.2',
      }),
    );
    await ssm.send(new ListDocumentsCommand({}));
  });

  stage.test('UpdateDocument, UpdateDocumentDefaultVersion, DeleteDocument', {}, async () => {
    const Name = `${prefix}-updated`;
    await create(Name);
    await isActive(Name);
    const { DocumentDescription } = await ssm.send(
      new UpdateDocumentCommand({
        Name,
        Content: content('b'),
        DocumentVersion: '$LATEST',
        VersionName: 'second',
      }),
    );
    expect(DocumentDescription).toMatchObject({
      DocumentVersion: '2',
      LatestVersion: '2',
      DefaultVersion: '1',
      VersionName: 'second',
    });
    await isActive(Name, '2');
    const { Description } = await ssm.send(
      new UpdateDocumentDefaultVersionCommand({ Name, DocumentVersion: '2' }),
    );
    expect(Description).toMatchObject({ Name, DefaultVersion: '2' });
    expect(await ssm.send(new DeleteDocumentCommand({ Name }))).toBeDefined();
  });

  stage.test('parameters, as small and as large as they can be', {}, async () => {
    expect(await put({ Name: `${PATH}/minimal` })).toMatchObject({ Version: 1, Tier: 'Standard' });
    await put({
      Name: `${PATH}/maximal`,
      Value: 'v'.repeat(4096),
      Description: 'd'.repeat(1024),
      AllowedPattern: '^v+$',
      Tier: 'Standard',
      DataType: 'text',
    });
    await put({ Name: `${PATH}/list`, Type: 'StringList', Value: 'a,b' });
    await put({ Name: `${PATH}/secret`, Type: 'SecureString', Value: 'hidden' });
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: `${PATH}/maximal` }));
    expect(Parameter).toMatchObject({
      ARN: expect.stringMatching(`:parameter${PATH}/maximal$`),
      Type: 'String',
      Value: 'v'.repeat(4096),
      Version: 1,
      LastModifiedDate: expect.any(Date),
      DataType: 'text',
    });
    const several = await ssm.send(
      new GetParametersCommand({ Names: [`${PATH}/list`, `${PATH}/absent`] }),
    );
    expect(several.Parameters?.map(({ Value }) => Value)).toEqual(['a,b']);
    expect(several.InvalidParameters).toEqual([`${PATH}/absent`]);
    const byPath = await ssm.send(
      new GetParametersByPathCommand({
        Path: PATH,
        Recursive: true,
        WithDecryption: true,
        MaxResults: 10,
      }),
    );
    expect(byPath.Parameters?.map(({ Value }) => Value)).toContain('hidden');
    expect(await ssm.send(new DeleteParameterCommand({ Name: `${PATH}/minimal` }))).toBeDefined();
  });
});

describe('validation', () => {
  stage.test('documents that do not exist, or versions', {}, async () => {
    const Name = `${prefix}-absent`;
    await refused(
      ssm,
      InvalidDocument,
      new DescribeDocumentCommand({ Name }),
      new GetDocumentCommand({ Name }),
      new UpdateDocumentCommand({ Name, Content: content('a') }),
      new UpdateDocumentDefaultVersionCommand({ Name, DocumentVersion: '1' }),
      new DeleteDocumentCommand({ Name }),
    );
    const known = `${prefix}-versions`;
    await create(known);
    await isActive(known);
    await refused(
      ssm,
      InvalidDocumentVersion,
      new DescribeDocumentCommand({ Name: known, DocumentVersion: '7' }),
      new UpdateDocumentDefaultVersionCommand({ Name: known, DocumentVersion: '7' }),
    );
    const twice = new CreateDocumentCommand({ Name: known, Content: content('a') });
    await refused(ssm, DocumentAlreadyExists, twice);
    const same = new UpdateDocumentCommand({
      Name: known,
      Content: content('a'),
      DocumentVersion: '$LATEST',
    });
    await refused(ssm, DuplicateDocumentContent, same);
  });

  stage.test('contents and names of documents', {}, async () => {
    const Name = `${prefix}-wrong`;
    await refused(
      ssm,
      InvalidDocumentContent,
      new CreateDocumentCommand({ Name, Content: 'not JSON' }),
      new CreateDocumentCommand({ Name, Content: '{"schemaVersion":"2.2","mainSteps":[]}' }),
    );
    await refused(
      ssm,
      'ValidationException',
      new CreateDocumentCommand({ Name: 'ab', Content: content('a') }),
      new CreateDocumentCommand({ Name: 'x'.repeat(129), Content: content('a') }),
      new CreateDocumentCommand({ Name: 'no spaces', Content: content('a') }),
      new CreateDocumentCommand({ Name, Content: '' }),
      new ListDocumentsCommand({ MaxResults: 0 }),
      new ListDocumentsCommand({ MaxResults: 51 }),
      new UpdateDocumentDefaultVersionCommand({ Name, DocumentVersion: '$LATEST' }),
    );
    await create('x'.repeat(128 - prefix.length) + prefix);
  });

  stage.test('parameters that do not exist, or exist', {}, async () => {
    const Name = `${PATH}/absent`;
    await refused(
      ssm,
      ParameterNotFound,
      new GetParameterCommand({ Name }),
      new DeleteParameterCommand({ Name }),
    );
    await put({ Name: `${PATH}/there` });
    const again = new PutParameterCommand({ Name: `${PATH}/there`, Value: 'w', Type: 'String' });
    await refused(ssm, ParameterAlreadyExists, again);
    const future = new GetParameterCommand({ Name: `${PATH}/there:9` });
    await refused(ssm, ParameterVersionNotFound, future);
  });

  stage.test('values, names and numbers of parameters', {}, async () => {
    const Name = `${PATH}/wrong`;
    const base = { Name, Value: 'v', Type: 'String' } as const;
    await refused(
      ssm,
      'ValidationException',
      new PutParameterCommand({ ...base, Value: 'v'.repeat(4097) }),
      new PutParameterCommand({ ...base, Value: '' }),
      new PutParameterCommand({ Name, Value: 'v' }),
      new PutParameterCommand({ ...base, Name: 'no spaces' }),
      new PutParameterCommand({ ...base, Name: 'aws-reserved' }),
      new PutParameterCommand({ ...base, Name: `${prefix}/needs/a/slash` }),
      new PutParameterCommand({ ...base, Description: 'd'.repeat(1025) }),
      new GetParametersCommand({ Names: Array.from({ length: 11 }, (_, n) => `${PATH}/${n}`) }),
      new GetParametersByPathCommand({ Path: PATH, MaxResults: 11 }),
      new GetParametersByPathCommand({ Path: 'relative' }),
    );
    const deep = new PutParameterCommand({ ...base, Name: `/${'a/'.repeat(15)}a` });
    await refused(ssm, HierarchyLevelLimitExceededException, deep);
    const mismatch = new PutParameterCommand({ ...base, AllowedPattern: '^[0-9]+$' });
    await refused(ssm, ParameterPatternMismatchException, mismatch);
    await ssm.send(
      new GetParametersCommand({ Names: Array.from({ length: 10 }, (_, n) => `${PATH}/${n}`) }),
    );
  });
});

describe('behaviour', () => {
  stage.test('a document has its versions, one of which is the default', {}, async () => {
    const Name = `${prefix}-story`;
    await create(Name);
    await isActive(Name);
    await ssm.send(
      new UpdateDocumentCommand({ Name, Content: content('b'), DocumentVersion: '$LATEST' }),
    );
    const word = async (DocumentVersion?: string) => {
      const { Content } = await ssm.send(new GetDocumentCommand({ Name, DocumentVersion }));
      return JSON.parse(Content!).parameters.Word.default;
    };
    await isActive(Name, '$LATEST');
    expect([await word(), await word('1'), await word('2')]).toEqual(['a', 'a', 'b']);
    await ssm.send(new UpdateDocumentDefaultVersionCommand({ Name, DocumentVersion: '2' }));
    expect(await word()).toBe('b');
    const { Document } = await ssm.send(new DescribeDocumentCommand({ Name }));
    expect(Document).toMatchObject({ DefaultVersion: '2', LatestVersion: '2' });
    await ssm.send(new DeleteDocumentCommand({ Name }));
    await refused(ssm, InvalidDocument, new GetDocumentCommand({ Name }));
  });

  stage.test('pages hold every document of our own once', {}, async () => {
    await create(`${prefix}-page-a`);
    await create(`${prefix}-page-b`);
    const { items, pages } = await allPages(
      (NextToken) =>
        ssm.send(
          new ListDocumentsCommand({
            MaxResults: 1,
            NextToken,
            Filters: [{ Key: 'Name', Values: [`${prefix}-page`] }],
          }),
        ),
      ({ DocumentIdentifiers }) => DocumentIdentifiers,
      ({ NextToken }) => NextToken,
    );
    expect(items.map(({ Name }) => Name).sort()).toEqual([`${prefix}-page-a`, `${prefix}-page-b`]);
    expect(pages).toBeGreaterThanOrEqual(2);
  });

  stage.test('a parameter has versions; a path has pages; a secret is hidden', {}, async () => {
    const Name = `${PATH}/versions/a`;
    await put({ Name, Value: 'one' });
    const { Version } = await put({ Name, Value: 'two', Overwrite: true });
    expect(Version).toBe(2);
    const value = async (name: string) =>
      (await ssm.send(new GetParameterCommand({ Name: name }))).Parameter?.Value;
    expect([await value(Name), await value(`${Name}:1`)]).toEqual(['two', 'one']);
    await put({ Name: `${PATH}/versions/deep/b` });
    await put({ Name: `${PATH}/versions/c`, Type: 'SecureString', Value: 'hidden' });
    const names = async (Recursive: boolean) => {
      const { items } = await allPages(
        (NextToken) =>
          ssm.send(
            new GetParametersByPathCommand({
              Path: `${PATH}/versions`,
              Recursive,
              MaxResults: 1,
              NextToken,
            }),
          ),
        ({ Parameters }) => Parameters,
        (page) => page.NextToken,
      );
      return items.map((one) => one.Name?.replace(`${PATH}/versions/`, '')).sort();
    };
    expect(await names(false)).toEqual(['a', 'c']);
    expect(await names(true)).toEqual(['a', 'c', 'deep/b']);
    const { Parameters } = await ssm.send(
      new GetParametersCommand({ Names: [`${PATH}/versions/c`] }),
    );
    expect(Parameters?.[0]?.Value).not.toContain('hidden');
    await ssm.send(new DeleteParameterCommand({ Name }));
    await refused(ssm, ParameterNotFound, new GetParameterCommand({ Name }));
  });
});

stage.proveComplete();
