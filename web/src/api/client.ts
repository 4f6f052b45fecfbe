import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import type { FieldError, Problem } from '#contract/problem.ts';

/** What the API answered instead of success, or that it could not be reached. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly errors: FieldError[];
  readonly requestId: string | null;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? 'Relay cannot be reached. It is tried again when you ask.');
    this.status = status;
    this.code = problem.code ?? 'unreachable';
    this.errors = problem.errors ?? [];
    this.requestId = problem.requestId ?? null;
  }
}

let onSignedOut: () => void = () => undefined;

/** What is to happen when the session turns out to be over. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}

/** Calls the API with the session's cookie; answers with the body's text. @throws ApiError */
async function requestText(method: string, path: string, body?: unknown): Promise<string> {
  const response = await fetch(path, {
    method,
    credentials: 'same-origin',
    headers: { 'X-Requested-With': 'relay-dashboard', Accept: 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  }).catch(() => {
    throw new ApiError(0, {});
  });
  const text = await response.text();
  if (response.ok) return text;
  if (response.status === 401 && path !== '/api/session') onSignedOut();
  throw new ApiError(response.status, readProblem(text));
}

function readProblem(text: string): Partial<Problem> {
  try {
    return JSON.parse(text) as Partial<Problem>;
  } catch {
    return { detail: 'The answer could not be read.' };
  }
}

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const text = await requestText(method, path, body);
  return (text ? JSON.parse(text) : undefined) as T;
}

/** The API's verbs; types are the contract's. @throws ApiError */
export const api = {
  get: <T>(path: string) => request<T>('GET', path),
  getText: (path: string) => requestText('GET', path),
  post: <T>(path: string, body?: unknown) => request<T>('POST', path, body),
  put: <T>(path: string, body: unknown) => request<T>('PUT', path, body),
  patch: <T>(path: string, body: unknown) => request<T>('PATCH', path, body),
  delete: (path: string) => request<undefined>('DELETE', path),
};

/** A query string of what is set. */
export function query(parameters: Record<string, string | number | null | undefined>): string {
  const set = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined || value === null || value === '' ? [] : [[name, String(value)]],
  );
  const text = new URLSearchParams(set).toString();
  return text ? `?${text}` : '';
}

/** A member of a JSON text as it was written, so that big numbers and key order stay as they are. */
export function memberText(json: string, name: string): string {
  const root = parseTree(json);
  const node = root && findNodeAtLocation(root, [name]);
  return node ? json.slice(node.offset, node.offset + node.length) : 'null';
}
