import { assertNever } from '#contract/assertNever.ts';
import type { DeliveryDetail } from '#contract/deliveries.ts';
import type { Webhook } from '#contract/webhooks.ts';
import { count, duration, exactTime, milliseconds } from '../../ui/format.ts';
import { adviceFor, deedOf, failuresInWords } from './failureWords.ts';

/** What became of a delivery, in a sentence or two, and what helps. */
export interface Story {
  tone: 'good' | 'bad' | 'wait' | 'calm';
  text: string;
  advice: string | null;
}

type Told = Pick<
  DeliveryDetail,
  'status' | 'attempts' | 'nextRetryAt' | 'hold' | 'createdAt' | 'alsoWaiting' | 'payloadErasedAt'
>;
type TellingWebhook = Pick<Webhook, 'name' | 'isActive' | 'disabledAt' | 'disabledReason' | 'rateLimit' | 'health'>;

/** Tells a delivery from what is recorded of it. @param webhook null where it may not be seen. @param now in ms. */
export function storyOf(delivery: Told, webhook: TellingWebhook | null, now: number): Story {
  const { status, payloadErasedAt } = delivery;
  const story = tell(delivery, webhook, now);
  if (payloadErasedAt === null) return story;
  const isOver = status === 'delivered';
  const erased = `The payload was erased on ${exactTime(payloadErasedAt)}${isOver ? '.' : '; nothing can be sent any more.'}`;
  return { ...story, text: `${story.text} ${erased}`, advice: null };
}

function tell(delivery: Told, webhook: TellingWebhook | null, now: number): Story {
  const { status, attempts } = delivery;
  const last = attempts.at(-1);
  const failures = failuresInWords(attempts);
  const advice = last ? adviceFor(last) : null;
  const byHand = delivery.payloadErasedAt === null ? '; it can be retried by hand' : '';
  switch (status) {
    case 'delivered':
      return { tone: 'good', text: deliveredIn(delivery), advice: null };
    case 'failed': {
      const all = failures === '' ? 'It failed.' : `It failed: the endpoint ${failures}.`;
      return { tone: 'bad', text: `${all} No further attempt is planned${byHand}.`, advice };
    }
    case 'skipped':
      return { tone: 'calm', text: skippedFor(delivery, webhook), advice: null };
    case 'cancelled': {
      const before = failures === '' ? 'before anything was sent' : `after the endpoint ${failures}`;
      return { tone: 'calm', text: `Cancelled ${before}. No further attempt is made${byHand}.`, advice: null };
    }
    case 'pending':
    case 'retrying': {
      const before = failures === '' ? '' : `The endpoint ${failures}. `;
      return { tone: 'wait', text: before + waiting(delivery, webhook, now), advice };
    }
    default:
      return assertNever(status);
  }
}

function deliveredIn({ attempts, createdAt }: Told): string {
  const last = attempts.at(-1);
  if (!last) return 'Delivered.';
  const failed = failuresInWords(attempts.slice(0, -1));
  const took = duration(Math.max(0, Date.parse(last.startedAt) + last.durationMs - Date.parse(createdAt)));
  const taken = `The endpoint ${deedOf({ ...last, error: null })} after ${milliseconds(last.durationMs)}`;
  if (failed === '') return `Delivered at the first attempt, ${took} after it was made. ${taken}.`;
  return `Delivered by attempt ${last.number}, ${took} after it was made. ${taken}; before that it ${failed}.`;
}

function skippedFor({ attempts }: Told, webhook: TellingWebhook | null): string {
  const what = attempts.length > 0 ? 'Not sent any more' : 'Not sent';
  if (!webhook || webhook.isActive) return `${what}: its webhook was not active then.`;
  const since = webhook.disabledAt ? ` since ${exactTime(webhook.disabledAt)}` : '';
  const why = webhook.disabledReason ? ` (${webhook.disabledReason})` : '';
  return `${what}: ${webhook.name} is not active${since}${why}.`;
}

/** What an open delivery waits for, until when, and how many do so with it. */
function waiting(
  { hold, status, nextRetryAt, attempts, alsoWaiting }: Told,
  webhook: TellingWebhook | null,
  now: number,
): string {
  const others = (verb: string) =>
    alsoWaiting === 0
      ? ''
      : `; ${count(alsoWaiting)} ${alsoWaiting === 1 ? 'other' : 'others'} of this webhook ${verb}`;
  const sameWait = others(alsoWaiting === 1 ? 'waits for the same' : 'wait for the same');
  const alsoWait = others(alsoWaiting === 1 ? 'waits, too' : 'wait, too');
  const within = (at: string) => {
    const ms = Date.parse(at) - now;
    return ms > 999 ? `in ${duration(ms)}` : 'due now';
  };
  if (!hold) {
    if (status === 'pending') return `It is about to be sent for the first time${alsoWait}.`;
    return nextRetryAt
      ? `The next attempt is ${within(nextRetryAt)}${sameWait}.`
      : `The next attempt is about to be made${sameWait}.`;
  }
  switch (hold.reason) {
    case 'endpoint_down': {
      const trial = webhook?.health.nextTrialAt;
      const next = trial ? ` The next trial is ${within(trial)}.` : '';
      const why = attempts.length === 0 && webhook?.health.lastError ? ` (${webhook.health.lastError})` : '';
      return `The endpoint is down since ${exactTime(hold.since)}${why}: this delivery is held and goes out by itself when the endpoint is back${sameWait}.${next}`;
    }
    case 'rate_limit': {
      const pace = webhook?.rateLimit ? ` of ${webhook.rateLimit.perSecond} a second` : '';
      return `It is held back by the webhook’s pace${pace}${hold.until ? `; its turn is ${within(hold.until)}` : ''}${alsoWait}.`;
    }
    case 'order':
      return `It waits since ${exactTime(hold.since)} for an earlier event of its ordering key, and goes out after that.`;
    case 'scheduled':
      return `It is scheduled${hold.until ? ` for ${exactTime(hold.until)}, ${within(hold.until)}` : ''}.`;
    default:
      return assertNever(hold.reason);
  }
}
