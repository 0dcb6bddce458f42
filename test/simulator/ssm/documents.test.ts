// Tests of documents and of how their parameters reach a script.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { idOf, ssmFleet } from './fleet-of.ts';

const YAML = `schemaVersion: '2.2'
description: Says a name.
parameters:
  Name:
    type: String
    description: Whom to greet.
    allowedPattern: '^[a-z$();" ]{1,40}$'
    interpolationType: ENV_VAR
  Times:
    type: String
    default: '1'
    allowedValues: ['1', '2']
mainSteps:
  - action: aws:runShellScript
    name: greet
    precondition:
      StringEquals: [platformType, Linux]
    inputs:
      timeoutSeconds: '120'
      runCommand:
        - echo "hello $SSM_Name"
        - echo "{{ Times }} times"
`;

const create = { Name: 'Greet', Content: YAML, DocumentType: 'Command', DocumentFormat: 'YAML' };
const name = (...values: string[]) => ({ Name: values });

describe('CreateDocument', () => {
  test('answers the description, and the document is Active a moment later', async () => {
    const fleet = ssmFleet();
    const { DocumentDescription } = await fleet.call('CreateDocument', create);
    expect(DocumentDescription).toMatchObject({
      Name: 'Greet',
      Hash: createHash('sha256').update(YAML).digest('hex'),
      HashType: 'Sha256',
      Status: 'Creating',
      DocumentVersion: '1',
      DefaultVersion: '1',
      SchemaVersion: '2.2',
      Parameters: [
        { Name: 'Name', Type: 'String', Description: 'Whom to greet.' },
        { Name: 'Times', Type: 'String', DefaultValue: '1' },
      ],
    });
    await fleet.advance(2);
    expect((await fleet.call('DescribeDocument', { Name: 'Greet' })).Document).toMatchObject({
      Status: 'Active',
    });
  });

  const refused: [string, Record<string, string>, string][] = [
    ['a name that exists', {}, 'DocumentAlreadyExists'],
    ['content that is no YAML', { Name: 'Other', Content: '{: x' }, 'InvalidDocumentContent'],
    [
      'another schema',
      { Name: 'Other', Content: YAML.replace('2.2', '1.2') },
      'InvalidDocumentSchemaVersion',
    ],
    [
      'a pattern that is none',
      { Name: 'Other', Content: YAML.replace('{1,40}', '{1,').replace('[a-z', '[z-a') },
      'InvalidDocumentContent',
    ],
    [
      'content above 64 KB',
      { Name: 'Other', Content: `${YAML}#${'x'.repeat(65_536)}` },
      'MaxDocumentSizeExceeded',
    ],
    ['a short name', { Name: 'x' }, 'ValidationException'],
  ];
  test.each(refused)('refuses %s', async (_what, more, code) => {
    const fleet = ssmFleet();
    await fleet.call('CreateDocument', create);
    expect((await fleet.refusal('CreateDocument', { ...create, ...more })).code).toBe(code);
  });
});

test('UpdateDocument adds a version that is not the default until it is made so', async () => {
  const fleet = ssmFleet();
  await fleet.call('CreateDocument', create);
  const update = {
    Name: 'Greet',
    Content: YAML.replace('hello', 'good day'),
    DocumentFormat: 'YAML',
    DocumentVersion: '$LATEST',
  };
  await fleet.call('UpdateDocument', update);
  expect((await fleet.refusal('UpdateDocument', update)).code).toBe('DuplicateDocumentContent');
  const versions = async () => {
    const { Document } = await fleet.call('DescribeDocument', { Name: 'Greet' });
    const { DocumentVersion, LatestVersion, DefaultVersion } = Document as Record<string, string>;
    return [DocumentVersion, LatestVersion, DefaultVersion];
  };
  expect(await versions()).toEqual(['1', '2', '1']);
  await fleet.call('UpdateDocumentDefaultVersion', { Name: 'Greet', DocumentVersion: '2' });
  expect(await versions()).toEqual(['2', '2', '2']);
  const { Content } = await fleet.call('GetDocument', { Name: 'Greet', DocumentVersion: '1' });
  expect(Content).toBe(YAML);
});

describe('SendCommand with parameters', () => {
  const send = { DocumentName: 'Greet', InstanceIds: [idOf(0)] };

  async function greeted(Parameters: Record<string, string[]>) {
    const fleet = ssmFleet();
    await fleet.call('CreateDocument', create);
    const commandId = await fleet.send([], { ...send, Parameters });
    await fleet.advance(10);
    return (await fleet.invocation(commandId)).StandardOutputContent;
  }

  test('ENV_VAR parameters arrive as environment and are never part of the script', async () => {
    expect(await greeted(name('$(reboot)"; echo'))).toBe('hello $(reboot)"; echo\n1 times\n');
  });

  test('other parameters are text of the script, injection included', async () => {
    const fleet = ssmFleet();
    const content = YAML.replace(/ {4}allowedValues.*\n/, '');
    await fleet.call('CreateDocument', { ...create, Content: content });
    const Parameters = { Name: ['x'], Times: ['"; echo "injected'] };
    const commandId = await fleet.send([], { ...send, Parameters });
    await fleet.advance(10);
    expect((await fleet.invocation(commandId)).StandardOutputContent).toBe(
      'hello x\n\ninjected times\n',
    );
  });

  const refused: [string, Record<string, string[]>][] = [
    ['a missing value', {}],
    ['a value outside the pattern', name('Robert; DROP')],
    ['a value that is not allowed', { ...name('x'), Times: ['3'] }],
    ['a parameter of no document', { ...name('x'), Colour: ['red'] }],
    ['two values for a String', name('x', 'y')],
  ];
  test.each(refused)('refuses %s as InvalidParameters', async (_what, Parameters) => {
    const fleet = ssmFleet();
    await fleet.call('CreateDocument', create);
    const error = await fleet.refusal('SendCommand', { ...send, Parameters });
    expect(error.code).toBe('InvalidParameters');
  });

  test('refuses an unknown document, version, or hash', async () => {
    const fleet = ssmFleet();
    await fleet.call('CreateDocument', create);
    const Parameters = name('x');
    const code = async (more: Record<string, unknown>) =>
      (await fleet.refusal('SendCommand', { ...send, Parameters, ...more })).code;
    expect(await code({ DocumentName: 'Unknown' })).toBe('InvalidDocument');
    expect(await code({ DocumentVersion: '7' })).toBe('InvalidDocumentVersion');
    expect(await code({ DocumentHash: 'ab', DocumentHashType: 'Sha256' })).toBe('InvalidDocument');
  });
});
