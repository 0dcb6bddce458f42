// Turns the text of a fleet file into a Fleet, or says in one sentence what is wrong with it.

import * as z from 'zod';
import { firstContradiction } from './contradictions.ts';
import { FleetFileError } from './fleet-file-error.ts';
import { readJsonFile } from './read-json-file.ts';
import { type Fleet, fleetSchema } from './schema.ts';

/** @throws {FleetFileError} For the first thing wrong with the file. */
export function parseFleet(text: string, fileName: string): Fleet {
  const fleet = readJsonFile(fleetSchema, { text, name: fileName });
  const contradiction = firstContradiction(fleet);
  if (contradiction) throw new FleetFileError(contradiction.path, contradiction.message, fileName);
  return fleet;
}

/** The fleet file's format as JSON Schema, for editors; defaults may be left out of a file. */
export function fleetJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(fleetSchema, { io: 'input', unrepresentable: 'throw' });
  return { title: 'Fleet file of the Bottlerocket Fleet Updater', ...schema };
}
