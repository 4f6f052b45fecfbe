import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../tests/support/database.ts';
import { cpuPer, machine, startBench, watchMemory, type Bench } from './support/bench.ts';
import { openIllReceiver, OUTAGES, type IllReceiver, type Outage } from './support/illReceiver.ts';
import { arrivals, createPoster } from './support/load.ts';
import { percentiles, round, type Percentiles } from './support/percentiles.ts';
import { openSink } from './support/sink.ts';

/**
 * `npm run bench:outage`: what an outage of a receiver costs it, and others. `SECONDS` that it lasts (120), `PER_SECOND`
 * events (20), `HELD` deliveries that wait at length (100000); `ONLY` some of the rows, with commas between them: one of
 * `refuses`, `times out`, `resets`, `answers 503`, `short`, `flaps`, `at length`. Ends with 1 when a delivery failed, was
 * skipped or is lost, or another figure is not as docs/PERFORMANCE.md says.
 */
const seconds = Number(process.env['SECONDS'] ?? 120);
const perSecond = Number(process.env['PER_SECOND'] ?? 20);
const heldCount = Number(process.env['HELD'] ?? 100_000);
const only = process.env['ONLY']?.split(',');

const SHORT_SECONDS = 10;
const FLAPS = 6;
/** How long the other webhook is measured alone, and goes on after the return, in seconds. */
const AFTER_SECONDS = 60;
/** In the first so many seconds the receiver must not get more than twice its usual rate. */
const FIRST_SECONDS = 5;
/** Within which all must have arrived after the return. */
const DRAIN_MS = 60_000;
const PATIENCE_MS = 60_000;
const LIMIT = 1.25;
/** Relay as it is by default: endpoints are judged. */
const AS_BY_DEFAULT = { HEALTH_FAILURES: '10' };

interface Row {
  accepted: number;
  delivered: number;
  failed: number;
  skipped: number;
  lost: number;
  /** From the return until the last one that was posted before it arrived, in s. */
  drained: number;
  /** The most that came in one second, of the first after the return. */
  burst: number;
  /** The p95 of another webhook, before and during all of this, in ms. */
  alone: number;
  beside: number;
  /** Of the other webhook, attempts beyond the first. */
  others: number;
}

/** What happens to the receiver. */
interface Story {
  seconds: number;
  act: (receiver: IllReceiver) => Promise<void>;
}

const ill = (outage: Outage, lasts: number): Story => ({
  seconds: lasts,
  async act(receiver) {
    await receiver.fallIll(outage);
    await sleep(lasts * 1000);
    await receiver.recover();
  },
});

const flapping: Story = {
  seconds: (2 * FLAPS - 1) * SHORT_SECONDS,
  async act(receiver) {
    for (let n = 0; n < FLAPS; n++) {
      if (n > 0) await sleep(SHORT_SECONDS * 1000);
      await ill('answers 503', SHORT_SECONDS).act(receiver);
    }
  },
};

const STORIES: Record<string, Story> = {
  ...Object.fromEntries(OUTAGES.map((outage) => [outage, ill(outage, seconds)])),
  short: ill('answers 503', SHORT_SECONDS),
  flaps: flapping,
};

console.log(machine());
const isWanted = (name: string): boolean => !only || only.includes(name);
const rows: Record<string, Row> = {};
for (const [name, story] of Object.entries(STORIES)) {
  if (!isWanted(name)) continue;
  rows[`${name}, ${story.seconds} s`] = await measure(story);
  console.log(`${name}: ${JSON.stringify(rows[`${name}, ${story.seconds} s`])}`);
}
if (Object.keys(rows).length > 0) console.table(rows);
for (const [name, row] of Object.entries(rows)) judge(name, row);
if (isWanted('at length')) await waitAtLength();

async function measure({ seconds: lasts, act }: Story): Promise<Row> {
  const bench = await startBench(['all'], AS_BY_DEFAULT);
  const poster = createPoster(bench.urls);
  const receiver = await openIllReceiver();
  const well = await openSink();
  let accepted = 0;
  /** Posts to both for so long; answers with the latency of the one that is well. */
  const post = async (forSeconds: number): Promise<Percentiles> => {
    const from = well.times.length;
    const limits = { perSecond, seconds: forSeconds };
    const [one, other] = await Promise.all([poster.open('ill', limits), poster.open('well', limits)]);
    accepted += one.accepted;
    await arrivals(well.times, from + other.accepted);
    return percentiles(well.times.slice(from));
  };
  try {
    const { id } = await bench.api.createWebhook({ url: receiver.url, eventTypes: ['ill'] });
    await bench.api.createWebhook({ url: well.url, eventTypes: ['well'] });
    await post(10);
    const alone = await post(AFTER_SECONDS);
    let returnedAt = 0;
    const acting = act(receiver).then(() => (returnedAt = Date.now()));
    const beside = await post(lasts + AFTER_SECONDS);
    await acting;
    await settled(bench, id);
    const { delivered = 0, failed = 0, skipped = 0 } = await standing(bench, id);
    const taken = [...receiver.taken.values()];
    const owed = taken.filter(({ postedAt }) => postedAt <= returnedAt).map(({ at }) => at - returnedAt);
    return {
      accepted,
      delivered,
      failed,
      skipped,
      lost: accepted - taken.length,
      drained: round(Math.max(0, ...owed) / 1000),
      burst: burstOf(receiver.requests, returnedAt),
      alone: alone.p95,
      beside: beside.p95,
      others: well.duplicates,
    };
  } finally {
    await poster.close();
    await Promise.all([receiver.close(), well.close()]);
    await bench.stop();
  }
}

