import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRelayClient } from '../client/index.ts';
import { connectDatabase } from '../store/connect.ts';
import { type Demo, writeDemo } from './screenshots/demoData.ts';
import { writeHistory } from './screenshots/demoHistory.ts';
import { createDemoReceiver } from './screenshots/demoReceiver.ts';
import { photographDashboard } from './screenshots/photograph.ts';
import { createProgress } from '../cli/start/progress.ts';
import { startEverything } from '../cli/start/startEverything.ts';

const KEY = 'test-api-key-12345';
const EVENT_TYPES = ['invoice.paid', 'order.created', 'order.shipped', 'customer.updated'];

/** Fills a fresh relay with webhooks, events and thirty days of the past. */
async function fill(url: string, databaseUrl: string): Promise<Demo> {
  const receiver = createDemoReceiver();
  const { url: target } = await receiver.listen();
  const db = connectDatabase({ url: databaseUrl, poolMax: 2 });
  try {
    const post = async (body: string): Promise<void> => {
      await fetch(`${url}/api/events`, { method: 'POST', headers: { 'x-api-key': KEY }, body });
    };
    const demo = await writeDemo(createRelayClient({ baseUrl: url, apiKey: KEY }), post, target.replace(/\/$/, ''));
    await writeHistory(db, demo.healthy, EVENT_TYPES);
    return demo;
  } finally {
    await db.destroy();
    await receiver.close();
  }
}

/**
 * `npm run screenshots`: starts a relay of its own on the ports of `npm start`, fills it with a demonstration and photographs
 * the dashboard into docs/images. With SCREENSHOTS, a directory, every page is photographed there instead, at the width of a
 * desktop and of a phone, in light and in dark. CHROMIUM_PATH names the browser.
 */
async function main(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'relay-screenshots-'));
  // Else, as root, PostgreSQL's user could not enter it, and the data would stay where it is allowed to.
  await chmod(dataDir, 0o755);
  const { DATABASE_URL: _, TEMPORAL_ADDRESS: __, ...own } = process.env;
  // Late enough for some to have failed before their endpoint is found to be down.
  const env = { ...own, RELAY_DATA_DIR: dataDir, RATE_LIMIT_PER_MINUTE: '0', HEALTH_FAILURES: '30' };
  const relay = await startEverything(env, createProgress());
  try {
    const demo = await fill(relay.url, relay.databaseUrl ?? '');
    const everything = process.env['SCREENSHOTS'];
    if (everything) await mkdir(everything, { recursive: true });
    await photographDashboard({ url: relay.url, key: KEY, demo, everything });
  } finally {
    await relay.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

await main();
process.exit(0);
