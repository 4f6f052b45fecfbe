import { defineStore } from 'pinia';
import { reactive } from 'vue';
import { RelayProblem } from '#client/index.ts';
import type { Webhook, WebhookStats } from '#contract/webhooks.ts';
import { relay } from '../../api/relay.ts';
import { useLive } from '../../stores/live.ts';
import { useSession } from '../../stores/session.ts';

/** How long a rate is cached, in ms. */
const FRESH_MS = 15_000;

/** The webhooks that pages speak of beside their own matter: by name, and how well they do. Each is asked for once. */
export const useWebhooks = defineStore('webhooks', () => {
  const session = useSession();
  const known = reactive(new Map<string, Webhook>());
  const stats = reactive(new Map<string, WebhookStats>());
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

  /** Reads its statistics anew, unless they are fresh. */
  async function readStats(id: string, now = Date.now()): Promise<void> {
    if (now - (readAt.get(id) ?? -FRESH_MS) < FRESH_MS) return;
    readAt.set(id, now);
    try {
      stats.set(id, await relay.getWebhookStats(id));
    } catch (error) {
      readAt.delete(id);
      if (!(error instanceof RelayProblem)) throw error;
    }
  }

  return { known, stats, remember, nameOf, readStats };
});
