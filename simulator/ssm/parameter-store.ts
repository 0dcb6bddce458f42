// Parameter Store: names, versions, and values that are shown only to those who may decrypt.

import { createHash } from 'node:crypto';
import { validate } from '../kernel/constraints.ts';
import { arn, type Kernel } from '../kernel/kernel.ts';
import { pageOf } from '../kernel/page.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import { text, texts } from './members.ts';

interface ParameterVersion {
  readonly value: string;
  readonly type: string;
  readonly modifiedAt: number;
}

/** Quota "Maximum parameter value size" of both tiers (AWS General Reference, Parameter Store). */
const STANDARD_CHARACTERS_MAX = 4096;
const ADVANCED_CHARACTERS_MAX = 8192;

/** PutParameter: "a maximum depth of 15 levels". */
const LEVELS_MAX = 15;

/** PutParameter, "Parameter naming constraints". */
const NAME = /^[a-zA-Z0-9_.\-/]+$/;

const invalid = (message: string) => new AwsError('ValidationException', message);

function checkName(name: string): void {
  const isPath = name.lastIndexOf('/') > 0;
  const plain = name.replace(/^\//, '').toLowerCase();
  if (plain.startsWith('aws') && isPath)
    throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  if (!NAME.test(name) || plain.startsWith('aws') || plain.startsWith('ssm'))
    throw invalid(
      'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive). It can consist of letters, numbers and the following 4 symbols .-_/',
    );
  if (name.includes('/') && !name.startsWith('/'))
    throw invalid('Parameter name must be a fully qualified name.');
  if (name.split('/').filter((level) => level !== '').length > LEVELS_MAX)
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      `A hierarchy can have a maximum of ${LEVELS_MAX} levels.`,
    );
}

/** The tier that a value needs, of those asked for. */
function tierOf(value: string, asked: string | undefined): string {
  const needed = value.length > STANDARD_CHARACTERS_MAX ? 'Advanced' : 'Standard';
  const tier = asked === 'Intelligent-Tiering' ? needed : (asked ?? 'Standard');
  const max = tier === 'Advanced' ? ADVANCED_CHARACTERS_MAX : STANDARD_CHARACTERS_MAX;
  if (value.length > max)
    throw invalid(
      `${tier} tier parameters support a maximum parameter value of ${max} characters.`,
    );
  return tier;
}

function checkPattern(value: string, pattern: string | undefined): void {
  if (pattern === undefined) return;
  if (!new RegExp(pattern).test(value))
    throw new AwsError(
      'ParameterPatternMismatchException',
      "The parameter value doesn't match the regular expression.",
    );
}

const notFound = () => new AwsError('ParameterNotFound', '');

/** Stands for the ciphertext that is shown without decryption. */
function sealed(value: string): string {
  return `AQICAHh${createHash('sha512').update(value).digest('base64')}`;
}

export class ParameterStore {
  readonly #kernel: Kernel;
  readonly #parameters = new Map<string, ParameterVersion[]>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  put(input: JsonObject): JsonObject {
    validate(input, {
      Name: { required: true, min: 1, max: 2048 },
      Value: { required: true, min: 1 },
      Type: { oneOf: ['String', 'StringList', 'SecureString'] },
    });
    const name = String(input.Name);
    const value = String(input.Value);
    checkName(name);
    const tier = tierOf(value, text(input, 'Tier'));
    checkPattern(value, text(input, 'AllowedPattern'));
    const versions = this.#parameters.get(name) ?? [];
    if (versions.length > 0 && input.Overwrite !== true) {
      throw new AwsError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    const type = text(input, 'Type') ?? versions.at(-1)?.type;
    if (!type) {
      throw new AwsError(
        'ValidationException',
        'A parameter type is required when you create a parameter.',
      );
    }
    versions.push({ value, type, modifiedAt: this.#kernel.clock.now() });
    this.#parameters.set(name, versions);
    this.#kernel.log.append('ssm', 'parameter-put', name, { version: versions.length, type });
    return { Version: versions.length, Tier: tier };
  }

  get(input: JsonObject): JsonObject {
    validate(input, { Name: { required: true, min: 1 } });
    const found = this.#view(String(input.Name), input.WithDecryption === true);
    if (!found) throw notFound();
    return { Parameter: found };
  }

  getSeveral(input: JsonObject): JsonObject {
    validate(input, { Names: { required: true, min: 1, max: 10 } });
    const parameters: JsonObject[] = [];
    const invalid: string[] = [];
    for (const name of texts(input, 'Names')) {
      const found = this.#view(name, input.WithDecryption === true);
      if (found) parameters.push(found);
      else invalid.push(name);
    }
    return { Parameters: parameters, InvalidParameters: invalid };
  }

  getByPath(input: JsonObject): JsonObject {
    validate(input, { Path: { required: true, min: 1 }, MaxResults: { min: 1, max: 10 } });
    if (!String(input.Path).startsWith('/'))
      throw invalid(`The parameter path ${String(input.Path)} must begin with a forward slash /.`);
    const path = `${String(input.Path).replace(/\/$/, '')}/`;
    const names = [...this.#parameters.keys()].filter((name) => {
      if (!name.startsWith(path)) return false;
      return input.Recursive === true || !name.slice(path.length).includes('/');
    });
    const request = { limit: Number(input.MaxResults ?? 10), token: input.NextToken };
    const page = pageOf(names, request, () => new AwsError('InvalidNextToken', ''));
    return {
      Parameters: page.items.map((name) => this.#view(name, input.WithDecryption === true)),
      ...(page.nextToken ? { NextToken: page.nextToken } : {}),
    };
  }

  delete(input: JsonObject): JsonObject {
    if (!this.#parameters.delete(String(input.Name))) throw notFound();
    return {};
  }

  /** `name` or `name:version`. */
  #view(selector: string, decrypt: boolean): JsonObject | undefined {
    const [, name = selector, asked] = /^(.*?)(?::(\d+))?$/.exec(selector) ?? [];
    const versions = this.#parameters.get(name);
    if (!versions) return undefined;
    const number = asked === undefined ? versions.length : Number(asked);
    const version = versions[number - 1];
    if (!version) throw new AwsError('ParameterVersionNotFound', '');
    const hidden = version.type === 'SecureString' && !decrypt;
    return {
      Name: name,
      Type: version.type,
      Value: hidden ? sealed(version.value) : version.value,
      Version: number,
      LastModifiedDate: version.modifiedAt / 1000,
      ARN: arn(this.#kernel, 'ssm', `parameter${name.startsWith('/') ? '' : '/'}${name}`),
      DataType: 'text',
    };
  }
}
