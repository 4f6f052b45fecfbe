import { type Command, InvalidArgumentError, Option } from 'commander';
import { everyRow } from '../client/index.ts';
import type { Page } from '../contract/primitives.ts';
import { parseInteger } from './parseInteger.ts';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** As many as one page has. */
const DEFAULT_ROWS = 20;

export interface ListOptions {
  filter: Record<string, string>;
  limit: number;
  json?: boolean;
}

/** Gives a command the options of a list. */
export function withList(command: Command): Command {
  return command
    .addOption(
      new Option('--filter <name=value>', 'any filter that the API has; repeat for several')
        .argParser(collectPairs)
        .default({}, 'none'),
    )
    .option('--limit <n>', 'at most so many, the newest', parseInteger(1, 100_000), DEFAULT_ROWS)
    .option('--json', 'print them as one JSON array');
}

/** The newest rows of a list, as many as are wanted. */
export async function firstRows<T, Q extends { cursor?: string; limit?: number }>(
  list: (query?: Q) => Promise<Page<T>>,
  query: Q,
  { limit, filter }: ListOptions,
): Promise<T[]> {
  const rows: T[] = [];
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
  for await (const row of everyRow(list, { ...filter, ...given, limit: Math.min(limit, 100) } as Q)) {
    rows.push(row);
    if (rows.length === limit) break;
  }
  return rows;
}

/** An option that may be repeated, `name=value`, into an object of texts. */
function collectPairs(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be name=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** The same into values: what is JSON is read as such, anything else is a text. */
export function collectMembers(text: string, before: Record<string, unknown> = {}): Record<string, unknown> {
  const [[name, value] = ['', '']] = Object.entries(collectPairs(text));
  return { ...before, [name]: jsonOr(value) };
}

/** A time as ISO 8601, or so long ago: `30m`, `24h`, `7d`. */
export function parseTime(text: string): string {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (count && unit) return new Date(Date.now() - Number(count) * UNITS[unit as keyof typeof UNITS]).toISOString();
  if (Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError('It must be a time as ISO 8601, or 30m, 24h, 7d ago.');
  return text;
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
