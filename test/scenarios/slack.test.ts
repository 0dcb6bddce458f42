// What Slack hears of a rollout; and that whatever Slack does, the rollout goes its way and no milestone is lost.

import { describe, expect, it } from 'vitest';
import { SLACK_PARAMETER_PREFIX } from '../../infra/names.ts';
import type { FaultSpec } from '../../simulator/faults/faults.ts';
import type { LogEntry } from '../../simulator/kernel/event-log.ts';
import type { Region } from '../../simulator/region.ts';
import type { SlackMessage } from '../../simulator/slack/slack.ts';
import {
  type Ended,
  type Running,
  runRollout,
  type Scenario,
  smallFleet,
} from '../support/rollout.ts';
import { expectEnd } from '../support/rollout-expect.ts';

const TOKEN = 'xoxb-the-secret';
const WEBHOOK = 'https://hooks.slack.com/services/T0/B0/the-secret';
const NOTIFY = 'notify-slack';
const HOUR_SECONDS = 3600;

const fleet = smallFleet({ containerInstances: 4 });
/** A canary, then the others. */
const WAVES = { waves: { canaryCount: 1, sizes: ['100%'], bakeTimeSeconds: 60 } };
/** The canary fails, which halts the rollout. */
const FAILING: FaultSpec = { name: 'host-falls-back', timesMax: 1 };

/** Everything but the notifier's own doing, and Slack's. */
function isOthers({ source, subject, detail }: LogEntry): boolean {
  return (
    source !== 'slack' && !`${subject} ${JSON.stringify(detail)}`.match(/slack|MilestoneRule/i)
  );
}

interface Heard extends Ended {
  /** What happened in the region from the start until the rollout's execution ended. */
  readonly history: readonly string[];
}

async function hear(scenario: Scenario): Promise<Heard> {
  const history: string[] = [];
  const meanwhile = async (running: Running) => {
    running.region.kernel.log.subscribe((entry) => {
      if (running.execution.status === 'RUNNING' && isOthers(entry)) {
        history.push(JSON.stringify(entry));
      }
    });
    await scenario.meanwhile?.(running);
  };
  const ended = await runRollout({ fleet, ...scenario, meanwhile });
  return { ...ended, history };
}

function linesOf(messages: readonly SlackMessage[]): string[] {
  return messages.flatMap(({ text }) => text.split('\n'));
}

function liveOf({ slack }: Region): readonly SlackMessage[] {
  return slack.messages.filter(({ threadTs }) => threadTs === undefined);
}

function detailsOf({ slack }: Region): string[] {
  return linesOf(slack.messages.filter(({ threadTs }) => threadTs !== undefined));
}

/** Seconds between neighbours: posts of one channel. */
function closest({ slack }: Region): number {
  const times = slack.messages.map(({ postedAt }) => postedAt);
  return Math.min(...times.slice(1).map((at, index) => (at - times[index]!) / 1000));
}

function expectNoSecret({ region }: Ended): void {
  const shown = JSON.stringify(region.slack.messages.map(({ text, blocks }) => [text, blocks]));
  const logged = [...region.services.lambda.usage().keys()].flatMap((name) =>
    region.services.lambda.logs.of(name).map(({ text }) => text),
  );
  expect(shown).not.toContain('the-secret');
  expect(logged.filter((text) => text.includes('the-secret'))).toEqual([]);
}

