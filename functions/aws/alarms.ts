// Speaks to CloudWatch: reads the state of the alarms that gate a rollout.

import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { FIRST, stopWhenOver } from './deadline.ts';

const cloudWatch = new CloudWatchClient({ maxAttempts: 5 });
cloudWatch.middlewareStack.add(stopWhenOver, FIRST);

/** Names that one DescribeAlarms call accepts, and records that it answers; unless said, it answers fewer. */
const ALARMS_MAX = 100;

type Alarm = { readonly name: string; readonly state: string };

async function readStates(names: readonly string[]): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  let nextToken: string | undefined;
  do {
    const page = await cloudWatch.send(
      new DescribeAlarmsCommand({
        AlarmNames: [...names],
        AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
        MaxRecords: ALARMS_MAX,
        ...(nextToken === undefined ? {} : { NextToken: nextToken }),
      }),
    );
    for (const alarm of [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])]) {
      states.set(alarm.AlarmName ?? '', alarm.StateValue ?? 'UNKNOWN');
    }
    nextToken = page.NextToken;
  } while (nextToken);
  return states;
}

async function readSome(names: readonly string[]): Promise<Alarm[]> {
  try {
    const states = await readStates(names);
    return names.map((name) => ({ name, state: states.get(name) ?? 'UNKNOWN' }));
  } catch (error) {
    const reason = error instanceof Error ? error.name : String(error);
    return names.map((name) => ({ name, state: `UNKNOWN (${reason})` }));
  }
}

/**
 * The state of each alarm by name. One that does not exist, or cannot be read, is `UNKNOWN`: a gate that is unknown
 * is closed.
 *
 * @param names Any number: a policy has up to a hundred, and a stricter one adds its own in the middle of a rollout.
 */
export async function readAlarms(names: readonly string[]): Promise<Alarm[]> {
  const alarms: Alarm[] = [];
  for (let index = 0; index < names.length; index += ALARMS_MAX) {
    alarms.push(...(await readSome(names.slice(index, index + ALARMS_MAX))));
  }
  return alarms;
}
