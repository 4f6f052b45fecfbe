import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ILLNESSES, startIllNameServer } from '../tests/support/nameServer.ts';
import { machine, startBench, type Bench } from './support/bench.ts';
import { arrivals, createPoster, type Poster } from './support/load.ts';
import { percentiles, type Percentiles } from './support/percentiles.ts';
import { openSink, type Sink } from './support/sink.ts';

/**
 * `npm run bench:fairness`: what one does to another. Ends with 1 when a p95 moves by more than a quarter. `SECONDS` per
 * measurement (60), `PER_SECOND` (10); `ONLY` one of them:
 * - `stall`: the latency of one endpoint, alone and beside one that stalls to its timeout with `WAITING` events (3000).
 * - `fan-out`: the answers of one client's posts, before and while another posts batches of `EVENTS` events (40), each for
 *   `WEBHOOKS` webhooks (1000). By a process with the API alone: what is owed is not delivered meanwhile.
 * - `names`: the latency of one endpoint, alone and beside ten events that each go to ten names whose name server is silent, slow,
 *   fails, or does now this and now that.
 */
const seconds = Number(process.env['SECONDS'] ?? 60);
const perSecond = Number(process.env['PER_SECOND'] ?? 10);
const waiting = Number(process.env['WAITING'] ?? 3000);
const batchSize = Number(process.env['EVENTS'] ?? 40);
const webhooks = Number(process.env['WEBHOOKS'] ?? 1000);
const only = process.env['ONLY'];
const LIMIT = 1.25;
/** Alone and beside in turn, since a machine's speed moves from minute to minute. */
const ROUNDS = 4;

console.log(machine());
const parts = { stall: besideOneThatStalls, 'fan-out': besideFanOut, names: besideIllNames };
for (const [name, measure] of Object.entries(parts)) if (!only || only === name) await measure();

async function besideOneThatStalls(): Promise<void> {
  const bench = await startBench();
  const poster = createPoster(bench.urls);
  const well = await openSink();
  const ill = await openSink({ stall: true });
  try {
    await bench.api.createWebhook({ url: well.url, eventTypes: ['well'] });
    await bench.api.createWebhook({ url: ill.url, eventTypes: ['ill'] });

    const measure = () => measureArrivals(poster, well);

    await poster.open('well', { perSecond, seconds: 10 });
    const alone = await measure();
    const { accepted } = await poster.closed('ill', { concurrency: 16, count: waiting });
    await sleep(15_000);
    const beside = await measure();
    const backlog = accepted - ill.times.length;
    console.table({ alone, 'beside one that stalls': beside });
    console.log(`${backlog} of its ${accepted} events not yet sent once`);
    judge(alone, beside);
    if (backlog < waiting / 2) process.exitCode = 1;
  } finally {
    await poster.close();
    await Promise.all([well.close(), ill.close()]);
    await bench.stop();
  }
}

/** Posts to the webhook that is well, and waits until all has arrived. */
async function measureArrivals(poster: Poster, well: Sink): Promise<Percentiles> {
  const from = well.times.length;
  const { accepted } = await poster.open('well', { perSecond, seconds });
  await arrivals(well.times, from + accepted);
  return percentiles(well.times.slice(from));
}

async function besideFanOut(): Promise<void> {
  const bench = await startBench(['api'], { MAX_WEBHOOKS_PER_CLIENT: '0' });
  const poster = createPoster(bench.urls);
  try {
    const webhook = { url: 'http://127.0.0.1:9/', eventTypes: ['many'], clientId: 'loud' };
    for (let n = 0; n < webhooks; n++) await bench.api.createWebhook(webhook);
    const alone: Posts = { answers: [], refused: 0 };
    const beside: Posts = { answers: [], refused: 0 };
    const measure = async (posts: Posts): Promise<void> => {
      const limits = { perSecond, seconds: seconds / ROUNDS, clientId: 'quiet' };
      const { answers, refused } = await poster.open('few', limits);
      posts.answers.push(...answers);
      posts.refused += refused;
    };

    await poster.open('few', { perSecond, seconds: 10, clientId: 'quiet' });
    await postBatch(bench);
    await checkpoint(bench);
    const batches: Batch[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await measure(alone);
      let isOver = false;
      const loud = (async () => {
        while (!isOver) batches.push(await postBatch(bench));
      })();
      await measure(beside);
      isOver = true;
      await loud;
    }
    const rows = { alone: percentiles(alone.answers), 'fan-out beside': percentiles(beside.answers) };
    console.table(rows);
    const accepted = batches.reduce((sum, batch) => sum + batch.accepted, 0);
    const slowest = Math.max(...batches.map(({ tookMs }) => tookMs));
    console.log(
      `${accepted} events with ${webhooks} deliveries each beside it, ${batchSize} in a batch, which took ${slowest} ms at most`,
    );
    judge(rows.alone, rows['fan-out beside']);
    if (alone.refused + beside.refused > 0 || batches.some((batch) => batch.accepted < batchSize)) process.exitCode = 1;
  } finally {
    await poster.close();
    await bench.stop();
  }
}

async function besideIllNames(): Promise<void> {
  const names = await startIllNameServer();
  const bench = await startBench(['all'], { NAME_SERVERS: names.address });
  const poster = createPoster(bench.urls);
  const well = await openSink();
  const ill = await openSink();
  const named = (sink: Sink, name: string) => sink.url.replace('127.0.0.1', name);
  try {
    await bench.api.createWebhook({ url: named(well, 'receiver.test'), eventTypes: ['well'] });
    const measure = () => measureArrivals(poster, well);

    await poster.open('well', { perSecond, seconds: 10 });
    const rows: Record<string, Percentiles> = { alone: await measure() };
    for (const illness of Object.keys(ILLNESSES)) {
      for (let n = 0; n < 10; n++) {
        const url = named(ill, `${illness}${n}.test`);
        await bench.api.createWebhook({ url, eventTypes: [illness], retryPolicy: { maximumAttempts: 2 } });
      }
      const measuring = measure();
      await poster.open(illness, { perSecond: 10, seconds: 1 });
      rows[`beside names that are ${illness}`] = await measuring;
    }
    console.table(rows);
    for (const [name, beside] of Object.entries(rows))
      if (rows['alone'] && name !== 'alone') judge(rows['alone'], beside, name);
  } finally {
    await poster.close();
    await Promise.all([well.close(), ill.close()]);
    await bench.stop();
    await names.close();
  }
}

/** A database that has just been made makes the files of its log as it goes, which delays whoever commits; after this it has some to use again. */
async function checkpoint({ databaseUrl }: Bench): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('CHECKPOINT');
  await client.end();
}

interface Posts {
  /** How long each answer took, in ms. */
  answers: number[];
  refused: number;
}

interface Batch {
  accepted: number;
  tookMs: number;
}

async function postBatch({ api }: Bench): Promise<Batch> {
  const events = Array.from({ length: batchSize }, () => ({ eventType: 'many', payload: {}, clientId: 'loud' }));
  const from = performance.now();
  const { body } = await api.call<{ results?: { status: number }[] }>('POST', '/api/events/batch', { events });
  const accepted = (body.results ?? []).filter(({ status }) => status === 202).length;
  return { accepted, tookMs: Math.round(performance.now() - from) };
}

function judge(alone: Percentiles, beside: Percentiles, name = 'beside it'): void {
  const moved = Math.round((beside.p95 / alone.p95) * 100) / 100;
  console.log(`p95 ${name} is ${moved} of p95 alone (at most ${LIMIT})`);
  if (moved > LIMIT) process.exitCode = 1;
}
