// Reads a fault file: which named faults strike whom, from when, how often.

import * as z from 'zod';
import { faultNames } from '../faults/catalogue.ts';
import type { FaultSpec } from '../faults/faults.ts';
import { readJsonFile } from './read-json-file.ts';

const [first = '', ...others] = faultNames();

/** One line of a fault file; the names are those of the catalogue. */
const faultSpec = z.strictObject({
  name: z.enum([first, ...others]),
  /** An exact id, or a pattern with `*`; everybody unless said. */
  subject: z.string().min(1).optional(),
  fromSeconds: z.number().min(0).optional(),
  untilSeconds: z.number().min(0).optional(),
  probability: z.number().min(0).max(1).optional(),
  timesMax: z.number().int().min(1).optional(),
  parameters: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
});

const faultFileSchema = z.array(faultSpec);

/**
 * @throws {FleetFileError} For the first thing wrong with the file, an unknown fault name for
 * example.
 */
export function parseFaults(text: string, fileName: string): readonly FaultSpec[] {
  return readJsonFile(faultFileSchema, { text, name: fileName });
}
