import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';

/** How often is asked, whatever the answers take. */
const EVERY_MS = 20;

interface Probe {
  url: string;
  seconds: number;
}

/** How long `/healthz` took each time (ms), asked by a process of its own, so that what else a bench does costs it nothing. */
export async function probe(asked: Probe): Promise<number[]> {
  const child = fork(fileURLToPath(import.meta.url), ['--probe']);
  child.send(asked);
  const [times] = (await once(child, 'message')) as [number[]];
  return times;
}

async function ask({ url, seconds }: Probe): Promise<number[]> {
  const pool = new Pool(url, { connections: 64 });
  const times: Promise<number>[] = [];
  const began = performance.now();
  for (let n = 0; n * EVERY_MS < seconds * 1000; n += 1) {
    const due = began + n * EVERY_MS;
    await sleep(Math.max(0, due - performance.now()));
    const answer = pool.request({ path: '/healthz', method: 'GET' }).then(({ body }) => body.dump());
    times.push(answer.then(() => performance.now() - due));
  }
  const all = await Promise.all(times);
  await pool.close();
  return all;
}

if (process.argv.includes('--probe')) {
  process.once('message', (asked) => {
    void ask(asked as Probe).then((times) => process.send?.(times));
  });
}
