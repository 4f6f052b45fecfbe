import type { Knex } from 'knex';
import { Gauge, type Registry } from 'prom-client';
import type { WebhookDirectory } from '../../store/webhookDirectory.ts';
import { readHealth } from './readHealth.ts';
import { readOutbox } from './readOutbox.ts';

/** What is read when somebody asks for the metrics. */
export interface WatchedState {
  db: Knex;
  webhooks: Pick<WebhookDirectory, 'countByState' | 'unreadable'>;
  /** Whether Temporal answers. */
  pingTemporal: () => Promise<boolean>;
  /** The Temporal SDK's own metrics, in Prometheus' text format. */
  temporalMetrics: () => Promise<string>;
}

/** How long the state of PostgreSQL and Temporal is cached (ms), since anybody may ask for the page, however often. */
const CACHE_TTL_MS = 1000;

/** Gauges of what Relay stands on. The answer brings them up to date and tells the SDK's own metrics. */
export function watchState(registry: Registry, state: WatchedState): () => Promise<string> {
  const registers = [registry];
  const { pool } = state.db.client as {
    pool: { numUsed(): number; numFree(): number; numPendingAcquires(): number; max: number };
  };
  new Gauge({
    name: 'relay_database_connections',
    help: 'Of the pool, and the requests that wait for one',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'used' }, pool.numUsed());
      this.set({ state: 'idle' }, pool.numFree());
      this.set({ state: 'waiting' }, pool.numPendingAcquires());
    },
  });
  new Gauge({ name: 'relay_database_connections_max', help: 'Size of the pool', registers }).set(pool.max);
  const webhooks = new Gauge({
    name: 'relay_webhooks',
    help: 'Webhooks by state: active, failing (active; its newest deliveries were exhausted), disabled by hand, auto_disabled; and active ones by health',
    labelNames: ['state', 'health'],
    registers,
    collect() {
      for (const [name, count] of Object.entries(state.webhooks.countByState())) this.set({ state: name }, count);
    },
  });
  const held = new Gauge({
    name: 'relay_deliveries_held',
    help: 'Open deliveries that wait for something other than their plan, by what; for each endpoint that is down counted up to 100000',
    labelNames: ['reason'],
    registers,
  });
  new Gauge({
    name: 'relay_webhooks_unreadable_secrets',
    help: 'Webhooks with a secret that this process cannot open; their deliveries wait (GET /readyz names them)',
    registers,
    collect() {
      this.set(state.webhooks.unreadable().length);
    },
  });
  const up = new Gauge({
    name: 'relay_dependency_up',
    help: 'Whether it answered when these metrics were asked for',
    labelNames: ['dependency'],
    registers,
  });
  const backlog = new Gauge({
    name: 'relay_outbox_deliveries',
    help: 'Deliveries that Temporal must still be told of; counted up to 100000',
    registers,
  });
  const age = new Gauge({
    name: 'relay_outbox_oldest_seconds',
    help: 'For how long the next in line waits, of all webhooks the longest',
    registers,
  });
  const owed = new Gauge({
    name: 'relay_workflows_owed',
    help: 'Deliveries that were sent and whose workflow is not started yet; counted up to 100000',
    registers,
  });
  const owedAge = new Gauge({
    name: 'relay_workflows_owed_oldest_seconds',
    help: 'For how long the next of them waits for its workflow, of all webhooks the longest',
    registers,
  });
  const overdue = new Gauge({
    name: 'relay_deliveries_overdue',
    help: 'Deliveries that Temporal was told of and whose next attempt was due more than five minutes ago; counted up to 10000',
    registers,
  });

  async function look(): Promise<string> {
    const [outbox, health, temporal, sdk] = await Promise.all([
      // With the database away the process's own metrics are all the more wanted.
      readOutbox(state.db).catch(() => null),
      readHealth(state.db).catch(() => null),
      state.pingTemporal(),
      state.temporalMetrics().catch(() => ''),
    ]);
    held.reset();
    webhooks.reset();
    for (const [reason, count] of Object.entries(health?.held ?? {})) held.set({ reason }, count);
    for (const [name, count] of Object.entries(health?.webhooks ?? {})) webhooks.set({ health: name }, count);
    up.set({ dependency: 'postgresql' }, outbox ? 1 : 0);
    up.set({ dependency: 'temporal' }, temporal ? 1 : 0);
    if (outbox) {
      backlog.set(outbox.count);
      age.set(outbox.oldestSeconds);
      owed.set(outbox.owed);
      owedAge.set(outbox.owedOldestSeconds);
      overdue.set(outbox.overdue);
    } else {
      // Not known is not 0.
      backlog.remove();
      age.remove();
      owed.remove();
      owedAge.remove();
      overdue.remove();
    }
    return sdk;
  }
  return cachedFor(CACHE_TTL_MS, look);
}

/** Calls that come while one is under way, or soon after it, share its answer. */
function cachedFor<T>(ms: number, ask: () => Promise<T>): () => Promise<T> {
  let last: { answer: Promise<T>; until: number } | null = null;
  return () => {
    if (last && performance.now() < last.until) return last.answer;
    const asked = { answer: ask(), until: Infinity };
    last = asked;
    const believe = () => void (asked.until = performance.now() + ms);
    asked.answer.then(believe, believe);
    return asked.answer;
  };
}
