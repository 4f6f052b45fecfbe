import { MASKED_VALUE } from '#contract/maskedHeaders.ts';

/** Stands, or ends what stands, for what is not kept. */
const NOT_KEPT = '…';

/** A request as a command for a shell; a value that is not shown is a variable, named by its header. */
export function curlOf(request: { url: string; headers: Record<string, string>; body: string }): string {
  const headers = Object.entries(request.headers).map(([name, value]) => {
    if (value !== MASKED_VALUE && !value.endsWith(NOT_KEPT)) return quoted(`${name}: ${value}`);
    return `"${name}: $${variableFor(name)}"`;
  });
  // `--data-raw`: a body that begins with "@" names no file.
  const parts = [`curl -i -X POST ${quoted(request.url)}`, ...headers.map((header) => `-H ${header}`)];
  return [...parts, `--data-raw ${quoted(request.body)}`].join(' \\\n  ');
}

/** The variables that such a command needs. */
export function variablesOf(headers: Record<string, string>): string[] {
  return Object.entries(headers)
    .filter(([, value]) => value === MASKED_VALUE || value.endsWith(NOT_KEPT))
    .map(([name]) => variableFor(name));
}

const variableFor = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, '_');

/** Between single quotes a shell reads everything as it is, but for the quote itself. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
