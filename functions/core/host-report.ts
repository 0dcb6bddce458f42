// Reads the one JSON line that each SSM document of infra/ssm-documents prints about its host.

import * as z from 'zod';

const reportVersion = 1;

const update = z.object({
  /** `null`: not looked up since boot, or the status could not be read. Never "no update". */
  state: z.enum(['Idle', 'Available', 'Staged', 'Ready']).nullable(),
  /** Version that would be downloaded, by version lock and repository waves. */
  chosen: z.string().nullable(),
  /** Version in the partition set that does not run. */
  staged: z.string().nullable(),
  /** Which partition set boots next, as the update status knows it. */
  nextToBoot: z.enum(['active', 'staging']).nullable(),
  /** The highest versions on offer, at most 8, highest first, lower than the running one too. */
  available: z.array(z.string()),
  /** The lowest versions above the running one, at most 8, lowest first; only where there are more than 8. */
  next: z.array(z.string()).optional(),
  /** The update command that ended last since boot. */
  last: z
    .object({
      type: z.string(),
      status: z.enum(['Success', 'Failed', 'Unknown']),
      exit: z.number().nullable(),
      /** First 200 characters, printable ASCII. */
      stderr: z.string().nullable(),
    })
    .nullable(),
});

const bootId = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

const os = z.object({ version: z.string(), variant: z.string(), arch: z.string() });

const settings = z.object({ versionLock: z.string(), ignoreWaves: z.boolean() });

/**
 * What protects the host, as far as the control container can tell. Its `/sys` shows neither selinuxfs nor securityfs
 * (host-ctr `withDefault`), so SELinux and lockdown are what the host's own CIS checks say (`apiclient report cis`);
 * releases without these checks answer `unknown`.
 */
export const hostPosture = z.object({
  /** `enforcing`: Bottlerocket's own policy is enforced (check 1.5.1); `permissive`: that check failed. */
  selinux: z.enum(['enforcing', 'permissive', 'unknown']),
  /** From the kernel command line, which every container sees; `null` when it could not be read. */
  rootVerity: z.boolean().nullable(),
  /** `integrity` when check 1.5.2 passed; otherwise what `settings.kernel.lockdown` says, or `none`. */
  lockdown: z.enum(['none', 'integrity', 'confidentiality', 'unknown']),
  /** `settings.host-containers.admin.enabled`; `null` when it could not be read. */
  adminContainer: z.boolean().nullable(),
});

const common = {
  v: z.literal(reportVersion),
  /** For the person on call; empty when there is nothing to say. */
  reason: z.string(),
  update,
};

/** `ok`: the document did what it is for, or had nothing to do. What the host is, is known then. */
const succeeded = { ...common, ok: z.literal(true), bootId, os, settings };

const failed = {
  ...common,
  ok: z.literal(false),
  bootId: bootId.or(z.literal('')),
  os: os.nullable(),
  settings: settings.nullable(),
};

/** A report with the members of its verb, for both values of `ok`. */
function ofVerb<const Verb extends string, Members extends z.ZodRawShape>(
  verb: Verb,
  members: Members,
) {
  const own = { verb: z.literal(verb), ...members };
  return z.discriminatedUnion('ok', [
    z.object({ ...succeeded, ...own }),
    z.object({ ...failed, ...own }),
  ]);
}

/** `false`: the host was left as it was, and `reason` says why. */
const acted = z.boolean();

/** The update settings were put back, or had the wanted values already. */
const restored = z.boolean();

const hostReport = z.discriminatedUnion('verb', [
  /** `posture`: when it was asked for. */
  ofVerb('check', { posture: hostPosture.optional() }),
  /** `saved`: settings before ours; `null` when not read, or when the lock was ours already. */
  ofVerb('prepare', { saved: settings.nullable() }),
  /** `acted`: activated, and the reboot follows within seconds. */
  ofVerb('activate-and-reboot', { acted }),
  /** `uptimeSeconds`: how long this boot had lasted; absent: asked by a document that does not say. */
  ofVerb('status', {
    restored,
    posture: hostPosture.optional(),
    uptimeSeconds: z.number().nullable().optional(),
  }),
  /** `acted`: the update was active (`Ready`) and no longer is. */
  ofVerb('cancel', { acted, restored }),
  /** `acted`: the old version is the next to boot, and the reboot follows within seconds. */
  ofVerb('roll-back', { acted }),
]);

/** What a document reported; see the members above. Discriminated by `verb` and by `ok`. */
export type HostReport = z.infer<typeof hostReport>;
export type HostReportVerb = HostReport['verb'];
export type HostPosture = z.infer<typeof hostPosture>;
export type HostReportOf<Verb extends HostReportVerb> = Extract<HostReport, { verb: Verb }>;

export type ParsedHostReport =
  | { readonly kind: 'report'; readonly report: HostReport }
  /** Unknown, and to be treated so: never as "no update", "did nothing" or "failed". */
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * Finds the report in a command's standard output as SSM stores it.
 *
 * SSM cuts output after 2,500 characters (ListCommandInvocations, which also appends standard
 * error) or 24,000 (GetCommandInvocation). Other lines and colour codes are ignored; of several
 * reports the last counts.
 *
 * @returns `{kind: 'report', report}`, for example
 *   `{v: 1, verb: 'check', ok: true, reason: '', bootId: '3f…', os: {version: '1.64.0', …}, …}`,
 *   or `{kind: 'unreadable', reason}`.
 */
export function parseHostReport(stdout: string): ParsedHostReport {
  const line = stdout
    .replaceAll(ansiColour, '')
    .split('\n')
    .map((text) => text.trim())
    .findLast((text) => text.startsWith('{"v":'));
  if (line === undefined) {
    return unreadable(stdout.trim() === '' ? 'no output' : 'no report in the output');
  }
  const value = parseJson(line);
  if (value === undefined) {
    return unreadable(
      `the report is cut off or broken after ${stdout.length} characters of output`,
    );
  }
  const parsed = hostReport.safeParse(value);
  if (parsed.success) return { kind: 'report', report: parsed.data };
  const issue = parsed.error.issues[0];
  return unreadable(`not a report of a known form: ${issue?.path.join('.')}: ${issue?.message}`);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for the escape character.
const ansiColour = /\u001b\[[0-9;]*m/g;

function unreadable(reason: string): ParsedHostReport {
  return { kind: 'unreadable', reason };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
