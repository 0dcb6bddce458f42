// Writes a table of Markdown.

/** Cells of a table's rows; a bar or an angle bracket inside of one is escaped. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => {
    return `| ${cells.map((cell) => cell.replaceAll(/(?<!\\)([|<])/g, '\\$1')).join(' | ')} |`;
  };
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}
