import { nextDelayMs, type RetryPolicy } from '../contract/retrySchedule.ts';
import type { Classification } from './http/classify.ts';

/** What an attempt makes of its delivery. */
export type Decision =
  | { status: 'delivered' }
  | { status: 'failed'; gone: boolean; isPlansEnd?: true }
  | { status: 'retrying'; delayMs: number };

interface DecidedBy {
  /** Including this one. */
  attemptsMade: number;
  /** Whether the policy applies; a manual retry of a finished delivery is one attempt. */
  planned: boolean;
  retryPolicy: RetryPolicy;
  /** Null when there was no answer. */
  httpStatus: number | null;
}

/** What follows from an attempt's verdict under the webhook's present retry policy (docs/CONTRACT.md §4, §6). */
export function decide(
  verdict: Classification,
  { attemptsMade, planned, retryPolicy, httpStatus }: DecidedBy,
): Decision {
  if (verdict.kind === 'delivered') return { status: 'delivered' };
  if (verdict.kind === 'gone') return { status: 'failed', gone: true };
  const isEnded = verdict.kind === 'aborted' || (httpStatus !== null && retryPolicy.neverRetry?.includes(httpStatus));
  if (isEnded) return { status: 'failed', gone: false };
  if (!planned) return { status: 'failed', gone: false };
  if (attemptsMade >= retryPolicy.maximumAttempts) return { status: 'failed', gone: false, isPlansEnd: true };
  const { retryAfterMs } = verdict;
  return {
    status: 'retrying',
    delayMs: nextDelayMs({ policy: retryPolicy, attemptsMade, retryAfterMs, random: Math.random }),
  };
}
