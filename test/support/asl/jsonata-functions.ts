// The functions that expressions can call: JSONata 2.0.6 without $eval, and those AWS adds.

const JSONATA = `
  sum count max min average
  string substring substringBefore substringAfter lowercase uppercase length trim pad match contains
  replace split join formatNumber formatBase formatInteger parseInteger
  number floor ceil round abs sqrt power random boolean not
  map zip filter single reduce sift keys lookup append exists spread merge reverse each error assert
  type sort shuffle distinct clone
  base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl
  toMillis fromMillis now millis
`;

/** Developer Guide, "JSONata functions provided by Step Functions"; $random takes a seed there. */
const STEP_FUNCTIONS = 'partition range hash uuid parse';

export const JSONATA_FUNCTIONS: readonly string[] = `${JSONATA} ${STEP_FUNCTIONS}`
  .trim()
  .split(/\s+/);
