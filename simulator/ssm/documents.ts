// The documents of one account: versions, default version and hash.

import { createHash } from 'node:crypto';
import { validate } from '../kernel/constraints.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { pageOf } from '../kernel/page.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import { namedAsByAmazon, RUN_SHELL_SCRIPT } from './amazon-documents.ts';
import { type DocumentContent, parseDocumentContent } from './document-content.ts';
import { documentFilters, passesFilter } from './document-filters.ts';
import { text } from './members.ts';

export interface DocumentVersion {
  readonly documentName: string;
  readonly version: number;
  readonly versionName: string | undefined;
  readonly source: string;
  readonly format: string;
  readonly content: DocumentContent;
  readonly sha256: string;
  readonly createdAt: number;
}

interface Document {
  readonly name: string;
  readonly owner: string;
  readonly targetType: string | undefined;
  readonly versions: DocumentVersion[];
  defaultVersion: number;
}

/** A new document or version is `Creating` or `Updating` for about so long. */
const SETTLES_SECONDS = 1;

const VERSIONS_MAX = 1000;

const NAME = { required: true, pattern: /^[a-zA-Z0-9_\-.:/]{3,128}$/ };

const invalidDocument = (name: string) =>
  new AwsError('InvalidDocument', `Document with name ${name} does not exist.`);

