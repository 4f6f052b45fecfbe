import type { WebhookTroubleState } from '#contract/statuses.ts';
import type { TroubledWebhook, WebhookTrouble } from '#contract/webhooks.ts';
import { count, sinceTime } from '../../ui/format.ts';

export type TroubleGroup = WebhookTrouble['data'][number];

/** Up to where the API counts what waits for a webhook. */
const MAX_COUNTED = 5000;
/** Nothing arrives, or not all of it. */
const BROKEN: readonly WebhookTroubleState[] = ['down', 'failing', 'disabled'];
/** Everything arrives, but late. */
const LATE: readonly WebhookTroubleState[] = ['slow', 'held'];

/** The heading of a group. */
export const TROUBLES: Record<WebhookTroubleState, string> = {
  down: 'Down: what is owed is held',
  failing: 'Failing: nothing was taken since',
  disabled: 'Disabled by Relay: what comes is skipped',
  slow: 'Slow: answers take 5 s and more',
  held: 'Held back by pace or order',
  inactive: 'Not active, as somebody wanted it',
};

const WAITING: Record<WebhookTroubleState, string> = {
  down: 'held',
  failing: 'waiting',
  disabled: 'skipped',
  slow: 'waiting',
  held: 'held',
  inactive: 'skipped',
};

/** "1,313 held", "20 waiting", "5,000 or more skipped". */
export function waitingWords(state: WebhookTroubleState, { waiting, webhook }: TroubledWebhook): string {
  if (state === 'failing' && waiting === 0) {
    const { consecutiveFailures } = webhook;
    return `${count(consecutiveFailures)} ${consecutiveFailures === 1 ? 'delivery' : 'deliveries'} failed in a row`;
  }
  const exact = state === 'down' ? Math.max(waiting, webhook.health.heldCount) : waiting;
  const number = exact === MAX_COUNTED ? `${count(exact)} or more` : count(exact);
  return `${number} ${WAITING[state]}`;
}

/** The deliveries that are meant by {@link waitingWords}, as filters of their list. */
export function waitingFilters(
  state: WebhookTroubleState,
  { webhook, waiting }: TroubledWebhook,
): Record<string, string> {
  const of = { webhookId: webhook.id };
  if (state === 'down') return { ...of, hold: 'endpoint_down' };
  if (state === 'disabled' || state === 'inactive') return { ...of, status: 'skipped' };
  if (state === 'failing' && waiting === 0) return { ...of, status: 'failed' };
  return state === 'failing' ? { ...of, status: 'retrying' } : of;
}

/** "HTTP 503 (12), No such host (3)": by what cause, where there is more than one. */
export function causesInWords({ causes }: Pick<TroubleGroup, 'causes'>): string | null {
  if (causes.length < 2) return null;
  return causes.map(({ message, count: number }) => `${message} (${count(number)})`).join(', ');
}

/** What is broken, since when, and how much it concerns, in a sentence. @param now in ms. */
export function summaryOf(groups: readonly TroubleGroup[], now: number): { isBroken: boolean; text: string } {
  const broken = groups.filter(({ state }) => BROKEN.includes(state));
  const late = groups.filter(({ state }) => LATE.includes(state)).reduce((sum, group) => sum + group.count, 0);
  const lateWords = late === 0 ? '' : ` ${count(late)} ${late === 1 ? 'is' : 'are'} slow or held back.`;
  if (broken.length === 0)
    return {
      isBroken: false,
      text:
        late === 0
          ? 'Nothing is broken: every webhook takes what it is sent.'
          : `Nothing is broken, but of the webhooks${lateWords}`,
    };
  const webhooks = broken.reduce((sum, group) => sum + group.count, 0);
  const [oldest] = broken.flatMap(({ since }) => since ?? []).toSorted();
  const since = oldest === undefined ? '' : `${webhooks === 1 ? '' : ', the first'} since ${sinceTime(oldest, now)}`;
  const amount = (states: WebhookTroubleState[]) =>
    broken.filter(({ state }) => states.includes(state)).reduce((sum, { waiting }) => sum + waiting, 0);
  const [waiting, skipped] = [amount(['down', 'failing']), amount(['disabled'])];
  const parts = [waiting > 0 && `${count(waiting)} waiting`, skipped > 0 && `${count(skipped)} skipped`].filter(
    Boolean,
  );
  const concerned = parts.length === 0 ? '' : `; deliveries: ${parts.join(', ')}`;
  return {
    isBroken: true,
    text: `${count(webhooks)} ${webhooks === 1 ? 'webhook is' : 'webhooks are'} broken${since}${concerned}.${lateWords}`,
  };
}
