import type { Problem } from '../contract/problem.ts';
import { RelayProblem, UnexpectedAnswer } from './relayProblem.ts';

export interface RelayClientOptions {
  /** Such as `http://localhost:5000`; empty in a page that Relay itself serves. */
  baseUrl: string;
  /** Left out where a session's cookie stands for it. */
  apiKey?: string;
  /** Stands in for the global `fetch`, for instance to end calls that take too long. */
  fetch?: typeof globalThis.fetch;
}

interface Sending {
  query?: object;
  body?: unknown;
  headers?: Record<string, string>;
}

/**
 * Makes one call and reads its JSON. Members of the query that are undefined are left out.
 * @throws RelayProblem when Relay refuses, UnexpectedAnswer when it was not Relay that answered, and what fetch throws.
 */
export type Send = <T>(method: string, path: string, sending?: Sending) => Promise<T>;

export function createSend({ baseUrl, apiKey, fetch = globalThis.fetch }: RelayClientOptions): Send {
  const base = baseUrl.replace(/\/+$/, '');
  return async <T>(method: string, path: string, { query, body, headers }: Sending = {}) => {
    const response = await fetch(`${base}${path}${queryString(query)}`, {
      method,
      headers: {
        accept: 'application/json, application/problem+json',
        // A change by cookie needs it (docs/CONTRACT.md §8).
        'x-requested-with': 'relay-client',
        ...(apiKey !== undefined && { 'x-api-key': apiKey }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw await refusalOf(response);
    return (await readJson(response)) as T;
  };
}

/** What a response that is no success says: Relay's problem, or that it was not Relay that answered. */
export async function refusalOf(response: Response): Promise<RelayProblem | UnexpectedAnswer> {
  const answer = await readJson(response);
  return isProblem(answer) ? new RelayProblem(answer, retryAfterMs(response)) : new UnexpectedAnswer(response.status);
}

function queryString(query: object = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)]))).toString();
  return text && `?${text}`;
}

async function readJson(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const type = response.headers.get('content-type') ?? '';
  if (!/^application\/(?:problem\+)?json\b/.test(type)) {
    await response.body?.cancel();
    throw new UnexpectedAnswer(response.status);
  }
  return response.json();
}

function isProblem(answer: unknown): answer is Problem {
  return typeof answer === 'object' && answer !== null && 'code' in answer && 'requestId' in answer;
}

function retryAfterMs(response: Response): number | null {
  const seconds = response.headers.get('retry-after');
  return seconds !== null && /^\d+$/.test(seconds) ? Number(seconds) * 1000 : null;
}
