import { diffArrays } from 'diff';
import type { Attempt } from '#contract/deliveries.ts';
import { milliseconds } from '../../ui/format.ts';
import { jsonNodes } from '../../ui/jsonNodes.ts';
import { printJson } from '../../ui/printJson.ts';

/** A line that both have, or what one has in the place of what the other has. */
export type ComparedLine =
  { kind: 'same'; text: string } | { kind: 'changed'; before: string | null; after: string | null };

export interface ComparedPart {
  title: string;
  lines: ComparedLine[];
  isSame: boolean;
}

/** Two attempts, part by part and line by line; headers in the order of their names. */
export function compareAttempts(before: Attempt, after: Attempt): ComparedPart[] {
  const part = (title: string, of: (attempt: Attempt) => string[]): ComparedPart => {
    const lines = compareLines(of(before), of(after));
    return { title, lines, isSame: lines.every(({ kind }) => kind === 'same') };
  };
  return [
    part('Answer', answerOf),
    part('Response headers', ({ responseHeaders }) => headerLines(responseHeaders ?? {})),
    part('Response body', ({ responseBody }) => bodyLines(responseBody)),
    part('Sent to', ({ request: { url, address } }) => [url, address ?? 'no connection was made']),
    part('Request headers', ({ request }) => headerLines(request.headers)),
  ];
}

function answerOf({ httpStatus, error, durationMs }: Attempt): string[] {
  const answer = httpStatus === null ? 'No answer' : `HTTP ${httpStatus}`;
  return [answer, ...(error ? [`${error.code}: ${error.message}`] : []), `after ${milliseconds(durationMs)}`];
}

function headerLines(headers: Record<string, string>): string[] {
  return Object.keys(headers)
    .toSorted()
    .map((name) => `${name}: ${headers[name] ?? ''}`);
}

/** JSON is compared by its members. */
function bodyLines(body: string | null): string[] {
  if (body === null || body === '') return [];
  const root = /^\s*[[{]/.test(body) ? jsonNodes(body) : null;
  return (root ? printJson(root) : body).split('\n');
}

/** What was taken out stands beside what was put in its place, line for line as far as both go. */
export function compareLines(before: string[], after: string[]): ComparedLine[] {
  const lines: ComparedLine[] = [];
  let removed: string[] = [];
  const changes = diffArrays(before, after);
  for (const [index, { value, added, removed: isRemoved }] of changes.entries()) {
    if (isRemoved) {
      removed = value;
      if (changes[index + 1]?.added) continue;
    }
    if (isRemoved || added) {
      const put = added ? value : [];
      for (let n = 0; n < Math.max(removed.length, put.length); n++)
        lines.push({ kind: 'changed', before: removed[n] ?? null, after: put[n] ?? null });
      removed = [];
    } else lines.push(...value.map((text): ComparedLine => ({ kind: 'same', text })));
  }
  return lines;
}
