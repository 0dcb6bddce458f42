// Speaks to CloudWatch: reads the state of the alarms that gate a rollout.

import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { FIRST, stopWhenOver } from './deadline.ts';

const cloudWatch = new CloudWatchClient({ maxAttempts: 5 });
cloudWatch.middlewareStack.add(stopWhenOver, FIRST);

/** Names one DescribeAlarms call accepts. */
const ALARM_NAMES_MAX = 100;

/**
 * The state of each alarm by name. One that does not exist, or cannot be read, is `UNKNOWN`: a gate that is unknown
 * is closed.
 */
export async function readAlarms(
  names: readonly string[],
): Promise<{ readonly name: string; readonly state: string }[]> {
  if (names.length === 0) return [];
  const states = new Map<string, string>();
  try {
    const answer = await cloudWatch.send(
      new DescribeAlarmsCommand({
        AlarmNames: names.slice(0, ALARM_NAMES_MAX),
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      }),
    );
    for (const alarm of [...(answer.MetricAlarms ?? []), ...(answer.CompositeAlarms ?? [])]) {
      states.set(alarm.AlarmName ?? '', alarm.StateValue ?? 'UNKNOWN');
    }
  } catch (error) {
    const reason = error instanceof Error ? error.name : String(error);
    return names.map((name) => ({ name, state: `UNKNOWN (${reason})` }));
  }
  return names.map((name) => ({ name, state: states.get(name) ?? 'UNKNOWN' }));
}
