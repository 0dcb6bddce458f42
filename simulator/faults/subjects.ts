// Decides whether the subject of a fault exists, so that a misspelt one is an error and not a quiet night.

import { injectorNamed } from './catalogue.ts';
import { type FaultSpec, matchesSubject } from './faults.ts';
import { nearest } from './nearest.ts';

/** What a subject names. */
export type SubjectKind =
  | 'EC2 instance'
  | 'cluster'
  | 'service'
  | 'Auto Scaling group'
  | 'alarm'
  | 'calendar'
  | 'call'
  | 'function'
  | 'state machine'
  | 'schedule'
  | 'table';

/** Names that exist, by what they name; a kind that is left out is not judged. */
export type KnownSubjects = Partial<Readonly<Record<SubjectKind, readonly string[]>>>;

export interface UnknownSubject {
  /** Position in the list of faults. */
  readonly index: number;
  /** What was found and what exists. */
  readonly message: string;
}

/** How many existing names are listed when none is like the one that was given. */
const LISTED_MAX = 5;

function existing(kind: SubjectKind, subject: string, names: readonly string[]): string {
  if (names.length === 0) return `there is no ${kind} at all`;
  const like = nearest(subject, names);
  if (like !== undefined) return `there is no such ${kind}; did you mean ${JSON.stringify(like)}?`;
  const some = names.slice(0, LISTED_MAX).map((name) => JSON.stringify(name));
  const more = names.length > LISTED_MAX ? `, and ${names.length - LISTED_MAX} more` : '';
  return `there is no such ${kind}; there are ${some.join(', ')}${more}`;
}

/** The first fault whose subject, or pattern of subjects, matches nothing that exists. */
export function unknownSubject(
  faults: readonly FaultSpec[],
  known: KnownSubjects,
): UnknownSubject | undefined {
  for (const [index, { name, subject }] of faults.entries()) {
    const kind = injectorNamed(name)?.kind;
    const names = kind && known[kind];
    if (kind === undefined || names === undefined || subject === undefined) continue;
    if (names.some((one) => matchesSubject(subject, one))) continue;
    const message = `found ${JSON.stringify(subject)}; ${existing(kind, subject, names)}`;
    return { index, message };
  }
  return undefined;
}
