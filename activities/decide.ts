import { nextDelayMs, type RetryPolicy } from '../contract/retrySchedule.ts';
import type { Classification } from './http/classify.ts';

/** What an attempt makes of its delivery. */
export type Decision =
  { status: 'delivered' } | { status: 'failed'; gone: boolean } | { status: 'retrying'; delayMs: number };

/**
 * What follows from an attempt's verdict under the webhook's present retry policy (docs/CONTRACT.md §4, §6).
 * @param attemptsMade including this one.
 * @param planned whether the policy applies; a manual retry of a finished delivery is one attempt.
 */
export function decide(
  verdict: Classification,
  { attemptsMade, planned, retryPolicy }: { attemptsMade: number; planned: boolean; retryPolicy: RetryPolicy },
): Decision {
  if (verdict.kind === 'delivered') return { status: 'delivered' };
  if (verdict.kind === 'gone') return { status: 'failed', gone: true };
  if (!planned || attemptsMade >= retryPolicy.maximumAttempts) return { status: 'failed', gone: false };
  const { retryAfterMs } = verdict;
  return {
    status: 'retrying',
    delayMs: nextDelayMs({ policy: retryPolicy, attemptsMade, retryAfterMs, random: Math.random }),
  };
}
