// Rolls the model's fleet as bottlerocket-ecs-updater does, and as brupop would.
//
// Sources: bottlerocket-ecs-updater v0.2.3 (updater/main.go, updater/aws.go, AWS SDK v1 waiters); brupop
// (controller/src/controller.rs, agent/src/agentclient.rs), whose drain is taken to be ECS's.

import { type Campaign, DELIVERY, STEPS, type Story } from './campaign.ts';
import type { ModelInstance } from './model-fleet.ts';

/** aws.go: the delay of its waiters; the first poll is immediate and always too early. */
const POLL_SECONDS = 15;
/** aws.go: commands go to so many instances at once, pages one after another. */
const PAGE = 50;
/** aws.go: after the reboot command; then EC2's status, which is still `ok` from before. */
const AFTER_REBOOT_SECONDS = 15;
/** main.go: before it verifies. */
const BEFORE_VERIFY_SECONDS = 20;

/** controller.rs ACTION_INTERVAL, agentclient.rs AGENT_SLEEP_DURATION: each sees a change up to so much later. */
const CONTROLLER_LOOP = [0, 2] as const;
const AGENT_LOOP = [0, 5] as const;

function polled(seconds: number): number {
  return POLL_SECONDS * Math.max(1, Math.ceil(seconds / POLL_SECONDS));
}

/** One after the other; download while drained; ACTIVE before the reboot is over; then it looks at the version. */
export function startIncumbent(campaign: Campaign): void {
  const { timeline, fleet } = campaign;
  const queue = [...fleet.instances];
  const answer = () => campaign.draw(DELIVERY) + STEPS.check;
  const next = (): void => {
    const instance = queue.shift();
    if (!instance) campaign.finish();
    else campaign.drain(instance, 1, (story) => drained(instance, story));
  };
  const drained = (instance: ModelInstance, story: Story): void => {
    const took = story.emptyAt - story.drainingAt;
    const check = polled(answer());
    const apply = polled(campaign.draw(DELIVERY) + campaign.times(instance).prepare);
    timeline.after(polled(took) - took + check + apply, () => {
      timeline.after(campaign.draw(DELIVERY), () => {
        campaign.reboot(instance, story, () => undefined);
      });
      timeline.after(AFTER_REBOOT_SECONDS, () => {
        campaign.activate(instance, story, () => undefined);
        timeline.after(BEFORE_VERIFY_SECONDS, () => {
          const { answers } = campaign.times(instance);
          const up = Math.max(0, story.rebootAt + answers - timeline.now);
          timeline.after(polled(up + answer()), () => {
            story.doneAt = timeline.now;
            next();
          });
        });
      });
    });
  };
  const pages = Math.ceil(fleet.instances.length / PAGE);
  timeline.after(pages * polled(answer()), next);
}

/** A slot per host from its download on; no look at services or zones; uncordoned as soon as it is back. */
export function startBrupop(campaign: Campaign, slots: number): void {
  const { timeline, fleet } = campaign;
  const queue = [...fleet.instances];
  let busy = 0;
  const acts = () => campaign.draw(CONTROLLER_LOOP) + campaign.draw(AGENT_LOOP);
  const fill = (): void => {
    const instance = busy < slots ? queue.shift() : undefined;
    if (!instance) {
      if (busy === 0) campaign.finish();
      return;
    }
    busy++;
    timeline.after(acts() + campaign.times(instance).prepare, () =>
      timeline.after(acts(), () =>
        campaign.drain(instance, 1, (story) =>
          campaign.reboot(instance, story, () =>
            timeline.after(campaign.draw(AGENT_LOOP), () => {
              campaign.activate(instance, story, () => undefined);
              // MonitoringUpdate passes at once, then Idle: two more rounds of controller and agent.
              timeline.after(acts() + acts(), () => {
                story.doneAt = timeline.now;
                busy--;
                fill();
              });
            }),
          ),
        ),
      ),
    );
    // One per tick of the controller.
    timeline.after(CONTROLLER_LOOP[1], fill);
  };
  fill();
}
