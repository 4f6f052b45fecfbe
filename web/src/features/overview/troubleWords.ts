import type { WebhookTroubleState } from '#contract/statuses.ts';
import type { TroubledWebhook } from '#contract/webhooks.ts';
import { count } from '../../ui/format.ts';

/** Up to where the API counts what waits for a webhook. */
const MAX_COUNTED = 5000;
/** What people did on purpose is no alarm. */
const BY_PEOPLE = ['Disabled by an operator', 'Created inactive'];

/** The heading of a group. */
export const TROUBLES: Record<WebhookTroubleState, string> = {
  down: 'Down: what is owed is held',
  failing: 'Failing: nothing was taken since',
  disabled: 'Not active: what comes is skipped',
  slow: 'Slow: answers take 5 s and more',
  held: 'Held back by pace or order',
};

/** "1,313 held", "20 waiting", "5,000 or more skipped". */
export function waitingWords(state: WebhookTroubleState, { waiting, webhook }: TroubledWebhook): string {
  if (state === 'failing' && waiting === 0) {
    const { consecutiveFailures } = webhook;
    return `${count(consecutiveFailures)} ${consecutiveFailures === 1 ? 'delivery' : 'deliveries'} failed in a row`;
  }
  const exact = state === 'down' ? Math.max(waiting, webhook.health.heldCount) : waiting;
  const number = exact === MAX_COUNTED ? `${count(exact)} or more` : count(exact);
  return `${number} ${{ down: 'held', failing: 'waiting', disabled: 'skipped', slow: 'waiting', held: 'held' }[state]}`;
}

/** Whether somebody meant it to be so. */
export const isOnPurpose = ({ webhook }: TroubledWebhook): boolean =>
  !webhook.isActive && BY_PEOPLE.includes(webhook.disabledReason ?? '');

/** A sentence over all: "7 webhooks are in trouble"; null when all is well. */
export function summaryOf(groups: readonly { count: number; webhooks: readonly TroubledWebhook[] }[]): string | null {
  const webhooks = groups.reduce((sum, group) => sum + group.count, 0);
  if (webhooks === 0) return null;
  return `${count(webhooks)} ${webhooks === 1 ? 'webhook is' : 'webhooks are'} in trouble`;
}
