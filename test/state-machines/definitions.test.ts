// What the shipped definitions say of themselves: no lint finding, and every name means something in functions/.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROUTED_ERRORS } from '../../functions/core/errors.ts';
import { FUNCTIONS } from '../../infra/functions.ts';
import { lintStateMachine } from '../support/asl/lint.ts';
import { eachState, type FoundState, list, type Member } from '../support/asl/walk.ts';
import { definitionOf, kebabCase, MACHINES, type Machine, TRANSIENT_ERRORS } from './machines.ts';

const FUNCTIONS_FOLDER = new URL('../../functions/', import.meta.url);

function tasksOf(machine: Machine): FoundState[] {
  return [...eachState(definitionOf(machine))].filter(({ state }) => state.Type === 'Task');
}

function functionTasksOf(machine: Machine): FoundState[] {
  return tasksOf(machine).filter(({ state }) => String(state.Resource).includes(':lambda:invoke'));
}

function errorsIn(entries: unknown): string[] {
  return list(entries).flatMap((entry) => entry.ErrorEquals as string[]);
}

function isOfAws(name: string): boolean {
  return name.startsWith('States.') || TRANSIENT_ERRORS.includes(name);
}

describe.each(MACHINES)('%s.asl.json', (machine) => {
  const text = readFileSync(
    new URL(`../../state-machines/${machine}.asl.json`, import.meta.url),
    'utf8',
  );

  it('lintStateMachine() finds nothing', () => {
    expect(lintStateMachine(definitionOf(machine), { name: machine })).toEqual([]);
  });

  it.each(functionTasksOf(machine).map((task) => [task.stateName, task.state] as const))(
    '%s is a file in functions/ and calls it',
    (stateName, state) => {
      const file = kebabCase(stateName);
      expect(existsSync(new URL(`${file}.ts`, FUNCTIONS_FOLDER))).toBe(true);
      expect((state.Arguments as Member).FunctionName).toBe(`\${${stateName}Arn}`);
      expect(FUNCTIONS.map((row) => row.file)).toContain(file);
    },
  );

  it.each(tasksOf(machine).map((task) => [task.stateName, task.state] as const))(
    '%s catches everything, named errors first',
    (_, state) => {
      expect(errorsIn(state.Catch).at(-1)).toBe('States.ALL');
    },
  );

  it.each(functionTasksOf(machine).map((task) => [task.stateName, task.state] as const))(
    '%s tries again after exactly the errors of a bad day',
    (stateName, state) => {
      const ofAws = errorsIn(state.Retry).filter(isOfAws);
      // What an undo cannot do now it may be able to do in a while: after it there is only a person.
      const last = stateName === 'UndoContainerInstance' ? ['States.ALL'] : [];
      expect([...ofAws].sort()).toEqual([...TRANSIENT_ERRORS, ...last].sort());
    },
  );

  it('a function has less time than its state, or the state waits for a token', () => {
    for (const { stateName, state } of functionTasksOf(machine)) {
      const row = FUNCTIONS.find(({ file }) => file === kebabCase(stateName));
      const limit = state.TimeoutSeconds;
      if (typeof limit !== 'number') continue;
      expect(row?.timeoutSeconds, stateName).toBeLessThan(limit);
    }
  });

  it('substitutes nothing but functions and state machines', () => {
    const names = [...text.matchAll(/\$\{(\w+?)Arn\}/g)].map(([, name]) => kebabCase(name!));
    const known = [...FUNCTIONS.map((row) => row.file), ...MACHINES];
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
    expect(text.match(/\$\{(?!\w+Arn\})/g)).toBeNull();
  });
});

const routed = new Set(
  MACHINES.flatMap((machine) =>
    tasksOf(machine).flatMap(({ state }) => [...errorsIn(state.Retry), ...errorsIn(state.Catch)]),
  ).filter((name) => !isOfAws(name)),
);

/** Every source of functions/ but the list itself. */
function sources(): string {
  return readdirSync(FUNCTIONS_FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('errors.ts'))
    .map((file) => readFileSync(new URL(file, FUNCTIONS_FOLDER), 'utf8'))
    .join('\n');
}

describe('ROUTED_ERRORS', () => {
  it('ROUTED_ERRORS has every name of our own that a state machine routes on', () => {
    expect(
      [...routed].filter((name) => !(ROUTED_ERRORS as readonly string[]).includes(name)),
    ).toEqual([]);
  });

  it.each(ROUTED_ERRORS)('ROUTED_ERRORS has %s because a function reports it', (name) => {
    const reported = new RegExp(`new ${name}Error\\(|error: '${name}'`);
    expect(sources()).toMatch(reported);
  });

  it('ROUTED_ERRORS is routed by name, or by the undo, or as any other error is', () => {
    expect([...routed].sort()).toEqual(['AgentUnsettled', 'BadInput', 'LeaseLost']);
  });
});
