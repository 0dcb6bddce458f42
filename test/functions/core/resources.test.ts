// What an event's resources tell about the tasks of a container instance.

import { expect, it } from 'vitest';
import { type EventResource, mayBeEmpty } from '../../../functions/core/resources.ts';

const cpu = (integerValue?: number): EventResource => ({ name: 'CPU', integerValue });
const memory = (integerValue: number): EventResource => ({ name: 'MEMORY', integerValue });
const ports: EventResource = { name: 'PORTS' };

it.each([
  ['all of it is free', [cpu(2048), memory(3767), ports], [cpu(2048), memory(3767), ports], true],
  ['some CPU is taken', [cpu(2048), memory(3767)], [cpu(1988), memory(3767)], false],
  ['some memory is taken', [cpu(2048), memory(3767)], [cpu(2048), memory(3000)], false],
  ['nothing is left', [cpu(2048)], [cpu(0)], false],
  ['the event lacks what remains', [cpu(2048)], [], true],
  ['the event lacks one number', [cpu(2048)], [cpu()], true],
  ['the event lacks both', undefined, undefined, true],
])('mayBeEmpty() when %s', (_, registered, remaining, expected) => {
  expect(mayBeEmpty(registered, remaining)).toBe(expected);
});
