// Writes JSON the way this repository's formatter leaves it.

const LINE_MAX = 100;

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function inline(value: readonly unknown[]): string {
  return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
}

function write(value: unknown, indent: string, used: number): string {
  if (isScalar(value)) return JSON.stringify(value);
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    const line = inline(value);
    if (value.every(isScalar) && used + line.length <= LINE_MAX) return line;
    const items = value.map((item) => `${deeper}${write(item, deeper, deeper.length)}`);
    return `[\n${items.join(',\n')}\n${indent}]`;
  }
  const members = Object.entries(value as object).filter(([, member]) => member !== undefined);
  if (members.length === 0) return '{}';
  const lines = members.map(([key, member]) => {
    const head = `${deeper}${JSON.stringify(key)}: `;
    return `${head}${write(member, deeper, head.length)}`;
  });
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

/** Formatted JSON, with a newline at its end. */
export function toFormattedJson(value: unknown): string {
  return `${write(value, '', 0)}\n`;
}
