// Encodes JSON members as the XML of the AWS Query and EC2 Query protocols.

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
};

/** Characters that XML 1.0 cannot carry at all, not even escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
const NOT_IN_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

export function escapeXml(text: string): string {
  return text.replace(NOT_IN_XML, '').replace(/[&<>"\r]/g, (character) => ENTITIES[character]!);
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function element(name: string, value: unknown, itemName: 'item' | 'member'): string {
  if (value === undefined || value === null) return '';
  if (isScalar(value)) return `<${name}>${escapeXml(String(value))}</${name}>`;
  if (Array.isArray(value)) {
    if (value.length === 0) return `<${name}/>`;
    const items = value.map((item) => element(itemName, item, itemName)).join('');
    return `<${name}>${items}</${name}>`;
  }
  if (typeof value !== 'object') throw new TypeError(`Cannot encode ${typeof value} "${name}"`);
  return `<${name}>${membersXml(value, itemName)}</${name}>`;
}

/**
 * The members of an object, one element each, in their order; undefined and null are left out.
 *
 * @param itemName Element of each list entry: `item` for EC2, `member` for AWS Query.
 */
export function membersXml(members: object, itemName: 'item' | 'member'): string {
  return Object.entries(members)
    .map(([name, value]) => element(name, value, itemName))
    .join('');
}