describe('a bot', () => {
  it('keeps one message up to date and tells the details in its thread, at its pace', async () => {
    const ended = await hear({ slack: TOKEN, policy: WAVES });
    expectEnd(ended, 'Succeeded');
    const { region } = ended;
    expect(region.slack.refused).toEqual([]);
    const [live, ...others] = liveOf(region);
    expect(others).toEqual([]);
    expect(live?.text).toMatch(/^prod: Bottlerocket update: Succeeded: 4 Updated/);
    expect(
      live!.versions.map(({ text }) => text.replace(/^[^:]*: Bottlerocket update: /, '')),
    ).toEqual(
      expect.arrayContaining([
        'asking the hosts',
        expect.stringContaining('wave 1 of 2; 0 of 4 over, 1 under way'),
        expect.stringContaining('wave 2 of 2; 3 of 4 over'),
        expect.stringContaining('being watched'),
      ]),
    );
    expect(detailsOf(region).map((line) => line.split(/[:;,]/)[0])).toEqual([
      'Opened on prod by unknown',
      'Planned',
      '• aws-ecs-2/x86_64 to 1.65.0 that 4 lack',
      'Wave 1 of 2 started',
      'Wave 1 ended',
      'Wave 2 of 2 started',
      'Wave 2 ended',
      'Succeeded',
    ]);
    expect(closest(region)).toBeGreaterThan(1);
    expectNoSecret(ended);
  });

  it('tells why an instance was undone, why the rollout halted, and what people asked for', async () => {
    const ended = await hear({
      slack: TOKEN,
      policy: WAVES,
      faults: [FAILING],
      async meanwhile({ control, untilState }) {
        await untilState('run-wave', 'AwaitProgress');
        await control('pause', '<!channel> *ana*');
        await control('resume', 'ana');
      },
    });
    const details = detailsOf(ended.region).join('\n');
    expect(details).toMatch(/i-\w+ FellBack \(1.64.0 to 1.65.0\): 1.65.0 did not boot/);
    expect(details).toContain('Halted after wave 1: 1 failed, failureBudget is 0.');
    expect(details).toContain('pause asked for by &lt;!channel&gt; ∗ana∗.');
    expect(details).toMatch(/FailedClean: 1 FellBack, 3 NotStarted/);
    expect(liveOf(ended.region)[0]?.text).toContain('FailedClean: 1 FellBack');
  });

  it('tells when gates close and open again', async () => {
    const alarms = [{ AlarmName: 'errors', StateValue: 'OK' as const }];
    const ended = await hear({
      slack: TOKEN,
      fleet: { ...fleet, alarms },
      policy: { ...WAVES, gates: { alarms: ['errors'] } },
      async meanwhile({ region, untilState }) {
        await untilState('run-wave', 'LetBake');
        const set = (StateValue: string) =>
          region.call('monitoring', 'SetAlarmState', {
            AlarmName: 'errors',
            StateValue,
            StateReason: 'a test',
          });
        await set('ALARM');
        await region.advance(150);
        await set('OK');
      },
    });
    expectEnd(ended, 'Succeeded');
    const details = detailsOf(ended.region).join('\n');
    expect(details).toContain('Gate closed in wave 1: alarm errors is in ALARM.');
    expect(details).toContain('Gates green again in wave 1');
  });
});

describe('a webhook', () => {
  it('tells the milestones one after the other, each with the rollout it belongs to', async () => {
    const ended = await hear({ slack: WEBHOOK, policy: WAVES });
    const { slack } = ended.region;
    expect(slack.refused).toEqual([]);
    expect(
      slack.messages.every(({ by, text }) => by === 'webhook' && text.startsWith('prod')),
    ).toBe(true);
    expect(linesOf(slack.messages).filter((line) => /^(Opened|Succeeded)/.test(line))).toHaveLength(
      2,
    );
    expect(closest(ended.region)).toBeGreaterThan(1);
    expectNoSecret(ended);
  });
});

/** Trouble from the first second until long after the rollout's end. */
const UNTIL = { untilSeconds: 2 * HOUR_SECONDS };
const TROUBLE: readonly (readonly [string, readonly FaultSpec[]])[] = [
  ['is down', [{ name: 'slack-down', ...UNTIL }]],
  ['cannot be reached', [{ name: 'outside-unreachable', subject: 'slack.com', ...UNTIL }]],
  [
    'is rate limiting',
    [{ name: 'slack-rate-limited', parameters: { retryAfterSeconds: 90 }, ...UNTIL }],
  ],
  ['refuses', [{ name: 'slack-refuses', parameters: { error: 'not_in_channel' }, ...UNTIL }]],
];

