// The catalogue of faults, F1 to F70, with the names by which a fault file brings them about.

import { FLEET_FAULTS } from './catalogue-fleet.ts';
import { PLATFORM_FAULTS } from './catalogue-platform.ts';

/** One name that a fault file may use. */
export interface Injector {
  readonly name: string;
  /** What the subject of the fault is: its exact form, for `subject` patterns. */
  readonly subject: string;
  /** Meaning and default of each parameter. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** One fault of the catalogue. */
export interface CatalogueEntry {
  /** 1 for F1. */
  readonly number: number;
  /** One sentence: what happens. */
  readonly what: string;
  readonly injectors: readonly Injector[];
  /**
   * Where it comes from when no injector brings it about: the fleet file, the caller, or nowhere
   * yet.
   */
  readonly without?: string;
}

/** F1 to F70 in order. */
export const CATALOGUE: readonly CatalogueEntry[] = [...PLATFORM_FAULTS, ...FLEET_FAULTS];

/**
 * Every name a fault file may use, in the order of the catalogue; some serve more than one fault.
 */
export function faultNames(): readonly string[] {
  return [...new Set(CATALOGUE.flatMap(({ injectors }) => injectors.map(({ name }) => name)))];
}
