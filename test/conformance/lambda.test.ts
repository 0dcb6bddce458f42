// AWS Lambda: functions, their code and settings, concurrency, permissions and invocations.

import {
  AddPermissionCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  InvalidParameterValueException,
  InvalidRequestContentException,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  ResourceConflictException,
  ResourceNotFoundException,
  TooManyRequestsException,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import { describe, expect } from 'vitest';
import { allPages, openStage, refused } from './support/stage.ts';

const stage = await openStage('lambda');
const lambda = stage.client(LambdaClient);
const { prefix } = stage;
const ROLE = { needs: ['REMOTE_LAMBDA_ROLE'] } as const;

/** An archive with a handler of this body. */
function archive(body: string): Uint8Array {
  const text = `exports.handler = async (event, context) => { ${body} };`;
  return zipSync({ 'index.js': strToU8(text) });
}

const ECHO = archive('return { got: event, name: context.functionName };');

function functionOf(name: string, Role: string): CreateFunctionCommandInput {
  return {
    FunctionName: `${prefix}-${name}`,
    Role,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Code: { ZipFile: ECHO },
  };
}

/** Makes a function that is deleted when all is over, and waits until it can be invoked. */
async function create(input: CreateFunctionCommandInput): Promise<string> {
  const { FunctionName } = input;
  stage.afterwards(() => lambda.send(new DeleteFunctionCommand({ FunctionName })));
  await lambda.send(new CreateFunctionCommand(input));
  await isReady(FunctionName!);
  return FunctionName!;
}

function isReady(FunctionName: string) {
  return stage.eventually(
    () => lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
    ({ State, LastUpdateStatus }) => State === 'Active' && LastUpdateStatus === 'Successful',
  );
}

async function invoke(FunctionName: string, payload: unknown = {}) {
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: strToU8(JSON.stringify(payload)) }),
  );
  return { ...answer, value: JSON.parse(answer.Payload!.transformToString()) };
}

describe('serialization', () => {
  stage.test('a function, minimal and maximal', ROLE, async (the) => {
    const minimal = await lambda.send(
      new CreateFunctionCommand(functionOf('minimal', the.REMOTE_LAMBDA_ROLE)),
    );
    const { FunctionName } = minimal;
    stage.afterwards(() => lambda.send(new DeleteFunctionCommand({ FunctionName })));
    expect(minimal.$metadata.httpStatusCode).toBe(201);
    expect(minimal).toMatchObject({
      FunctionName: `${prefix}-minimal`,
      FunctionArn: expect.stringMatching(`:function:${prefix}-minimal$`),
      Runtime: 'nodejs22.x',
      Role: the.REMOTE_LAMBDA_ROLE,
      Handler: 'index.handler',
      CodeSize: expect.any(Number),
      Timeout: 3,
      MemorySize: 128,
      LastModified: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*\+0000$/),
      Version: '$LATEST',
      PackageType: 'Zip',
      Architectures: ['x86_64'],
      State: expect.stringMatching(/^(Pending|Active)$/),
    });
    const maximal = {
      ...functionOf('maximal', the.REMOTE_LAMBDA_ROLE),
      Description: 'd'.repeat(256),
      Timeout: 900,
      MemorySize: 1024,
      Environment: { Variables: { A: 'a' } },
    };
    await create(maximal);
    const { Configuration, Code } = await lambda.send(
      new GetFunctionCommand({ FunctionName: maximal.FunctionName }),
    );
    const { Code: _, ...shown } = maximal;
    expect(Configuration).toMatchObject(shown);
    expect(Code?.RepositoryType).toBe('S3');
    const { Functions } = await lambda.send(new ListFunctionsCommand({ MaxItems: 50 }));
    expect(Functions?.map((one) => one.FunctionName)).toContain(FunctionName);
  });

  stage.test('updates, concurrency, retries and permissions', ROLE, async (the) => {
    const FunctionName = await create(functionOf('settings', the.REMOTE_LAMBDA_ROLE));
    const configured = await lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName,
        Timeout: 1,
        MemorySize: 256,
        Environment: { Variables: { B: 'b' } },
      }),
    );
    expect(configured).toMatchObject({
      Timeout: 1,
      MemorySize: 256,
      RevisionId: expect.any(String),
    });
    await isReady(FunctionName);
    const coded = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: ECHO }));
    expect(coded.FunctionName).toBe(FunctionName);
    await isReady(FunctionName);
    const reserved = await lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 1 }),
    );
    expect(reserved.ReservedConcurrentExecutions).toBe(1);
    const read = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
    expect(read.ReservedConcurrentExecutions).toBe(1);
    const freed = await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    expect(freed.$metadata.httpStatusCode).toBe(204);
    const asynchronous = { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 };
    const put = await lambda.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName, ...asynchronous }),
    );
    expect(put).toMatchObject({
      ...asynchronous,
      FunctionArn: expect.stringMatching(/:function:.+:\$LATEST$/),
    });
    const got = await lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }));
    expect(got).toMatchObject(asynchronous);
    const { Statement } = await lambda.send(
      new AddPermissionCommand({
        FunctionName,
        StatementId: 'events',
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: 'arn:aws:events:eu-west-1:111122223333:rule/a',
      }),
    );
    expect(JSON.parse(Statement!)).toMatchObject({
      Sid: 'events',
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Condition: { ArnLike: { 'AWS:SourceArn': expect.any(String) } },
    });
    const gone = await lambda.send(new DeleteFunctionCommand({ FunctionName }));
    expect(gone.$metadata.httpStatusCode).toBeLessThan(300);
  });

  stage.test('Invoke, in its three ways', ROLE, async (the) => {
    const FunctionName = await create(functionOf('invoked', the.REMOTE_LAMBDA_ROLE));
    const answer = await invoke(FunctionName, { a: 1 });
    expect(answer).toMatchObject({
      StatusCode: 200,
      ExecutedVersion: '$LATEST',
      value: { got: { a: 1 }, name: FunctionName },
    });
    expect(answer.FunctionError).toBeUndefined();
    const event = await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }));
    expect(event.StatusCode).toBe(202);
    const dry = await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'DryRun' }));
    expect(dry.StatusCode).toBe(204);
  });
});

