import type { Problem } from '../contract/problem.ts';
import { RelayProblem, UnexpectedAnswer } from './relayProblem.ts';
import { retrying } from './retrying.ts';

export interface RelayClientOptions {
  /** Such as `http://localhost:5000`; empty in a page that Relay itself serves. */
  baseUrl: string;
  /** Left out where a session's cookie stands for it. */
  apiKey?: string;
  /** Stands in for the global `fetch`. */
  fetch?: typeof globalThis.fetch;
  /**
   * How often a call is made again that was not answered, or with 408, 429, 502, 503 or 504; 2 unless given. Only calls that do no harm twice:
   * an event that is posted gets an idempotency key for that, if it has none.
   */
  retries?: number;
  /** How long a try may take, in ms; 30,000 unless given, 0 for no limit. */
  timeoutMs?: number;
}

export const DEFAULT_RETRIES = 2;
const DEFAULT_TIMEOUT_MS = 30_000;
const HARMLESS = ['GET', 'PUT', 'PATCH'];

interface Sending {
  query?: object;
  body?: unknown;
  headers?: Record<string, string>;
  /** Ends the call before its time. */
  signal?: AbortSignal | undefined;
  /** Whether doing it twice does no harm; by default as its method says. */
  isRepeatable?: boolean;
}

/**
 * Makes one call and reads its JSON. Members of the query that are undefined are left out.
 * @throws RelayProblem when Relay refuses, UnexpectedAnswer when it was not Relay that answered, and what fetch throws.
 */
export type Send = <T>(method: string, path: string, sending?: Sending) => Promise<T>;

export function createSend(options: RelayClientOptions): Send {
  const { baseUrl, apiKey, fetch = globalThis.fetch } = options;
  const { retries = DEFAULT_RETRIES, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const base = baseUrl.replace(/\/+$/, '');
  return async <T>(method: string, path: string, sending: Sending = {}) => {
    const { query, body, headers, signal, isRepeatable = HARMLESS.includes(method) } = sending;
    const url = `${base}${path}${queryString(query)}`;
    const init: RequestInit = {
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
    };
    const call = () => fetch(url, { ...init, signal: firstOf(signal, timeoutMs) });
    const response = await retrying(call, { retries, isRepeatable, signal });
    if (!response.ok) throw await refusalOf(response);
    return (await readJson(response)) as T;
  };
}

/** What a response that is no success says: Relay's problem, or that it was not Relay that answered. */
export async function refusalOf(response: Response): Promise<RelayProblem | UnexpectedAnswer> {
  const answer = await readJson(response);
  return isProblem(answer) ? new RelayProblem(answer, retryAfterMs(response)) : new UnexpectedAnswer(response.status);
}

function firstOf(signal: AbortSignal | undefined, timeoutMs: number): AbortSignal | null {
  const signals = [signal, timeoutMs === 0 ? undefined : AbortSignal.timeout(timeoutMs)].filter(
    (one) => one !== undefined,
  );
  return signals.length > 0 ? AbortSignal.any(signals) : null;
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
