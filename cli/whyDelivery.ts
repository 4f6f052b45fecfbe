import type { Attempt, DeliveryDetail } from '../contract/deliveries.ts';
import { assertNever } from '../contract/assertNever.ts';

/** What became of a delivery and why, in a sentence or two, and what can be done about it. */
export function whyDelivery(delivery: DeliveryDetail): string {
  const { id, status, attempts, nextRetryAt, webhookId, waitingBehind } = delivery;
  const last = attempts.at(-1);
  const times = attempts.length === 1 ? 'one attempt' : `${attempts.length} attempts`;
  switch (status) {
    case 'delivered':
      return last ? `Delivered by attempt ${last.number}: ${outcome(last)}.` : 'Delivered.';
    case 'failed':
      return `Failed after ${times}${last ? `; the last: ${outcome(last)}` : ''}.${waitingBehind > 0 ? ` ${waitingBehind} of its ordering key wait for it.` : ''}\n  → relay retry ${id} tries once more.`;
    case 'retrying': {
      const next = nextRetryAt === null ? 'The next is about to be made' : `The next is planned for ${nextRetryAt}`;
      return `Not delivered by ${times}${last ? `; the last: ${outcome(last)}` : ''}. ${next}${held(delivery)}.`;
    }
    case 'pending':
      return `Not tried yet${held(delivery)}.`;
    case 'skipped':
      return `Not sent: its webhook was not active.\n  → Enable it (relay webhooks update ${webhookId} --set isActive=true), then relay retry ${id}, or relay webhooks recover ${webhookId} for all it missed.`;
    case 'cancelled':
      return `Cancelled by a person, or with its webhook${last ? `; the last attempt: ${outcome(last)}` : ''}.`;
    default:
      return assertNever(status);
  }
}

/** How an attempt ended: the answer, or why there was none. */
function outcome({ httpStatus, durationMs, error }: Attempt): string {
  const answer = httpStatus === null ? '' : `the receiver answered ${httpStatus} after ${durationMs} ms`;
  if (!error) return answer || `no answer was kept, after ${durationMs} ms`;
  const reason = `${error.message} (${error.code})`;
  return answer ? `${answer}, ${reason}` : `${reason}, after ${durationMs} ms`;
}

/** Why it waits, where Relay tells that. */
function held({ hold }: DeliveryDetail): string {
  if (!hold) return '';
  const behind = hold.behind ? ` behind ${hold.behind}` : '';
  return `; held back (${hold.reason.replaceAll('_', ' ')}${behind})${hold.until === null ? '' : ` until ${hold.until}`}`;
}
