import type { AttemptError } from './errors.ts';
import type { SendResult } from './sender.ts';

/** What an attempt means for its delivery. */
export type Classification =
  | { kind: 'delivered' }
  | { kind: 'retryable'; error: AttemptError; retryAfterMs: number | null }
  /** The receiver wants nothing more of this delivery, which has failed. */
  | { kind: 'aborted'; error: AttemptError }
  /** The receiver wants nothing more at all: the delivery has failed and its webhook is to be disabled. */
  | { kind: 'gone'; error: AttemptError };

const GONE = 410;

/** By this header an answer of any status says that no further attempt is wanted (docs/CONTRACT.md §6). */
const WISH_HEADER = 'webhook-delivery';

/**
 * Decides by the status, the receiver's wish and the failure alone (docs/CONTRACT.md §6): 2xx with its whole response is
 * delivered, 410 is gone, everything else may be tried again unless the receiver asks for an end. A status other than 2xx says more than a body that broke off after it.
 */
export function classify({ response, error, retryAfterMs }: SendResult): Classification {
  if (response === null) return { kind: 'retryable', error: error ?? UNKNOWN, retryAfterMs: null };
  const { status, headers } = response;
  const wish = headers[WISH_HEADER]?.trim().toLowerCase();
  if (wish === 'abort') return { kind: 'aborted', error: wishError(status, wish) };
  if (wish === 'disable') return { kind: 'gone', error: wishError(status, wish) };
  if (status === GONE) return { kind: 'gone', error: statusError(status) };
  if (status < 200 || status > 299) return { kind: 'retryable', error: statusError(status), retryAfterMs };
  return error === null ? { kind: 'delivered' } : { kind: 'retryable', error, retryAfterMs: null };
}

const UNKNOWN: AttemptError = { code: 'network', message: 'Network error' };

function statusError(status: number): AttemptError {
  const redirected = status >= 300 && status <= 399;
  return redirected
    ? { code: 'redirect', message: `HTTP ${status}: redirects are not followed` }
    : { code: 'http_status', message: `HTTP ${status}` };
}

function wishError(status: number, wish: string): AttemptError {
  return { code: 'http_status', message: `HTTP ${status}, with ${WISH_HEADER}: ${wish}` };
}
