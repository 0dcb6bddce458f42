// The Bottlerocket API of one host: HTTP methods and paths to statuses and bodies.
//
// bottlerocket-core-kit sources/api/apiserver/src/server/mod.rs, controller.rs and error.rs.

import type { RandomStream } from '../kernel/random.ts';
import { isJsonObject, type JsonValue, sortKeys } from './json-text.ts';
import { type Settings, SettingsError, type SettingTree } from './settings.ts';
import type { Refusal, TharBeUpdates, UpdateCommand } from './thar-be-updates.ts';
import type { Uptime } from './uptime.ts';

export interface ApiResponse {
  readonly status: number;
  readonly body: string;
}

export interface ApiServerHost {
  readonly os: { readonly version: string; readonly variant: string; readonly arch: string };
  readonly settings: Settings;
  readonly updates: TharBeUpdates;
  readonly uptime: Uptime;
  readonly random: RandomStream;
  /** Asks systemd for a reboot; answers its error text when it refuses. */
  reboot(): string | undefined;
}

const LOCKED_STATUS =
  'Unable to obtain shared lock for reading update status: Resource temporarily unavailable (os error 11)';

const REFUSALS: Readonly<Record<Refusal, ApiResponse>> = {
  'lock-held': { status: 423, body: 'Update lock held' },
  disallowed: { status: 409, body: 'Update action not allowed according to update state' },
  'update-does-not-exist': { status: 404, body: 'Previously chosen Update no longer exists' },
  'no-staged-image': { status: 404, body: 'No update image applied to staging partition' },
};

const UPDATE_ACTIONS: ReadonlyMap<string, UpdateCommand> = new Map([
  ['/actions/refresh-updates', 'refresh'],
  ['/actions/prepare-update', 'prepare'],
  ['/actions/activate-update', 'activate'],
  ['/actions/deactivate-update', 'deactivate'],
]);

/** Forking thar-be-updates, or a settings commit: not measured anywhere. */
const ACTION_SECONDS = { low: 0.01, high: 0.04 };

const json = (value: JsonValue): ApiResponse => ({ status: 200, body: JSON.stringify(value) });

const NO_CONTENT: ApiResponse = { status: 204, body: '' };

export class ApiServer {
  readonly #host: ApiServerHost;
  /** Settings that a client has patched into a transaction and not yet committed. */
  readonly #transactions = new Map<string, () => void>();

  constructor(host: ApiServerHost) {
    this.#host = host;
  }

  async request(method: string, uri: string, body = ''): Promise<ApiResponse> {
    const url = new URL(uri, 'http://localhost');
    const path = url.pathname === '/' ? '/' : url.pathname.replace(/\/$/, '');
    if (method === 'GET') return this.#get(path, url.searchParams);
    const { low, high } = ACTION_SECONDS;
    await this.#host.uptime.sleep(this.#host.random.between(low, high));
    if (method === 'PATCH') return this.#patch(path, url.searchParams, body);
    if (method === 'POST') return this.#post(path, url.searchParams);
    return { status: 404, body: '' };
  }

  #get(path: string, query: URLSearchParams): ApiResponse {
    const { settings } = this.#host;
    const prefix = query.get('prefix');
    if (prefix === '') return { status: 400, body: "Input 'prefix' cannot be empty" };
    if (path === '/updates/status') return this.#updateStatus();
    if (path === '/os') return json(this.#os(''));
    if (path === '/settings') {
      const full = prefix?.startsWith('settings') ? prefix : `settings.${prefix ?? ''}`;
      return json(settings.matching(full));
    }
    if (path === '/') return json(this.#model(prefix ?? ''));
    return { status: 404, body: '' };
  }

  #model(prefix: string): JsonValue {
    const found = this.#host.settings.matching(prefix);
    const os = this.#os(prefix);
    return {
      ...(Object.keys(os).length > 0 ? { os } : {}),
      ...(Object.keys(found).length > 0 ? { settings: found } : {}),
    };
  }

  #os(prefix: string): { [key: string]: JsonValue } {
    const { version, variant, arch } = this.#host.os;
    const all = {
      arch,
      build_id: buildId(version),
      pretty_name: `Bottlerocket OS ${version} (${variant})`,
      variant_id: variant,
      version_id: version,
    };
    // `get os` asks for the prefix "os", which is not an error for being shorter than a field's
    // name.
    return Object.fromEntries(
      Object.entries(all).filter(([key]) => `os.${key}`.startsWith(prefix)),
    );
  }

  #updateStatus(): ApiResponse {
    const { updates } = this.#host;
    if (updates.locked) return { status: 423, body: LOCKED_STATUS };
    if (!updates.status) {
      return {
        status: 404,
        body: 'Update status is uninitialized, refresh-updates to initialize it',
      };
    }
    return { status: 200, body: JSON.stringify(updates.status) };
  }

  #post(path: string, query: URLSearchParams): ApiResponse {
    const command = UPDATE_ACTIONS.get(path);
    if (command) {
      const refusal = this.#host.updates.dispatch(command);
      return refusal ? REFUSALS[refusal] : NO_CONTENT;
    }
    if (path === '/actions/reboot') {
      const stderr = this.#host.reboot();
      if (stderr === undefined) return NO_CONTENT;
      return { status: 500, body: `Failed to reboot, exit code: 1, stderr: ${stderr}` };
    }
    if (path === '/tx/commit_and_apply') return this.#commit(query.get('tx') ?? 'default');
    return { status: 404, body: '' };
  }

  #commit(transaction: string): ApiResponse {
    const apply = this.#transactions.get(transaction);
    if (!apply) return { status: 422, body: 'Tried to commit with no pending changes' };
    this.#transactions.delete(transaction);
    apply();
    return json([]);
  }

  #patch(path: string, query: URLSearchParams, body: string): ApiResponse {
    const { settings } = this.#host;
    const transaction = query.get('tx') ?? 'default';
    const parsed = parse(body);
    if (parsed === undefined) return badJson();
    try {
      if (path === '/settings/keypair') {
        const pairs = pairsOf(parsed);
        if (!pairs) return badJson();
        settings.checkPairs(pairs);
        this.#transactions.set(transaction, () => settings.setPairs(pairs));
        return NO_CONTENT;
      }
      if (path !== '/settings') return { status: 404, body: '' };
      if (!isJsonObject(parsed)) return badJson();
      const tree = sortKeys(parsed) as SettingTree;
      settings.checkTree(tree);
      this.#transactions.set(transaction, () => settings.setTree(tree));
      return NO_CONTENT;
    } catch (error) {
      if (error instanceof SettingsError) return { status: 400, body: error.message };
      throw error;
    }
  }
}

function badJson(): ApiResponse {
  return { status: 400, body: 'Unable to deserialize input JSON into model: expected value' };
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function pairsOf(value: JsonValue): string[] | undefined {
  const payload = isJsonObject(value) ? value.request_payload : undefined;
  if (!Array.isArray(payload)) return undefined;
  return payload.map(String);
}

/**
 * Build ids are the first eight characters of a commit; any fixed function of the version serves.
 */
export function buildId(version: string): string {
  let value = 0x9e3779b9;
  for (const character of version) value = Math.imul(value ^ character.charCodeAt(0), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, '0');
}
