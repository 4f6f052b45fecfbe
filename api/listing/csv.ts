/** What spreadsheets take for the beginning of a formula (OWASP, "CSV Injection"), also in the full width of East Asian scripts. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/**
 * A line of a table as RFC 4180 has it, with its end. A text that a spreadsheet would run as a formula gets an apostrophe in front, which
 * such a program hides and which makes it a text.
 */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: string | number | null): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