describe('validation', () => {
  stage.test('a function that does not exist, or exists', ROLE, async (the) => {
    const FunctionName = `${prefix}-absent`;
    const permission = {
      StatementId: 'a',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
    };
    await refused(
      lambda,
      ResourceNotFoundException,
      new GetFunctionCommand({ FunctionName }),
      new GetFunctionConfigurationCommand({ FunctionName }),
      new UpdateFunctionCodeCommand({ FunctionName, ZipFile: ECHO }),
      new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 1 }),
      new DeleteFunctionCommand({ FunctionName }),
      new InvokeCommand({ FunctionName }),
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 1 }),
      new GetFunctionConcurrencyCommand({ FunctionName }),
      new DeleteFunctionConcurrencyCommand({ FunctionName }),
      new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0 }),
      new GetFunctionEventInvokeConfigCommand({ FunctionName }),
      new AddPermissionCommand({ FunctionName, ...permission }),
    );
    const twice = functionOf('twice', the.REMOTE_LAMBDA_ROLE);
    await create(twice);
    await refused(lambda, ResourceConflictException, new CreateFunctionCommand(twice));
    const granted = { FunctionName: twice.FunctionName, ...permission };
    await lambda.send(new AddPermissionCommand(granted));
    await refused(lambda, ResourceConflictException, new AddPermissionCommand(granted));
    // A function that was never told how to treat events has no such configuration.
    const untold = new GetFunctionEventInvokeConfigCommand({ FunctionName: twice.FunctionName });
    await refused(lambda, ResourceNotFoundException, untold);
  });

  stage.test('names, sizes, archives and numbers', ROLE, async (the) => {
    const base = functionOf('wrong', the.REMOTE_LAMBDA_ROLE);
    const { FunctionName } = base;
    const retries = (MaximumRetryAttempts: number, MaximumEventAgeInSeconds: number) =>
      new PutFunctionEventInvokeConfigCommand({
        FunctionName,
        MaximumRetryAttempts,
        MaximumEventAgeInSeconds,
      });
    await refused(
      lambda,
      'ValidationException',
      new CreateFunctionCommand({ ...base, FunctionName: 'no spaces' }),
      new CreateFunctionCommand({ ...base, Timeout: 0 }),
      new CreateFunctionCommand({ ...base, MemorySize: 127 }),
      new CreateFunctionCommand({ ...base, Description: 'd'.repeat(257) }),
      new CreateFunctionCommand({ ...base, Runtime: 'cobol85' as 'nodejs22.x' }),
      new CreateFunctionCommand({ ...base, Role: 'none' }),
      retries(-1, 60),
      retries(3, 60),
      retries(0, 59),
      retries(0, 21_601),
      new ListFunctionsCommand({ MaxItems: 0 }),
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: -1 }),
    );
    const noZip = { ZipFile: strToU8('PK, but no archive') };
    const wrong = new CreateFunctionCommand({ ...base, Code: noZip });
    await refused(lambda, InvalidParameterValueException, wrong);
  });

  stage.test('invocations: requests that are no JSON, and no concurrency', ROLE, async (the) => {
    const FunctionName = await create(functionOf('payload', the.REMOTE_LAMBDA_ROLE));
    const noJson = new InvokeCommand({ FunctionName, Payload: strToU8('no JSON') });
    await refused(lambda, InvalidRequestContentException, noJson);
    await lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }),
    );
    await refused(lambda, TooManyRequestsException, new InvokeCommand({ FunctionName }));
  });
});

