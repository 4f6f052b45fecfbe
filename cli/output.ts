import { styleText } from 'node:util';

const GAP = '  ';

/** Rows for a person: in columns under headings on a terminal, else separated by tabs and without headings. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  isTerminal = process.stdout.isTTY === true,
): string {
  if (!isTerminal) return rows.map((row) => row.join('\t')).join('\n');
  const all = [headings.map((heading) => heading.toUpperCase()), ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(GAP);
  const [first = '', ...others] = all.map((row) => line(row).trimEnd());
  return [process.env['NO_COLOR'] ? first : styleText('bold', first), ...others].join('\n');
}

/** The members of an object, a line each; what is an object itself as JSON. */
export function facts(members: object): string {
  const rows = Object.entries(members).filter(([, value]) => value !== undefined);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}${GAP}${inWords(value)}`).join('\n');
}

/** Prints rows as a table, or with `json` as one JSON array. */
export function printRows<T>(
  rows: readonly T[],
  { json }: { json?: boolean },
  columns: Record<string, (row: T) => string>,
): void {
  if (json) return console.log(JSON.stringify(rows, null, 2));
  if (rows.length === 0) return console.error('There are none.');
  const cells = rows.map((row) => Object.values(columns).map((cell) => cell(row)));
  console.log(table(Object.keys(columns), cells));
}

/** Prints an object as facts, or with `json` as JSON. */
export function printOne(one: object, { json }: { json?: boolean }): void {
  console.log(json ? JSON.stringify(one, null, 2) : facts(one));
}

function inWords(value: unknown): string {
  if (value === null) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
