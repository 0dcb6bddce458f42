// Counts what the stack's metric filters would count of what functions logged and rules wrote in a simulated region.

import { fleetTemplate } from '../../infra/template.ts';
import type { Region } from '../../simulator/region.ts';

interface MetricFilter {
  readonly LogGroupName: { readonly Ref: string };
  readonly FilterPattern: string;
  readonly MetricTransformations: readonly [
    { readonly MetricName: string; readonly MetricValue: string },
  ];
}

/** One comparison of a pattern such as `{ $.level = "ERROR" && $.age = * }`. */
const TERM = /^\$\.(\w+) (=|!=) (?:"([^"]*)"|(\*))$/;

function fieldsOf(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** The part of CloudWatch's filter syntax that the stack uses; anything else throws. */
export function matchesFilter(pattern: string, line: string): boolean {
  if (!pattern.startsWith('{')) {
    // Terms with a question mark: any of them.
    const terms = [...pattern.matchAll(/\?"([^"]+)"/g)].map(([, term = '']) => term);
    if (terms.length === 0) throw new Error(`Not modelled: filter pattern ${pattern}`);
    return terms.some((term) => line.includes(term));
  }
  const fields = fieldsOf(line);
  return pattern
    .slice(1, -1)
    .trim()
    .split(' && ')
    .every((text) => {
      const term = TERM.exec(text);
      if (!term) throw new Error(`Not modelled: filter term ${text}`);
      const [, name = '', operator, value, any] = term;
      const found = fields?.[name];
      // A comparison with a field that is not there does not hold, whatever the operator.
      if (found === undefined) return false;
      if (any) return true;
      return operator === '=' ? found === value : found !== value;
    });
}

/** Sums by metric; call it before anything runs, and read the map afterwards. */
export function watchLogMetrics(region: Region): ReadonlyMap<string, number[]> {
  const resources = Object.values(fleetTemplate().Resources) as {
    readonly Type: string;
    readonly Properties: MetricFilter;
  }[];
  const filters = resources.filter(({ Type }) => Type === 'AWS::Logs::MetricFilter');
  const groups = fleetTemplate().Resources as Record<
    string,
    { readonly Properties: { readonly LogGroupName: string } }
  >;
  const values = new Map<string, number[]>();
  region.services.lambda.logs.subscribe(({ functionName, text }) => {
    for (const { Properties } of filters) {
      const group = groups[Properties.LogGroupName.Ref]!.Properties.LogGroupName;
      if (group !== `/aws/lambda/${functionName}`) continue;
      if (!matchesFilter(Properties.FilterPattern, text)) continue;
      const [{ MetricName, MetricValue }] = Properties.MetricTransformations;
      const value = MetricValue.startsWith('$.')
        ? Number(fieldsOf(text)?.[MetricValue.slice(2)])
        : Number(MetricValue);
      values.set(MetricName, [...(values.get(MetricName) ?? []), value]);
    }
  });
  return values;
}
