// The text of `fleet help`, which README.md shows too.

import { DEFAULT_INTERVAL_SECONDS } from './region-options.ts';
import { DEFAULT_PACE, DEFAULT_SEED, SEED_MAX } from './simulate-options.ts';

export const HELP = `Usage: fleet COMMAND [OPTION…]

In simulated time, without an account
  simulate   roll a simulated fleet to its new version with the real product, and sum up

In a region, with the credentials and the region that AWS SDKs find (AWS_PROFILE, AWS_REGION, …);
AWS_ENDPOINT_URL leads to a region of fleet simulate --serve
  plan       say what a rollout would do with every container instance, and why; touches none
  start      start a rollout
  status     say where a rollout stands, and what it waits for
  watch      print a line for everything that happens until it has ended; Ctrl-C leaves it alone
  history    print its journal: who or what did what, when and why
  pause      start no more container instances until resume
  resume     take the pause back
  abort      start no more; what has begun is finished or undone
  approve    let a rollout that waits for approval go on
  refuse     end a rollout that waits for approval
  release    let a quarantined version be tried again
  snapshot   print a cluster as a fleet file, for simulate --fleet; changes nothing

  help       this text

Options of simulate
  --fleet FILE        fleet file (JSON); the demo fleet of 24 container instances unless said
  --policy FILE       policy (JSON), as an execution's input; {"cluster": …} may be left out
                      when the fleet has one cluster
  --faults FILE       faults to inject (JSON)
  --seed N            all chance of the run, 0 to ${SEED_MAX}; ${DEFAULT_SEED} unless said
  --plain             plain lines instead of the live view
  --json              one JSON object on standard output and nothing else
  --slack             tell a simulated Slack, and print what it received
  --serve PORT        stay up as an HTTP region for any AWS client, product deployed
  --pace FACTOR       with --serve: simulated seconds per real second; ${DEFAULT_PACE} unless said
  --without-product   with --serve: only the region and its fleet

Options in a region
  --cluster C         name or ARN of an ECS cluster; where a rollout is meant, that of the cluster
  --rollout ID        a rollout, instead of --cluster
  --policy FILE       plan, start: policy (JSON) without its cluster
  --name NAME         start: the rollout's id, 1 to 50 letters, digits, - and _; made up unless said
  --json              status: one JSON object on standard output and nothing else
  --interval SECONDS  watch: how often to look; ${DEFAULT_INTERVAL_SECONDS} unless said
  --by NAME           pause, resume, abort, approve, refuse, release: who asks, for the journal;
                      user@host unless said
  --variant V --arch A --version X
                      release: the version, such as aws-ecs-2 x86_64 1.65.0
  --to VERSION        snapshot: the release to rehearse

Exit codes
  0 done, or Succeeded   1 AWS refused or could not be reached   2 bad input
  3 Halted   4 FailedClean   5 FailedDirty   130 interrupted
`;
