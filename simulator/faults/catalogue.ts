// The catalogue of faults, F1 to F70, with the names by which a fault file brings them about.

import { CALL_FAULTS } from './catalogue-calls.ts';
import { DATA_FAULTS } from './catalogue-data.ts';
import { FLEET_FAULTS } from './catalogue-fleet.ts';
import { HOST_FAULTS } from './catalogue-hosts.ts';
import { PLATFORM_FAULTS } from './catalogue-platform.ts';
import type { Parameter } from './parameters.ts';
import type { SubjectKind } from './subjects.ts';

/** One name that a fault file may use. */
export interface Injector {
  readonly name: string;
  /** What the subject of the fault is: its exact form, for `subject` patterns. */
  readonly subject: string;
  /** Whose name the subject must be; free text, known only during the run, unless said. */
  readonly kind?: SubjectKind;
  /** A fault file must say whom it strikes: to strike everybody would make no sense. */
  readonly needsSubject?: true;
  /** When it strikes; `occasion` unless said. */
  readonly strikes?: 'occasion' | 'watched' | 'once';
  /** Meaning and default of each parameter. */
  readonly parameters?: Readonly<Record<string, Parameter>>;
  /** What the number of the fault alone means beyond the name, where the name serves several. */
  readonly preset?: {
    readonly subject?: string;
    readonly parameters?: Readonly<Record<string, number | string>>;
  };
}

/** One fault of the catalogue. */
export interface CatalogueEntry {
  /** 1 for F1. */
  readonly number: number;
  /** One sentence: what happens. */
  readonly what: string;
  readonly injectors: readonly Injector[];
  /** Why no injector can bring it about, and where it comes from instead. */
  readonly without?: string;
}

/** F1 to F70 in order. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  ...CALL_FAULTS,
  ...PLATFORM_FAULTS,
  ...DATA_FAULTS,
  ...HOST_FAULTS,
  ...FLEET_FAULTS,
];

/**
 * Every name a fault file may use, in the order of the catalogue; some serve more than one fault.
 */
export function faultNames(): readonly string[] {
  return [...new Set(CATALOGUE.flatMap(({ injectors }) => injectors.map(({ name }) => name)))];
}

/** What is known of a name; its parameters are those of every fault that it serves. */
export function injectorNamed(name: string): Injector | undefined {
  const all = CATALOGUE.flatMap(({ injectors }) => injectors).filter((one) => one.name === name);
  const [first] = all;
  if (!first) return undefined;
  const { preset: _, ...injector } = first;
  const parameters = Object.assign({}, ...all.map((one) => one.parameters ?? {}));
  return { ...injector, parameters: { ...parameters, ...first.parameters } };
}

/** The fault of a number such as `F21`. */
export function faultNumbered(name: string): CatalogueEntry | undefined {
  const [, digits] = /^F([1-9]\d*)$/.exec(name) ?? [];
  return digits === undefined ? undefined : CATALOGUE[Number(digits) - 1];
}
