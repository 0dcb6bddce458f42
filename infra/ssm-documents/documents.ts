// Puts the SSM documents together: each .yml file with the shared shell functions it includes.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A parameter as the document declares it; the script finds its value in `SSM_<name>`. */
export interface SsmDocumentParameter {
  readonly type: 'String';
  readonly description: string;
  readonly default?: string;
  readonly allowedPattern: string;
  readonly interpolationType: 'ENV_VAR';
}

/** A command document of schema 2.2 with one shell script. */
export interface SsmDocumentContent {
  readonly schemaVersion: '2.2';
  readonly description: string;
  readonly parameters: Readonly<Record<string, SsmDocumentParameter>>;
  readonly mainSteps: readonly [
    {
      readonly action: 'aws:runShellScript';
      readonly name: string;
      readonly precondition: { readonly StringEquals: readonly ['platformType', 'Linux'] };
      readonly inputs: { readonly timeoutSeconds: string; readonly runCommand: readonly [string] };
    },
  ];
}

export interface SsmDocument {
  /** Such as `BottlerocketFleet-Check`. */
  readonly name: string;
  readonly verb: SsmDocumentVerb;
  readonly content: SsmDocumentContent;
  /** What is uploaded, with DocumentFormat YAML. */
  readonly yaml: string;
  /** Hexadecimal SHA-256 of `yaml`. */
  readonly sha256: string;
}

const verbs = ['check', 'prepare', 'activate-and-reboot', 'status', 'cancel', 'roll-back'] as const;

export type SsmDocumentVerb = (typeof verbs)[number];

/** The files never change while a process runs, and a template names their hashes in every function. */
let documents: readonly SsmDocument[] | undefined;

/** All documents, in the order of a rollout. */
export function ssmDocuments(): readonly SsmDocument[] {
  documents ??= readDocuments();
  return documents;
}

function readDocuments(): readonly SsmDocument[] {
  return verbs.map((verb) => {
    const yaml = withIncludes(read(`${verb}.yml`));
    return {
      name: `BottlerocketFleet-${pascalCase(verb)}`,
      verb,
      content: parse(yaml) as SsmDocumentContent,
      yaml,
      sha256: createHash('sha256').update(yaml).digest('hex'),
    };
  });
}

/** Replaces each line `# include FILE` by the file's lines, indented as that line is. */
function withIncludes(text: string): string {
  return text.replaceAll(/^( *)# include (\S+)\n/gm, (_line, indent: string, file: string) =>
    read(file).replaceAll(/^(?=.)/gm, indent),
  );
}

function read(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

function pascalCase(kebabCase: string): string {
  return kebabCase.replaceAll(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