export class Documents {
  readonly #kernel: Kernel;
  readonly #documents = new Map<string, Document>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#add('AWS-RunShellScript', 'Amazon', RUN_SHELL_SCRIPT, 'JSON', undefined);
  }

  create(input: JsonObject): JsonObject {
    validate(input, {
      Name: { required: true, pattern: /^[a-zA-Z0-9_\-.]{3,128}$/ },
      Content: { required: true, min: 1 },
      DocumentFormat: { oneOf: ['YAML', 'JSON', 'TEXT'] },
    });
    const name = String(input.Name);
    const type = text(input, 'DocumentType') ?? 'Command';
    if (type !== 'Command') throw new Error(`The simulator has no documents of type ${type}`);
    if (this.#documents.has(name)) {
      throw new AwsError('DocumentAlreadyExists', `Document with same name ${name} already exists`);
    }
    const format = text(input, 'DocumentFormat') ?? 'JSON';
    const { accountId } = this.#kernel;
    const document = this.#add(name, accountId, String(input.Content), format, input);
    this.#kernel.log.append('ssm', 'document-created', name, { version: 1 });
    return { DocumentDescription: this.#describe(document, document.versions[0]!) };
  }

  update(input: JsonObject): JsonObject {
    validate(input, { Name: NAME, Content: { required: true, min: 1 } });
    const document = this.#own(String(input.Name));
    const asked = text(input, 'DocumentVersion') ?? '$LATEST';
    const latest = document.versions.length;
    if (asked !== '$LATEST' && Number(asked) !== latest) {
      throw new AwsError(
        'InvalidDocumentVersion',
        'The document version is not valid or does not exist.',
      );
    }
    const source = String(input.Content);
    if (document.versions.some((version) => version.source === source)) {
      throw new AwsError(
        'DuplicateDocumentContent',
        'The content of the document matches another document. Change the content of the document and try again.',
      );
    }
    if (latest >= VERSIONS_MAX) throw new AwsError('DocumentVersionLimitExceeded', '');
    const format = text(input, 'DocumentFormat') ?? 'JSON';
    const version = this.#version(document.name, latest + 1, source, format, input);
    document.versions.push(version);
    this.#kernel.log.append('ssm', 'document-updated', document.name, { version: latest + 1 });
    return { DocumentDescription: this.#describe(document, version) };
  }

  updateDefaultVersion(input: JsonObject): JsonObject {
    validate(input, {
      Name: NAME,
      DocumentVersion: { required: true, pattern: /^[1-9][0-9]*$/ },
    });
    const document = this.#own(String(input.Name));
    const version = this.#select(document, String(input.DocumentVersion));
    document.defaultVersion = version.version;
    return { Description: { Name: document.name, DefaultVersion: String(version.version) } };
  }

  describe(input: JsonObject): JsonObject {
    validate(input, { Name: NAME });
    const document = this.#find(String(input.Name));
    const version = this.#select(document, text(input, 'DocumentVersion') ?? '$DEFAULT');
    return { Document: this.#describe(document, version) };
  }

  get(input: JsonObject): JsonObject {
    validate(input, { Name: NAME });
    const document = this.#find(String(input.Name));
    const version = this.#select(document, text(input, 'DocumentVersion') ?? '$DEFAULT');
    return {
      Name: document.name,
      CreatedDate: version.createdAt / 1000,
      ...(version.versionName ? { VersionName: version.versionName } : {}),
      DocumentVersion: String(version.version),
      Status: 'Active',
      Content: version.source,
      DocumentType: 'Command',
      DocumentFormat: version.format,
    };
  }

  list(input: JsonObject): JsonObject {
    validate(input, { MaxResults: { min: 1, max: 50 } });
    const filters = documentFilters(input);
    const { accountId } = this.#kernel;
    const found = [...this.#documents.values()].filter((document) =>
      filters.every((filter) => passesFilter(document, filter, accountId)),
    );
    const all = found.map((document) => {
      const {
        Name,
        Owner,
        PlatformTypes,
        DocumentVersion,
        DocumentType,
        SchemaVersion,
        DocumentFormat,
      } = this.#describe(document, this.#select(document, '$DEFAULT'));
      return {
        Name,
        Owner,
        PlatformTypes,
        DocumentVersion,
        DocumentType,
        SchemaVersion,
        DocumentFormat,
      };
    });
    const request = { limit: Number(input.MaxResults ?? 50), token: input.NextToken };
    const page = pageOf(all, request, () => new AwsError('InvalidNextToken', ''));
    return {
      DocumentIdentifiers: page.items,
      ...(page.nextToken ? { NextToken: page.nextToken } : {}),
    };
  }

  delete(input: JsonObject): JsonObject {
    validate(input, { Name: NAME });
    this.#documents.delete(this.#own(String(input.Name)).name);
    return {};
  }

  /** The version that a command asks for, by name or ARN. */
  resolve(nameOrArn: string, version = '$DEFAULT'): DocumentVersion {
    return this.#select(this.#find(nameOrArn), version);
  }

  #add(
    name: string,
    owner: string,
    source: string,
    format: string,
    input: JsonObject | undefined,
  ): Document {
    const version = this.#version(name, 1, source, format, input ?? {});
    const targetType = input && text(input, 'TargetType');
    const document = { name, owner, targetType, versions: [version], defaultVersion: 1 };
    this.#documents.set(name, document);
    return document;
  }

  #version(
    documentName: string,
    version: number,
    source: string,
    format: string,
    input: JsonObject,
  ): DocumentVersion {
    return {
      documentName,
      version,
      versionName: text(input, 'VersionName'),
      source,
      format,
      content: namedAsByAmazon(documentName, parseDocumentContent(source, format)),
      sha256: createHash('sha256').update(source).digest('hex'),
      createdAt: this.#kernel.clock.now(),
    };
  }

  #find(nameOrArn: string): Document {
    const name = nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);
    const document = this.#documents.get(name);
    if (!document) throw invalidDocument(name);
    return document;
  }

  #own(name: string): Document {
    const document = this.#find(name);
    if (document.owner === 'Amazon') {
      throw new AwsError('InvalidDocumentOperation', 'Documents of Amazon cannot be changed.');
    }
    return document;
  }

  #select(document: Document, asked: string): DocumentVersion {
    const latest = document.versions.length;
    const wanted = { $DEFAULT: document.defaultVersion, $LATEST: latest }[asked] ?? Number(asked);
    const version = document.versions[wanted - 1];
    if (!version) {
      throw new AwsError(
        'InvalidDocumentVersion',
        'The document version is not valid or does not exist.',
      );
    }
    return version;
  }

  #describe(document: Document, version: DocumentVersion): JsonObject {
    const { content, createdAt } = version;
    const settled = this.#kernel.clock.now() >= createdAt + SETTLES_SECONDS * 1000;
    const settling = version.version === 1 ? 'Creating' : 'Updating';
    return {
      Hash: version.sha256,
      HashType: 'Sha256',
      Name: document.name,
      ...(version.versionName ? { VersionName: version.versionName } : {}),
      Owner: document.owner,
      CreatedDate: createdAt / 1000,
      Status: settled ? 'Active' : settling,
      DocumentVersion: String(version.version),
      ...(content.description ? { Description: content.description } : {}),
      Parameters: Object.entries(content.parameters).map(([Name, parameter]) => ({
        Name,
        Type: parameter.type,
        ...(parameter.description ? { Description: parameter.description } : {}),
        ...(parameter.default === undefined ? {} : { DefaultValue: String(parameter.default) }),
      })),
      PlatformTypes: ['Linux', 'MacOS'],
      DocumentType: 'Command',
      SchemaVersion: content.schemaVersion,
      LatestVersion: String(document.versions.length),
      DefaultVersion: String(document.defaultVersion),
      DocumentFormat: version.format,
      ...(document.targetType ? { TargetType: document.targetType } : {}),
      Tags: [],
    };
  }
}
