import { useLocalStorage } from '@vueuse/core';
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import { RelayProblem } from '#client/index.ts';
import type { Backlog, DeliverySummary, DeliveryStats } from '#contract/deliveries.ts';
import type { EventStats, EventStatsQuery } from '#contract/events.ts';
import type { Webhook, WebhookTrouble } from '#contract/webhooks.ts';
import { relay } from '../../api/relay.ts';
import { useSession } from '../../stores/session.ts';
import { useWebhooks } from '../webhooks/webhooksStore.ts';

const HOUR_MS = 3_600_000;
const SPANS = {
  '1 h': HOUR_MS,
  '24 h': 24 * HOUR_MS,
  '7 d': 168 * HOUR_MS,
  '30 d': 720 * HOUR_MS,
} as const;
export type SpanName = keyof typeof SPANS;
export const SPAN_NAMES = Object.keys(SPANS).filter((name): name is SpanName => name in SPANS);

export interface Statistics {
  span: SpanName;
  now: DeliveryStats;
  before: DeliveryStats;
  eventsNow: EventStats | null;
  eventsBefore: EventStats | null;
}

/** Of each kind of trouble so many webhooks are shown. */
const SHOWN = 5;

/** What the dashboard shows. It stays between visits, so that coming back shows the last statistics at once. */
export const useOverview = defineStore('overview', () => {
  const session = useSession();
  const webhooks = useWebhooks();
  const stored = useLocalStorage<string>('overview-span', '24 h');
  const span = computed<SpanName>({
    get: () => SPAN_NAMES.find((name) => name === stored.value) ?? '24 h',
    set: (name) => (stored.value = name),
  });
  const statistics = shallowRef<Statistics | null>(null);
  const backlog = shallowRef<Backlog | null>(null);
  const failures = shallowRef<DeliverySummary[] | null>(null);
  const trouble = shallowRef<WebhookTrouble['data'] | null>(null);
  const health = shallowRef<Record<string, string> | null>(null);
  const error = shallowRef<RelayProblem | null>(null);
  /** For whoever may make a webhook, while nothing was delivered yet: the newest webhook, if there is one. */
  const beginning = shallowRef<{ webhook: Webhook | null } | null>(null);
  let hasBegun = false;
  let turn = 0;

  async function readStatistics(): Promise<void> {
    const mine = ++turn;
    const name = span.value;
    const at = (ago: number) => new Date(Date.now() - ago).toISOString();
    const present = { from: at(SPANS[name]) };
    const past = { from: at(2 * SPANS[name]), to: at(SPANS[name]) };
    const events = async (range: EventStatsQuery) => (session.may('events:read') ? relay.getEventStats(range) : null);
    const [now, before, eventsNow, eventsBefore] = await Promise.all([
      ...[relay.getDeliveryStats(present), relay.getDeliveryStats(past)],
      ...[events(present), events(past)],
    ] as const);
    if (mine === turn) statistics.value = { span: name, now, before, eventsNow, eventsBefore };
  }

  async function readTrouble(): Promise<void> {
    const [latest, open, found] = await Promise.all([
      relay.listDeliveries({ status: 'failed', limit: 6, view: 'summary' }),
      relay.getBacklog(),
      session.may('webhooks:read') ? relay.getWebhookTrouble({ limit: SHOWN }) : null,
    ]);
    failures.value = latest.data;
    backlog.value = open;
    if (!found) return;
    trouble.value = found.data;
    webhooks.remember(found.data.flatMap((group) => group.webhooks.map(({ webhook }) => webhook)));
  }

  async function readBeginning(): Promise<void> {
    const mayBegin = (['webhooks:read', 'webhooks:write', 'deliveries:read'] as const).every((scope) =>
      session.may(scope),
    );
    if (hasBegun || !mayBegin || session.client) return;
    const [deliveries, newest] = await Promise.all([
      relay.listDeliveries({ limit: 1, view: 'summary' }),
      relay.listWebhooks({ limit: 1 }),
    ]);
    hasBegun = deliveries.data.length > 0;
    beginning.value = hasBegun ? null : { webhook: newest.data[0] ?? null };
  }

  async function readHealth(): Promise<void> {
    const response = await fetch('/readyz').catch(() => null);
    const answer = (await response?.json().catch(() => null)) as { checks?: Record<string, string> } | null;
    health.value = { API: response ? 'ok' : 'unavailable', ...named(answer?.checks ?? {}) };
  }

  /** Reads everything anew; what cannot be read leaves the last statistics and says why. */
  async function read(): Promise<void> {
    try {
      await Promise.all([readStatistics(), readTrouble(), readHealth(), readBeginning()]);
      error.value = null;
    } catch (caught) {
      if (!(caught instanceof RelayProblem)) throw caught;
      error.value = caught;
    }
  }

  watch(span, () => void read());
  return { span, statistics, backlog, failures, trouble, health, beginning, error, read };
});

const NAMES: Record<string, string> = { postgres: 'PostgreSQL', temporal: 'Temporal', secrets: 'Signing secrets' };
const named = (checks: Record<string, string>) =>
  Object.fromEntries(Object.entries(checks).map(([name, state]) => [NAMES[name] ?? name, state]));
