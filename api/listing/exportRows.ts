import { Readable } from 'node:stream';
import { Type } from 'typebox';
import type { Page } from '../../contract/primitives.ts';
import { ApiProblem } from '../http/problem.ts';
import type { Answer, UnreadCall } from '../http/route.ts';
import type { Work } from '../turns/LoopTurns.ts';
import { csvLine } from './csv.ts';
import type { Exports } from './Exports.ts';

/** How many rows are read at once. */
const PAGE_ROWS = 500;
/** After so many rows others may go on. */
const ROWS_OF_A_TURN = 25;

/** The forms that a list is exported in, by the end of the path. */
export const EXPORT_FORMATS = ['ndjson', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const MEDIA_TYPES: Record<ExportFormat, string> = { ndjson: 'application/x-ndjson', csv: 'text/csv' };
const FORMAT_NAMES: Record<ExportFormat, string> = { ndjson: 'JSON, one row a line', csv: 'CSV' };

/** Columns of a table by their names; a row's cell in each. */
export type Columns<T> = Record<string, (row: T) => string | number | null>;

/** What is exported. */
interface Export<T> {
  exports: Exports;
  call: Pick<UnreadCall, 'identity' | 'inTurn' | 'inTurns' | 'isStillValid'>;
  /** Of the list: part of the file's name. */
  name: string;
  format: ExportFormat;
  columns: Columns<T>;
  read: (page: { limit: number; cursor?: string }) => Promise<Page<T>>;
}

/** What all exports of a list say of themselves: the part of a route that depends on the format alone. */
export function describeExport(what: string, format: ExportFormat) {
  const operation = `export${what[0]?.toUpperCase()}${what.slice(1)}As${format === 'csv' ? 'Csv' : 'Ndjson'}`;
  return {
    method: 'GET',
    operationId: operation,
    summary: `Export ${what} as ${FORMAT_NAMES[format]}`,
    description: `Everything that matches, newest first, in one answer that is made while it is read. One that ends without its end, as when the database goes away, is not whole. Two of a key at once.${format === 'csv' ? ' A text that a spreadsheet would run as a formula has an apostrophe in front.' : ' A row is what the list shows as a summary.'}`,
    responses: { 200: Type.String({ contentMediaType: MEDIA_TYPES[format] }) },
    responseHeaders: { 200: { 'Content-Disposition': Type.String({ description: 'names the file' }) } },
    // Each page waits for a turn of its own.
    waitsElsewhere: true,
  } as const;
}

/**
 * A list as one answer that is written page by page, no faster than it is read. It ends when the caller goes away, and breaks off when
 * its key does not hold any more.
 * @throws ApiProblem `unavailable` for one too many, and what reading the first page throws.
 */
export async function exportRows<T extends object>(wanted: Export<T>): Promise<Answer> {
  const { exports, call, name, format, read } = wanted;
  const next = (cursor?: string) =>
    call.inTurn(() => read({ limit: PAGE_ROWS, ...(cursor !== undefined && { cursor }) }));
  const body = await exports.begin(call.identity.keyId, async () => {
    const first = await next();
    return Readable.from(pieces(first, next, wanted), { objectMode: false });
  });
  const day = new Date().toISOString().slice(0, 10);
  const headers = {
    'Content-Type': `${MEDIA_TYPES[format]}; charset=utf-8`,
    'Content-Disposition': `attachment; filename="${name}-${day}.${format}"`,
  };
  return { status: 200, headers, body };
}

async function* pieces<T extends object>(
  first: Page<T>,
  next: (cursor: string) => Promise<Page<T>>,
  { call, format, columns }: Export<T>,
): AsyncGenerator<Buffer> {
  if (format === 'csv') yield Buffer.from(csvLine(Object.keys(columns)));
  for (let page = first; ;) {
    const { data, pagination } = page;
    const text = await call.inTurns(written(data, format, columns));
    if (text !== '') yield Buffer.from(text);
    if (pagination.nextCursor === null) return;
    if (!(await call.isStillValid())) throw new ApiProblem('unauthorized', 'The API key does not hold any more.');
    page = await next(pagination.nextCursor);
  }
}

function* written<T extends object>(rows: readonly T[], format: ExportFormat, columns: Columns<T>): Work<string> {
  let text = '';
  for (const [index, row] of rows.entries()) {
    if (index % ROWS_OF_A_TURN === ROWS_OF_A_TURN - 1) yield;
    text += format === 'csv' ? csvLine(Object.values(columns).map((of) => of(row))) : `${JSON.stringify(row)}\n`;
  }
  return text;
}
