import type { Knex } from 'knex';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AttemptReport } from '../../activities/attemptDelivery.ts';

/** What this process counts and measures, for Prometheus. */
export interface Metrics {
  eventAccepted: () => void;
  attemptEnded: (attempt: AttemptReport) => void;
  /** @param route the path as a template, so that ids make no labels of their own. */
  requestAnswered: (request: { method: string; route: string; status: number; seconds: number }) => void;
  /** All of it, and the state of the outbox, in Prometheus' text format. */
  text: () => Promise<string>;
}

/** The format that {@link Metrics.text} is in. */
export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

const ATTEMPT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const DELAY_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 1800, 7200];

/** A registry of the process's own; made once, where the process is composed. */
export function createMetrics(db: Knex): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const events = new Counter({ name: 'relay_events_accepted_total', help: 'Events recorded', registers });
  const attempts = new Counter({
    name: 'relay_attempts_total',
    help: 'Attempts by what the delivery became and why it failed',
    labelNames: ['status', 'error'],
    registers,
  });
  const duration = new Histogram({
    name: 'relay_attempt_duration_seconds',
    help: 'From the connection to the end of the answer',
    buckets: ATTEMPT_BUCKETS,
    registers,
  });
  const delay = new Histogram({
    name: 'relay_delivery_delay_seconds',
    help: 'From the acceptance of an event to its delivery',
    buckets: DELAY_BUCKETS,
    registers,
  });
  const requests = new Histogram({
    name: 'relay_http_request_duration_seconds',
    help: 'Requests to the API',
    labelNames: ['method', 'route', 'status'],
    buckets: ATTEMPT_BUCKETS,
    registers,
  });
  const pool = db.client as { pool: { numUsed(): number; numFree(): number; numPendingAcquires(): number } };
  new Gauge({
    name: 'relay_database_connections',
    help: 'Of the pool, and the requests that wait for one',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'used' }, pool.pool.numUsed());
      this.set({ state: 'idle' }, pool.pool.numFree());
      this.set({ state: 'waiting' }, pool.pool.numPendingAcquires());
    },
  });
  const backlog = new Gauge({
    name: 'relay_outbox_deliveries',
    help: 'Deliveries that Temporal must still be told of',
    registers,
  });
  const age = new Gauge({
    name: 'relay_outbox_oldest_seconds',
    help: 'Age of the oldest of them',
    registers,
  });

  return {
    eventAccepted: () => events.inc(),
    attemptEnded({ status, errorCode, durationMs, sinceEventMs }) {
      attempts.inc({ status, error: errorCode ?? '' });
      duration.observe(durationMs / 1000);
      if (status === 'delivered') delay.observe(sinceEventMs / 1000);
    },
    requestAnswered: ({ method, route, status, seconds }) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    async text() {
      // With the database away the process's own figures are all the more wanted.
      const outbox = await readOutbox(db).catch(() => null);
      if (outbox) {
        backlog.set(outbox.count);
        age.set(outbox.oldestSeconds);
      } else {
        backlog.reset();
        age.reset();
      }
      return registry.metrics();
    },
  };
}

async function readOutbox(db: Knex): Promise<{ count: number; oldestSeconds: number }> {
  const { rows } = await db.raw<{ rows: [{ count: number; oldestSeconds: number }] }>(
    `SELECT CAST(count(*) AS integer) AS count,
       CAST(coalesce(extract(epoch FROM now() - min(created_at)), 0) AS float8) AS "oldestSeconds"
     FROM deliveries WHERE outbox IS NOT NULL`,
  );
  return rows[0];
}
