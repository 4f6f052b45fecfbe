import { createRelayClient, refusalOf } from '#client/index.ts';
import type { Problem } from '#contract/problem.ts';

let onSignedOut: () => void = () => undefined;

/** What is to happen when the session turns out to be over. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}

/** The API by the session's cookie. Whatever goes wrong is a RelayProblem, also when it is not Relay that answers. */
export const relay = createRelayClient({ baseUrl: '', fetch: fetchForPages, retries: 0, timeoutMs: 0 });

/**
 * For JSON that must stay as it was written, in the body or in the answer: big numbers, spelling, the order of members.
 * @throws RelayProblem
 */
export async function callWithText(method: string, path: string, body?: string): Promise<string> {
  const headers = { accept: 'application/json', 'content-type': 'application/json', 'x-requested-with': 'relay-page' };
  const response = await fetchForPages(path, { method, headers, ...(body !== undefined && { body }) });
  if (!response.ok) throw await refusalOf(response);
  return response.text();
}

/** Answers with a problem of its own where Relay cannot be reached, or something else answers in its place. */
async function fetchForPages(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init).catch(() => null);
  if (!response) return unavailable('Relay cannot be reached. It is tried again when you ask.');
  if (response.status === 401 && input !== '/api/session') onSignedOut();
  const isFromRelay = response.status === 204 || /\bjson\b/.test(response.headers.get('content-type') ?? '');
  return isFromRelay ? response : unavailable('The answer could not be read.');
}

/** What Relay itself says when it cannot do its work. */
function unavailable(detail: string): Response {
  const status = 503;
  const problem: Problem = {
    type: 'urn:relay:problem:unavailable',
    title: 'Relay cannot do this right now',
    status,
    code: 'unavailable',
    detail,
    requestId: '',
  };
  return new Response(JSON.stringify(problem), { status, headers: { 'content-type': 'application/problem+json' } });
}
