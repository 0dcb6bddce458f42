// List prices, and what the calls of an updater come to.
//
// US East (N. Virginia), USD, without free tiers and data transfer, noted 2026-11-21: aws.amazon.com/step-functions/pricing
// (the same in Europe (Ireland)); DynamoDB on demand after its price cut of 2024-11 (airbyte.com, "Amazon DynamoDB
// Pricing"); Fargate, Linux on x86 (vantage.sh, "AWS Fargate Pricing Explained"); Lambda from memory. ECS, Systems
// Manager Run Command and the events of AWS services cost nothing. Left out: logs.

const PER_STATE_TRANSITION = 0.025 / 1000;
const PER_LAMBDA_REQUEST = 0.2 / 1e6;
const PER_LAMBDA_GIGABYTE_SECOND = 0.0000166667;
const PER_READ_UNIT = 0.125 / 1e6;
const PER_WRITE_UNIT = 0.625 / 1e6;
const PER_FARGATE_VCPU_HOUR = 0.04048;
const PER_FARGATE_GIGABYTE_HOUR = 0.004445;

/** The incumbent's task: 0.25 vCPU and 0.5 GB (stacks/bottlerocket-ecs-updater.yaml). */
const INCUMBENT_TASK_HOUR = 0.25 * PER_FARGATE_VCPU_HOUR + 0.5 * PER_FARGATE_GIGABYTE_HOUR;

/** An assumption: the simulator does not measure how long a function would run on AWS. */
const LAMBDA_SECONDS = 0.2;
const LAMBDA_GIGABYTES = 0.25;

/** What whole rollouts in the region were measured to use, per updated container instance. */
export interface Used {
  readonly stateTransitions: number;
  readonly lambdaRequests: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

export function costOfOurs(used: Used): number {
  return (
    used.stateTransitions * PER_STATE_TRANSITION +
    used.lambdaRequests * PER_LAMBDA_REQUEST +
    used.lambdaRequests * LAMBDA_SECONDS * LAMBDA_GIGABYTES * PER_LAMBDA_GIGABYTE_SECOND +
    used.readUnits * PER_READ_UNIT +
    used.writeUnits * PER_WRITE_UNIT
  );
}

/** The updater's task runs for as long as the rollout. */
export function costOfIncumbent(makespanSeconds: number): number {
  return (makespanSeconds / 3600) * INCUMBENT_TASK_HOUR;
}
