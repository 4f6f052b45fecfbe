import { Pool } from 'undici';
import { DEVELOPMENT_API_KEY } from '../ops/developmentKey.ts';
import { ATTACKS, type Attack } from './support/attacks.ts';
import { machine, startBench } from './support/bench.ts';
import { percentiles, round } from './support/percentiles.ts';
import { probe } from './support/probe.ts';

/**
 * `npm run bench:attacks`: how fast `/healthz` answers beside each of the attacks that would hold up the event loop, in ms,
 * and how long that was held up at most. Ends with 1 when a p99 is over 50 ms. `SECONDS` for each (10), so many of its requests
 * `AT_ONCE` (4); `ONLY` those with this in their name.
 */
const seconds = Number(process.env['SECONDS'] ?? 10);
const atOnce = Number(process.env['AT_ONCE'] ?? 4);
const only = process.env['ONLY'] ?? '';
const LIMIT_MS = 50;

const bench = await startBench();
const [url = ''] = bench.urls;
const attackers = new Pool(url, { connections: atOnce });
try {
  const rows: Record<string, Beside> = {};
  await beside(null);
  rows['nothing'] = await beside(null);
  for (const attack of ATTACKS.filter(({ name }) => name.includes(only))) {
    await attack.prepare?.(bench);
    rows[attack.name] = await beside(attack);
  }
  console.log(machine());
  console.table(rows);
  if (Object.values(rows).some(({ p99 }) => p99 > LIMIT_MS)) process.exitCode = 1;
} finally {
  await attackers.close();
  await bench.stop();
}

interface Beside {
  p50: number;
  p99: number;
  max: number;
  /** The longest turn of the event loop, by `monitorEventLoopDelay`, whose own interval of 10 ms is in it. */
  'held up': number;
  /** How many requests of the attack were answered, by status. */
  answers: string;
}

async function beside(attack: Attack | null): Promise<Beside> {
  let isOver = false;
  const answers: Record<number, number> = {};
  const repeat = async ({ request }: Attack): Promise<void> => {
    while (!isOver) {
      const headers = { 'x-api-key': DEVELOPMENT_API_KEY, ...request.headers };
      const answer = await attackers.request({ ...request, headers });
      await answer.body.dump({ limit: Infinity });
      answers[answer.statusCode] = (answers[answer.statusCode] ?? 0) + 1;
    }
  };
  await heldUp();
  const attacks = attack ? Array.from({ length: atOnce }, () => repeat(attack)) : [];
  const { p50, p99, max } = percentiles(await probe({ url, seconds }));
  const held = await heldUp();
  isOver = true;
  await Promise.all(attacks);
  return { p50, p99, max, 'held up': held, answers: JSON.stringify(answers) };
}

/** How long the event loop was held up at most since this was asked before. */
async function heldUp(): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return round(Number(/^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(metrics)?.[1]) * 1000);
}