describe('whatever Slack does', () => {
  const policy = { ...WAVES, failureBudget: 1 };
  const scenario = { slack: TOKEN, policy, settleSeconds: 3 * HOUR_SECONDS };
  const healthy = hear({ ...scenario, faults: [FAILING] });

  it.each(TROUBLE)(
    'when it %s, the history is the same, and all is told once it is back',
    async (_how, trouble) => {
      const wanted = await healthy;
      const ended = await hear({ ...scenario, faults: [FAILING, ...trouble] });
      expect(ended.history.length).toBeGreaterThan(500);
      expect(ended.history).toEqual(wanted.history);
      expect(ended.outcomes).toEqual(wanted.outcomes);
      // One message is late, but complete; whatever is told is told once.
      const { slack } = ended.region;
      const untilAt = Date.parse(fleet.startAt) + UNTIL.untilSeconds * 1000;
      expect(slack.messages[0]!.postedAt).toBeGreaterThan(untilAt);
      expect(detailsOf(ended.region)).toEqual(detailsOf(wanted.region));
      expect(liveOf(ended.region).map(({ text }) => text)).toEqual(
        liveOf(wanted.region).map(({ text }) => text),
      );
    },
  );

  it('when it is slower than anybody waits, some is told twice, but not every minute', async () => {
    const wanted = await healthy;
    const slow = { name: 'slack-slow', parameters: { seconds: 25 }, ...UNTIL };
    const ended = await hear({ ...scenario, faults: [FAILING, slow] });
    expect(ended.history).toEqual(wanted.history);
    expect(new Set(detailsOf(ended.region))).toEqual(new Set(detailsOf(wanted.region)));
    expect(liveOf(ended.region).at(-1)?.text).toEqual(liveOf(wanted.region)[0]?.text);
    expect(liveOf(ended.region).length).toBeLessThan(15);
  });

  it('keeps to Retry-After', async () => {
    const { region } = await hear({
      ...scenario,
      faults: [{ name: 'slack-rate-limited', timesMax: 1, parameters: { retryAfterSeconds: 200 } }],
    });
    const [limited] = region.slack.refused;
    expect(region.slack.messages[0]!.postedAt - limited!.at).toBeGreaterThan(200_000);
  });

  it('posts anew when somebody deletes the message', async () => {
    const { region } = await hear({
      ...scenario,
      faults: [
        {
          name: 'slack-refuses',
          subject: 'chat.update',
          timesMax: 1,
          parameters: { error: 'message_not_found' },
        },
      ],
    });
    expect(liveOf(region)).toHaveLength(2);
    expect(liveOf(region).at(-1)?.text).toContain('Succeeded: 4 Updated');
  });

  it.each([
    ['its answer is lost', { name: 'slack-answer-lost', timesMax: 3 }],
    [
      'the notifier dies',
      { name: 'lambda-killed', subject: `*${NOTIFY}`, timesMax: 5, parameters: { afterCalls: 5 } },
    ],
    ['events are lost', { name: 'event-lost', subject: 'Wave *' }],
    ['events come twice', { name: 'event-duplicated' }],
  ] as const)('when %s, nothing is lost', async (_how, fault) => {
    const { region } = await hear({ ...scenario, faults: [fault] });
    const told = new Set(detailsOf(region).map((line) => line.split(/[:;,]/)[0]));
    expect([...told]).toEqual(
      expect.arrayContaining(['Wave 1 of 2 started', 'Wave 2 ended', 'Succeeded']),
    );
  });

  it('without its parameter, tells what is missing in the log, and all of it once it is there', async () => {
    const { region } = await hear({
      ...scenario,
      async meanwhile({ region: during }) {
        const Name = `${SLACK_PARAMETER_PREFIX}/default`;
        await during.call('ssm', 'DeleteParameter', { Name });
        await during.advance(600);
        expect(during.slack.messages).toEqual([]);
        const said = during.services.lambda.logs.of(`bottlerocket-fleet-${NOTIFY}`);
        expect(said.map(({ text }) => text).join()).toContain(`parameter ${Name} does not exist`);
        await during.call('ssm', 'PutParameter', { Name, Value: TOKEN, Type: 'SecureString' });
      },
    });
    expect(detailsOf(region)[0]).toContain('Opened on prod');
    expect(detailsOf(region).at(-1)).toContain('Succeeded');
  });
});
