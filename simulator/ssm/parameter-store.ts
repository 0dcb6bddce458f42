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
    versions.push({ value: String(input.Value), type, modifiedAt: this.#kernel.clock.now() });
    this.#parameters.set(name, versions);
    this.#kernel.log.append('ssm', 'parameter-put', name, { version: versions.length, type });
    return { Version: versions.length, Tier: 'Standard' };
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
