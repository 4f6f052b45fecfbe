import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AttemptReport } from '../../activities/attemptDelivery.ts';
import type { RequestMetrics } from '../../api/http/middlewares/measureRequests.ts';
import { VERSION } from '../../ops/version.ts';
import { watchState, type WatchedState } from './watchState.ts';

/** What this process counts and measures, for Prometheus (docs/OPERATIONS.md tells what each means). */
export interface Metrics extends RequestMetrics {
  eventAccepted: () => void;
  attemptEnded: (attempt: AttemptReport) => void;
  /** So many events were written by one statement. */
  eventsCommitted: (events: number) => void;
  /** So many attempts were recorded by one statement. */
  attemptsCommitted: (attempts: number) => void;
  /** So many deliveries were taken from the outbox at once; those handed over in memory are not among them. */
  deliveriesClaimed: (deliveries: number) => void;
  /** Temporal could not be told of a delivery. */
  dispatchFailed: () => void;
  /** A worker was given a delivery that its database does not have. */
  deliveryMissing: () => void;
  /** So many deliveries were long overdue and handed to Temporal again. */
  overdueHandedOver: (deliveries: number) => void;
  /** All of it, and the state of what Relay stands on, in Prometheus' text format. */
  text: () => Promise<string>;
}

const ATTEMPT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const DELAY_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 1800, 7200];
const BATCH_BUCKETS = [1, 2, 5, 10, 20, 50, 100];
const CLAIM_BUCKETS = [1, 5, 20, 100, 500, 2000, 5000];

/** A registry of the process's own; made once, where the process is composed. */
export function createMetrics(state: WatchedState): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const histogram = <L extends string = never>(name: string, help: string, buckets: number[], labelNames: L[] = []) =>
    new Histogram<L>({ name, help, buckets, labelNames, registers });

  const build = { name: 'relay_build_info', help: 'Always 1; the release that this process runs', registers };
  new Gauge({ ...build, labelNames: ['version'] }).set({ version: VERSION }, 1);
  const events = new Counter({ name: 'relay_events_accepted_total', help: 'Events recorded', registers });
  const attempts = new Counter({
    name: 'relay_attempts_total',
    help: 'Attempts by what the delivery became and why it failed',
    labelNames: ['status', 'error'],
    registers,
  });
  const deliveries = new Counter({
    name: 'relay_deliveries_total',
    help: 'Deliveries that an attempt brought to an end, by how and, if they failed, by the last error',
    labelNames: ['outcome', 'error'],
    registers,
  });
  const dispatchFailures = new Counter({
    name: 'relay_dispatch_failures_total',
    help: 'Calls by which a delivery could not be handed to Temporal; each is made again',
    registers,
  });
  const missing = new Counter({
    name: 'relay_foreign_deliveries_total',
    help: 'Tasks for deliveries that are not in the database; each is repeated until it is found',
    registers,
  });
  const overdue = new Counter({
    name: 'relay_overdue_deliveries_total',
    help: 'Deliveries whose next attempt was minutes overdue, handed to Temporal again',
    registers,
  });
  const duration = histogram(
    'relay_attempt_duration_seconds',
    'From the connection to the end of the answer',
    ATTEMPT_BUCKETS,
  );
  const delay = histogram(
    'relay_delivery_delay_seconds',
    'From the acceptance of an event to its delivery',
    DELAY_BUCKETS,
  );
  const requests = histogram('relay_http_request_duration_seconds', 'Requests to the API', ATTEMPT_BUCKETS, [
    'method',
    'route',
    'status',
  ]);
  const ingest = histogram('relay_ingest_batch_events', 'Events written by one statement', BATCH_BUCKETS);
  const record = histogram('relay_record_batch_attempts', 'Attempts recorded by one statement', BATCH_BUCKETS);
  const claim = histogram(
    'relay_dispatch_batch_deliveries',
    'Deliveries taken from the outbox by one statement',
    CLAIM_BUCKETS,
  );
  const watch = watchState(registry, state);

  return {
    eventAccepted: () => events.inc(),
    attemptEnded({ status, errorCode, durationMs, sinceEventMs }) {
      const error = errorCode ?? '';
      attempts.inc({ status, error });
      duration.observe(durationMs / 1000);
      if (status === 'delivered' || status === 'failed') deliveries.inc({ outcome: status, error });
      if (status === 'delivered') delay.observe(sinceEventMs / 1000);
    },
    requestAnswered: ({ method, route, status, seconds }) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    eventsCommitted: (size) => ingest.observe(size),
    attemptsCommitted: (size) => record.observe(size),
    deliveriesClaimed: (size) => claim.observe(size),
    dispatchFailed: () => dispatchFailures.inc(),
    deliveryMissing: () => missing.inc(),
    overdueHandedOver: (count) => overdue.inc(count),
    async text() {
      const sdk = await watch();
      return `${await registry.metrics()}${sdk}`;
    },
  };
}
