// The state machines of the region: created, updated and described; never half a definition.

import { type Kernel, partitionOf } from '../kernel/kernel.ts';
import { AwsError, type JsonObject } from '../kernel/service.ts';
import { loadMachine } from './definition/load.ts';
import type { Machine } from './definition/schema.ts';
import type { Jsonata } from './jsonata.ts';
import { checkArn, checkName, stateMachineArn } from './names.ts';

export interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly createdAt: number;
  /** As given, byte by byte. */
  definition: string;
  machine: Machine;
  roleArn: string;
  loggingConfiguration: unknown;
  tracingConfiguration: unknown;
  /** Absent until the first update. */
  revisionId?: string;
  readonly tags: unknown;
}

export class StateMachines {
  readonly #kernel: Kernel;
  readonly #jsonata: Jsonata;
  readonly #byArn = new Map<string, StateMachine>();

  constructor(kernel: Kernel, jsonata: Jsonata) {
    this.#kernel = kernel;
    this.#jsonata = jsonata;
  }

  all(): readonly StateMachine[] {
    return [...this.#byArn.values()];
  }

  /** @throws {AwsError} InvalidArn, StateMachineDoesNotExist. */
  get(arn: string): StateMachine {
    checkArn(arn, 'stateMachine');
    const found = this.#byArn.get(arn);
    if (found) return found;
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  }

  /** Idempotent by name, definition, logging and tracing; the role and the tags do not count. */
  create(input: JsonObject): StateMachine {
    const name = String(input.name);
    checkName(name);
    refuseUnsupported(input);
    const arn = stateMachineArn(this.#kernel, name);
    const loggingConfiguration = input.loggingConfiguration ?? {
      level: 'OFF',
      includeExecutionData: false,
    };
    const tracingConfiguration = input.tracingConfiguration ?? { enabled: false };
    const definition = String(input.definition);
    const machine = loadMachine(definition, this.#jsonata, partitionOf(this.#kernel.region));
    const known = this.#byArn.get(arn);
    const configured = JSON.stringify([definition, loggingConfiguration, tracingConfiguration]);
    if (known) {
      if (configured === configurationOf(known)) return known;
      throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
    }
    const created: StateMachine = {
      arn,
      name,
      createdAt: this.#kernel.clock.now(),
      definition,
      machine,
      roleArn: String(input.roleArn),
      loggingConfiguration,
      tracingConfiguration,
      tags: input.tags ?? [],
    };
    this.#byArn.set(arn, created);
    this.#kernel.log.append('states', 'state-machine-created', name);
    return created;
  }

  /** @throws {AwsError} StateMachineDoesNotExist. */
  named(name: string): StateMachine {
    return this.get(stateMachineArn(this.#kernel, name));
  }

  /** Running executions keep the definition they started with. */
  update(input: JsonObject): StateMachine {
    const found = this.get(String(input.stateMachineArn));
    refuseUnsupported(input);
    const { definition, roleArn, loggingConfiguration, tracingConfiguration } = input;
    const changes = [definition, roleArn, loggingConfiguration, tracingConfiguration];
    if (changes.every((change) => change === undefined)) {
      throw new AwsError(
        'MissingRequiredParameter',
        'Either the definition, the role ARN, the LoggingConfiguration, ' +
          'or the TracingConfiguration must be specified',
      );
    }
    const before = `${found.definition}\n${found.roleArn}`;
    if (definition !== undefined) {
      found.machine = loadMachine(
        String(definition),
        this.#jsonata,
        partitionOf(this.#kernel.region),
      );
      found.definition = String(definition);
    }
    if (roleArn !== undefined) found.roleArn = String(roleArn);
    found.loggingConfiguration = loggingConfiguration ?? found.loggingConfiguration;
    found.tracingConfiguration = tracingConfiguration ?? found.tracingConfiguration;
    // An update that changes nothing makes no new revision.
    if (before !== `${found.definition}\n${found.roleArn}` || found.revisionId === undefined) {
      found.revisionId = this.#kernel.random.stream('states.revision').uuid();
    }
    this.#kernel.log.append('states', 'state-machine-updated', found.name);
    return found;
  }

  /** Deleting what does not exist succeeds. Executions that still run go on. */
  delete(arn: string): void {
    checkArn(arn, 'stateMachine');
    const found = this.#byArn.get(arn);
    if (!found) return;
    this.#byArn.delete(arn);
    this.#kernel.log.append('states', 'state-machine-deleted', found.name);
  }
}

function configurationOf(known: StateMachine): string {
  return JSON.stringify([known.definition, known.loggingConfiguration, known.tracingConfiguration]);
}

function refuseUnsupported(input: JsonObject): void {
  if (input.type !== undefined && input.type !== 'STANDARD') {
    throw new AwsError(
      'StateMachineTypeNotSupported',
      'Express state machines are not simulated: they run at least once and emit no events',
    );
  }
  if (input.publish !== undefined && input.publish !== false) {
    throw new AwsError('ValidationException', 'Versions of state machines are not simulated');
  }
}
