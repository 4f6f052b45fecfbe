import { defineStore } from 'pinia';
import { reactive } from 'vue';
import { RelayProblem } from '#client/index.ts';
import type { Webhook, WebhookActivity } from '#contract/webhooks.ts';
import { relay } from '../../api/relay.ts';
import { useLive } from '../../stores/live.ts';
import { useSession } from '../../stores/session.ts';

/** How long what was sent of late is cached, in ms. */
const FRESH_MS = 15_000;

/** The webhooks that pages speak of beside their own matter: by name, and how well they do. Each is asked for once. */
export const useWebhooks = defineStore('webhooks', () => {
  const session = useSession();
  const known = reactive(new Map<string, Webhook>());
  const activity = reactive(new Map<string, WebhookActivity['data'][number]>());
  const askedFor = new Set<string>();
  const readAt = new Map<string, number>();
  useLive().on('webhook.updated', (webhook) => known.set(webhook.id, webhook));

  function remember(webhooks: readonly Webhook[]): void {
    for (const webhook of webhooks) known.set(webhook.id, webhook);
  }

  async function ask(id: string): Promise<void> {
    try {
      remember([await relay.getWebhook(id)]);
    } catch (error) {
      // One that was deleted keeps its id for a name.
      if (!(error instanceof RelayProblem)) throw error;
    }
  }

  /** Its name, once it is known; until then the end of its id. */
  function nameOf(id: string): string {
    if (!known.has(id) && !askedFor.has(id) && session.may('webhooks:read')) {
      askedFor.add(id);
      void ask(id);
    }
    return known.get(id)?.name ?? `…${id.slice(-8)}`;
  }

  /** Reads what was sent to these in the last day, by one request, but for those of which that is fresh. */
  async function readActivity(ids: readonly string[], now = Date.now()): Promise<void> {
    const stale = ids.filter((id) => now - (readAt.get(id) ?? -FRESH_MS) >= FRESH_MS);
    if (stale.length === 0) return;
    for (const id of stale) readAt.set(id, now);
    try {
      const { data } = await relay.getWebhookActivity({ ids: stale.join(',') });
      for (const one of data) activity.set(one.webhookId, one);
    } catch (error) {
      for (const id of stale) readAt.delete(id);
      if (!(error instanceof RelayProblem)) throw error;
    }
  }

  return { known, activity, remember, nameOf, readActivity };
});
