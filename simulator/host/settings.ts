// The settings of one host: what `apiclient get` reads and `apiclient set` may write.

import { parseVersion } from './semantic-version.ts';
import { metadataBaseUrl } from './update-repository.ts';

export type SettingValue = string | number | boolean;
export type SettingTree = { [key: string]: SettingValue | SettingTree };

/** A refusal by the API server (HTTP 400), in its own words. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

export interface InitialSettings {
  readonly variant: string;
  readonly arch: string;
  readonly seed: number;
  readonly region: string;
  readonly versionLock: string;
  readonly ignoreWaves: boolean;
  readonly adminContainerEnabled: boolean;
}

/**
 * Registry account of Bottlerocket's host containers in most regions
 * (shared-defaults/aws-host-containers.toml).
 */
const HOST_CONTAINER_REGISTRY = '328549459982.dkr.ecr';

function initialTree(initial: InitialSettings): SettingTree {
  const registry = `${HOST_CONTAINER_REGISTRY}.${initial.region}.amazonaws.com`;
  return {
    ecs: { 'container-stop-timeout': '30s', 'enable-spot-instance-draining': false },
    'host-containers': {
      admin: {
        enabled: initial.adminContainerEnabled,
        source: `${registry}/bottlerocket-admin:v0.13.6`,
        superpowered: true,
      },
      control: {
        enabled: true,
        source: `${registry}/bottlerocket-control:v0.9.6`,
        superpowered: false,
      },
    },
    // Default of the aws-ecs-2 and later variants (SECURITY_FEATURES.md).
    kernel: { lockdown: 'integrity' },
    motd: 'Welcome to Bottlerocket!',
    updates: {
      'ignore-waves': initial.ignoreWaves,
      'metadata-base-url': metadataBaseUrl(initial.variant, initial.arch),
      seed: initial.seed,
      'targets-base-url': 'https://updates.bottlerocket.aws/targets/',
      'version-lock': initial.versionLock,
    },
  };
}

/** The model's types of the settings that may be written; every other key is refused. */
const WRITABLE: Readonly<Record<string, 'string' | 'number' | 'boolean' | 'version-lock'>> = {
  'ecs.cluster': 'string',
  'ecs.container-stop-timeout': 'string',
  'ecs.enable-spot-instance-draining': 'boolean',
  'host-containers.admin.enabled': 'boolean',
  'host-containers.admin.source': 'string',
  'host-containers.control.enabled': 'boolean',
  'kernel.lockdown': 'string',
  motd: 'string',
  'updates.ignore-waves': 'boolean',
  'updates.metadata-base-url': 'string',
  'updates.seed': 'number',
  'updates.targets-base-url': 'string',
  'updates.version-lock': 'version-lock',
};

const isTree = (value: SettingValue | SettingTree | undefined): value is SettingTree =>
  typeof value === 'object';

/**
 * `apiclient set a=true` sends text; the server guesses the scalar (apiserver,
 * `massage_set_input`).
 */
function parseScalar(text: string): SettingValue {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text;
}

function unmatched(cause: string): SettingsError {
  return new SettingsError(
    'Unable to match your input to the data model.  We may not have enough type information.  ' +
      `Please try the --json input form.  Cause: ${cause}`,
  );
}

function check(key: string, value: SettingValue): void {
  const type = WRITABLE[key];
  if (type === undefined) {
    throw unmatched(`unknown field \`${key.split('.').at(-1)}\` at '${key}'`);
  }
  if (type === 'version-lock') {
    if (value === 'latest' || parseVersion(String(value))) return;
    throw unmatched(`Invalid version string '${value}': expected 'latest' or a version`);
  }
  if (typeof value !== type) {
    throw unmatched(`invalid type: ${typeof value} \`${value}\`, expected a ${type}`);
  }
}

function parsePair(pair: string): [string, SettingValue] {
  const at = pair.indexOf('=');
  if (at < 1) throw new SettingsError(`Failed to split the string: ${pair}`);
  return [pair.slice(0, at).replace(/^settings\./, ''), parseScalar(pair.slice(at + 1))];
}

function flatten(tree: SettingTree, prefix = ''): [string, SettingValue][] {
  return Object.entries(tree).flatMap(([key, value]): [string, SettingValue][] =>
    isTree(value) ? flatten(value, `${prefix}${key}.`) : [[`${prefix}${key}`, value]],
  );
}

function keep(tree: SettingTree, path: string, prefix: string): SettingTree {
  const kept: SettingTree = {};
  for (const [key, value] of Object.entries(tree)) {
    const full = `${path}.${key}`;
    if (!isTree(value)) {
      if (full.startsWith(prefix)) kept[key] = value;
      continue;
    }
    const inner = keep(value, full, prefix);
    if (Object.keys(inner).length > 0) kept[key] = inner;
  }
  return kept;
}

export class Settings {
  readonly #tree: SettingTree;
  readonly #listeners: ((key: string, value: SettingValue) => void)[] = [];

  constructor(initial: InitialSettings) {
    this.#tree = initialTree(initial);
  }

  get versionLock(): string {
    return String(this.#value('updates.version-lock'));
  }

  get ignoreWaves(): boolean {
    return this.#value('updates.ignore-waves') === true;
  }

  get seed(): number {
    return Number(this.#value('updates.seed'));
  }

  get lockdown(): string {
    return String(this.#value('kernel.lockdown'));
  }

  get adminContainerEnabled(): boolean {
    return this.#value('host-containers.admin.enabled') === true;
  }

  /** Calls `listener` for every setting that a `set` changed. */
  onChange(listener: (key: string, value: SettingValue) => void): void {
    this.#listeners.push(listener);
  }

  /** Everything whose full name (`settings.updates.seed`) starts with `prefix`. */
  matching(prefix: string): SettingTree {
    return keep(this.#tree, 'settings', prefix);
  }

  /** @throws {SettingsError} When the pairs do not fit the model. */
  checkPairs(pairs: readonly string[]): void {
    for (const [key, value] of pairs.map(parsePair)) check(key, value);
  }

  /** @throws {SettingsError} When the tree does not fit the model. */
  checkTree(tree: SettingTree): void {
    for (const [key, value] of flatten(tree)) check(key, value);
  }

  /** One transaction of `key=value` pairs: all or nothing. */
  setPairs(pairs: readonly string[]): void {
    this.#commit(pairs.map(parsePair));
  }

  /** One transaction in JSON form: all or nothing. */
  setTree(tree: SettingTree): void {
    this.#commit(flatten(tree));
  }

  #commit(changes: readonly [string, SettingValue][]): void {
    for (const [key, value] of changes) check(key, value);
    for (const [key, value] of changes) {
      this.#write(key, value);
      for (const listener of this.#listeners) listener(key, value);
    }
  }

  #value(path: string): SettingValue | undefined {
    let value: SettingValue | SettingTree | undefined = this.#tree;
    for (const key of path.split('.')) value = isTree(value) ? value[key] : undefined;
    return isTree(value) ? undefined : value;
  }

  #write(path: string, value: SettingValue): void {
    const keys = path.split('.');
    const last = keys.pop() ?? path;
    let tree = this.#tree;
    for (const key of keys) {
      const inner = tree[key];
      const next: SettingTree = isTree(inner) ? inner : {};
      tree[key] = next;
      tree = next;
    }
    tree[last] = value;
  }
}
