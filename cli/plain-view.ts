// Tells a running rollout line by line: one milestone, one line, stamped with simulated time.

import type { Milestone, Progress } from './progress.ts';
import { fill, printable } from './text-width.ts';
import { instantText } from './time-text.ts';

/** Width of an EC2 instance id. */
const SUBJECT_WIDTH = 19;

export function milestoneLine({ at, ec2InstanceId, text }: Milestone, cluster: string): string {
  const subject = fill(ec2InstanceId === '' ? cluster : ec2InstanceId, SUBJECT_WIDTH);
  return `${instantText(at)} ${subject} ${printable(text)}`;
}

export function tellPlainly(
  progress: Progress,
  cluster: string,
  write: (line: string) => void,
): void {
  progress.onMilestone((milestone) => write(milestoneLine(milestone, cluster)));
}