describe('behaviour', () => {
  stage.test('new code and new variables are what runs next', ROLE, async (the) => {
    const FunctionName = await create(functionOf('story', the.REMOTE_LAMBDA_ROLE));
    const before = await lambda.send(new GetFunctionCommand({ FunctionName }));
    await lambda.send(
      new UpdateFunctionCodeCommand({
        FunctionName,
        ZipFile: archive('return process.env.WORD ?? "none";'),
      }),
    );
    await isReady(FunctionName);
    expect((await invoke(FunctionName)).value).toBe('none');
    await lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName,
        Environment: { Variables: { WORD: 'said' } },
      }),
    );
    const after = await isReady(FunctionName);
    expect((await invoke(FunctionName)).value).toBe('said');
    expect(after.RevisionId).not.toBe(before.Configuration?.RevisionId);
  });

  stage.test('an error, and a function that takes too long', ROLE, async (the) => {
    const failing = await create({
      ...functionOf('fails', the.REMOTE_LAMBDA_ROLE),
      Code: { ZipFile: archive('throw new TypeError("on purpose");') },
    });
    expect(await invoke(failing)).toMatchObject({
      StatusCode: 200,
      FunctionError: 'Unhandled',
      value: { errorType: 'TypeError', errorMessage: 'on purpose' },
    });
    const slow = await create({
      ...functionOf('slow', the.REMOTE_LAMBDA_ROLE),
      Timeout: 1,
      Code: { ZipFile: archive('await new Promise((done) => setTimeout(done, 5000));') },
    });
    const late = await invoke(slow);
    expect(late.FunctionError).toBe('Unhandled');
    expect(late.value.errorMessage).toMatch(/Task timed out after 1\.00 seconds/);
  });

  stage.test('settings are read back until they are taken away', ROLE, async (the) => {
    const FunctionName = await create(functionOf('kept', the.REMOTE_LAMBDA_ROLE));
    await lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 1 }),
    );
    const { Concurrency } = await lambda.send(new GetFunctionCommand({ FunctionName }));
    expect(Concurrency?.ReservedConcurrentExecutions).toBe(1);
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    const freed = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
    expect(freed.ReservedConcurrentExecutions).toBeUndefined();
    const asynchronous = { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 21_600 };
    await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, ...asynchronous }));
    const got = await lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }));
    expect(got).toMatchObject(asynchronous);
    const grant = { FunctionName, Action: 'lambda:InvokeFunction', Principal: 'sns.amazonaws.com' };
    for (const StatementId of ['one', 'two'])
      await lambda.send(new AddPermissionCommand({ ...grant, StatementId }));
  });

  stage.test('pages hold every function once, until it is deleted', ROLE, async (the) => {
    const names = [
      await create(functionOf('page-a', the.REMOTE_LAMBDA_ROLE)),
      await create(functionOf('page-b', the.REMOTE_LAMBDA_ROLE)),
    ];
    const listed = async () => {
      const { items } = await allPages(
        (Marker) => lambda.send(new ListFunctionsCommand({ MaxItems: 1, Marker })),
        ({ Functions }) => Functions?.map((one) => one.FunctionName),
        ({ NextMarker }) => NextMarker,
      );
      return items;
    };
    const before = await listed();
    expect(before).toEqual(expect.arrayContaining(names));
    expect(new Set(before).size).toBe(before.length);
    await lambda.send(new DeleteFunctionCommand({ FunctionName: names[0] }));
    await stage.eventually(listed, (items) => !items.includes(names[0]));
  });
});

stage.proveComplete();