/** What a great backlog costs while it waits and when it goes out. */
async function waitAtLength(): Promise<void> {
  const bench = await startBench(['all'], AS_BY_DEFAULT);
  const poster = createPoster(bench.urls);
  const receiver = await openIllReceiver();
  try {
    const { id } = await bench.api.createWebhook({ url: receiver.url, eventTypes: ['ill'] });
    await poster.open('ill', { perSecond, seconds: 10 });
    await receiver.fallIll('answers 503');
    await poster.open('ill', { perSecond, seconds: 10 });
    await poster.batches('ill', { count: heldCount });
    await sleep(30_000);
    const before = bench.use();
    await sleep(60_000);
    const waiting = cpuPer(60, before, bench.use());
    const pages: Record<string, number> = {};
    for (const path of [
      `/api/webhooks/${id}`,
      '/api/webhooks',
      '/api/deliveries',
      '/api/deliveries?hold=endpoint_down',
    ]) {
      const from = performance.now();
      await bench.api.call('GET', path);
      pages[path.replace(id, ':id')] = round(performance.now() - from);
    }
    const memory = watchMemory(bench.use);
    const held = Math.round(bench.use().relay?.memoryMiB ?? 0);
    await receiver.recover();
    const from = Date.now();
    await bench.api.call('POST', `/api/webhooks/${id}/trial`);
    await settled(bench, id);
    memory.stop();
    console.log(`${heldCount} held: CPU ms a second of each part while they wait`, waiting);
    console.log('Pages, ms', pages);
    console.log(
      `Out after ${Math.round((Date.now() - from) / 1000)} s; Relay had ${held} MiB before, ${memory.peak.relay} MiB at most`,
    );
    const { failed = 0, skipped = 0 } = await standing(bench, id);
    if (failed + skipped > 0 || (waiting.relay ?? 0) > 20) process.exitCode = 1;
  } finally {
    await poster.close();
    await receiver.close();
    await bench.stop();
  }
}

/** How many deliveries of a webhook stand how. */
async function standing({ databaseUrl }: Bench, webhookId: string): Promise<Record<string, number>> {
  const database = await connect(databaseUrl);
  const counted = 'SELECT status, CAST(count(*) AS integer) AS count FROM deliveries WHERE webhook_id = $1 GROUP BY 1';
  const { rows: found } = await database.query<{ status: string; count: number }>(counted, [webhookId]);
  await database.end();
  return Object.fromEntries(found.map(({ status, count }) => [status, count]));
}

/** Waits until no delivery of a webhook is open, nor to be recovered; gives up when none has ended for a while. */
async function settled(bench: Bench, webhookId: string): Promise<void> {
  let last = '';
  for (let since = Date.now(); Date.now() - since < PATIENCE_MS; await sleep(1000)) {
    const now = await standing(bench, webhookId);
    const { pending = 0, retrying = 0, failed = 0 } = now;
    if (pending + retrying + failed === 0) return;
    if (JSON.stringify(now) === last) continue;
    last = JSON.stringify(now);
    since = Date.now();
  }
}

/** The most requests in one second of the first ones after the return. */
function burstOf(requests: number[], returnedAt: number): number {
  const counts = Array.from({ length: FIRST_SECONDS }, (_, second) => {
    const from = returnedAt + second * 1000;
    return requests.filter((at) => at >= from && at < from + 1000).length;
  });
  return Math.max(...counts);
}

function judge(name: string, { failed, skipped, lost, drained, burst, alone, beside }: Row): void {
  const faults = [
    failed + skipped + lost > 0 && 'not all was delivered',
    drained * 1000 > DRAIN_MS && `it took more than ${DRAIN_MS / 1000} s after the return`,
    burst > 2 * perSecond && 'more than twice the usual rate came at first',
    beside > alone * LIMIT && `p95 of another is ${round((beside / alone) * 10) / 10} of what it was`,
  ].filter((fault) => fault !== false);
  if (faults.length === 0) return;
  process.exitCode = 1;
  console.log(`${name}: ${faults.join(', ')}`);
}
