import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, expect, inject, test } from 'vitest';
import type { WebhookWithSecret } from '../../contract/webhooks.ts';
import { createReceiver } from '../../receiver/createReceiver.ts';
import { verifySignature } from '../../receiver/verifySignature.ts';
import { createDatabase, execute } from '../support/database.ts';
import { relayEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { startRelayProcess, type RelayProcess } from '../support/relayProcess.ts';

const RESEAL = fileURLToPath(new URL('../../cli/commands/resealSecrets.ts', import.meta.url));
const [OLD, NEW] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
const BOTH = { SECRETS_KEY: NEW, SECRETS_KEY_PREVIOUS: OLD };
const EVENT_TYPE = 'key.replaced';
const PAUSE_MS = 600;

type Name = 'a' | 'b';

test('replacing SECRETS_KEY as docs/SECURITY.md says, in a rolling restart of two processes, loses and skips nothing', async () => {
  const databaseUrl = await createDatabase(inject('postgresUrl'));
  const common = relayEnvironment({ databaseUrl, temporalAddress: inject('temporalAddress') });
  const running = new Map<Name, RelayProcess>();
  /** What a load balancer would send requests to. */
  const live = new Set<Name>();
  const api = (name: Name) => running.get(name)!.api;

  async function restart(name: Name, keys: NodeJS.ProcessEnv): Promise<void> {
    live.delete(name);
    await running.get(name)?.stop();
    running.set(name, await startRelayProcess({ ...common, ...keys }));
    live.add(name);
  }
  afterAll(() => Promise.all([...running.values()].map((relay) => relay.kill())));

  /** The secrets that each path's receiver knows; one that verifies is enough. */
  const known = new Map<string, string[]>();
  const wrong: string[] = [];
  const receiver = createReceiver({
    respond({ path, headers, body, at }) {
      const isRight = (known.get(path) ?? []).every((secret) => verifySignature(secret, headers, body, at));
      if (!isRight) wrong.push(path);
      return isRight ? {} : { status: 401 };
    },
  });
  const { url } = await receiver.listen();
  afterAll(() => receiver.close());
  const made: WebhookWithSecret[] = [];
  /** So many webhooks are in force in both processes. */
  let inForce = 0;

  async function make(at: Name): Promise<WebhookWithSecret> {
    const path = `/w${made.length}`;
    const secret = `whsec_${randomBytes(24).toString('base64')}`;
    known.set(path, [secret]);
    const webhook = await api(at).createWebhook({ url: `${url.replace(/\/$/, '')}${path}`, secret });
    made.push(webhook);
    return webhook;
  }
  const posted: { id: string; owed: number; count: number }[] = [];

  async function post(name: Name, n: string): Promise<number> {
    const owed = inForce;
    const event = { eventType: EVENT_TYPE, payload: { n } };
    const { body } = await api(name).postEvent(event, { 'idempotency-key': n });
    posted.push({ id: body.id, owed, count: body.deliveryCount });
    return body.deliveryCount;
  }
  /** Every process that is up gives an event to as many webhooks as there are. */
  async function everywhere(): Promise<void> {
    for (const name of live) {
      let n = 0;
      await eventually(
        async () =>
          (await post(name, `${made.length}-${name}-${randomBytes(4).toString('hex')}-${n++}`)) === made.length,
      );
    }
    inForce = made.length;
  }
  let isPosting = true;
  async function lane(number: number): Promise<void> {
    for (let n = 0; isPosting; n++) {
      const names = [...live];
      const name = names[n % names.length];
      if (name) await post(name, `lane-${number}-${n}`);
      await sleep(PAUSE_MS);
    }
  }
  const secretsCheck = (name: Name) => api(name).call('GET', '/readyz');
  const allWell = async () => {
    for (const name of live) expect((await secretsCheck(name)).body).toMatchObject({ checks: { secrets: 'ok' } });
  };

  await restart('a', { SECRETS_KEY: OLD });
  await restart('b', { SECRETS_KEY: OLD });
  const [first, second, third] = [await make('a'), await make('a'), await make('b')];
  await everywhere();
  const lanes = Promise.all([lane(0), lane(1)]);

  // Every process with the new key as SECRETS_KEY and the old one as SECRETS_KEY_PREVIOUS.
  await restart('b', BOTH);
  await make('b');
  const rotate = (name: Name, { id }: WebhookWithSecret) =>
    api(name).call<WebhookWithSecret>('POST', `/api/webhooks/${id}/rotate-secret`, {});
  const rotated = await rotate('b', first);
  expect(rotated.status).toBe(200);
  expect((await api('b').call('PATCH', `/api/webhooks/${second.id}`, { name: 'Renamed' })).status).toBe(200);
  await everywhere();
  await allWell();
  await restart('a', BOTH);
  await make('a');
  await everywhere();
  await allWell();

  // npm run reseal, with both.
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], DATABASE_URL: databaseUrl, ...BOTH };
  const reseal = () => execa(process.execPath, ['--import', 'tsx', RESEAL], { env, extendEnv: false });
  expect((await reseal()).stdout).toMatch(/^6 secrets/);
  await make('b');
  expect((await rotate('a', third)).status).toBe(200);
  await everywhere();
  await allWell();

  // Every process again without SECRETS_KEY_PREVIOUS.
  await restart('a', { SECRETS_KEY: NEW });
  await make('a');
  await everywhere();
  await restart('b', { SECRETS_KEY: NEW });
  known.set('/w0', [first.secret, rotated.body.secret]);
  await everywhere();
  await allWell();
  isPosting = false;
  await lanes;

  expect(posted.filter(({ owed, count }) => count < owed)).toEqual([]);
  const statuses = `SELECT status, count(*)::int FROM deliveries GROUP BY 1`;
  const count = posted.reduce((sum, one) => sum + one.count, 0);
  await eventually(async () => {
    const { rows } = await execute(databaseUrl, statuses);
    expect(rows).toEqual([{ status: 'delivered', count }]);
    return true;
  }, 60_000);
  expect(wrong).toEqual([]);
  expect(new Set(posted.map(({ id }) => id)).size).toBe(posted.length);
}, 180_000);
