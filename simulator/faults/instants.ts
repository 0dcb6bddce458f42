// Brings about the faults that happen once, each at an instant that the fault file names or brackets.

import type { Kernel } from '../kernel/kernel.ts';
import { AwsError } from '../kernel/service.ts';
import { type FaultSpec, matchesSubject } from './faults.ts';

/** A fault that somebody or something brings about at one instant. */
export interface Happening {
  readonly name: string;
  /** Who is there at the instant; a subject without `*` is struck whether it is among them or not. */
  subjects(): Iterable<string> | Promise<Iterable<string>>;
  happen(subject: string, spec: FaultSpec): unknown;
}

async function struckBy({ subject }: FaultSpec, happening: Happening): Promise<string[]> {
  if (subject !== undefined && !subject.includes('*')) return [subject];
  return [...(await happening.subjects())].filter((one) => matchesSubject(subject, one));
}

/** AWS may refuse what people ask for: that is told, and is no bug. */
async function attempt(kernel: Kernel, happening: Happening, subject: string, spec: FaultSpec) {
  const { name } = happening;
  kernel.log.append('fault', name, subject);
  try {
    await happening.happen(subject, spec);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { code, message } = error;
    kernel.log.append('fault', `${name}-refused`, subject, { code, message });
  }
}

/** Entries with the same instant happen in the order of the fault file, none waits for another. */
export function happenOnce(kernel: Kernel, happening: Happening): void {
  const { clock, faults } = kernel;
  for (const entry of faults.named(happening.name)) {
    clock.at(faults.instantOf(entry), async () => {
      const subjects = await struckBy(entry.spec, happening);
      const due = subjects.filter(() => faults.draws(entry));
      await Promise.all(due.map((subject) => attempt(kernel, happening, subject, entry.spec)));
    });
  }
}
