import { afterAll, expect, inject, test } from 'vitest';
import { createSecretBox } from '../../ops/secretBox.ts';
import { createReceiver } from '../../receiver/createReceiver.ts';
import { connectDatabase } from '../../store/connect.ts';
import { resealSecrets } from '../../store/secrets/resealSecrets.ts';
import { emptyDatabase } from '../support/database.ts';
import { relayEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { relayCommand } from '../support/commandLine.ts';
import { startRelayProcess } from '../support/relayProcess.ts';
import { unpackReleaseBefore } from '../support/releaseBefore.ts';

/** Long enough for another release to be started meanwhile. */
const RETRY_MS = 1000;
const KEY = Buffer.alloc(32, 'the way back');
const AUTHORIZATION = 'Bearer the-receivers-own-password';

test.skipIf(process.env['FAULTS'] !== 'all')(
  'an upgrade beside the release before loses nothing, and the way back to it is open',
  async (context) => {
    const before = await unpackReleaseBefore();
    if (!before) return context.skip('the clone does not have the commit of the release before');
    afterAll(() => before.remove());
    let status = 500;
    const receiver = createReceiver({ respond: () => ({ status }) });
    afterAll(() => receiver.close());
    const { url } = await receiver.listen();
    const databaseUrl = await emptyDatabase(inject('postgresUrl'));
    const place = { databaseUrl, temporalAddress: inject('temporalAddress') };
    const env = relayEnvironment(place, { SECRETS_KEY: KEY.toString('base64') });
    const reseal = async (isBound: boolean) => {
      const db = connectDatabase({ url: databaseUrl, poolMax: 2 });
      await resealSecrets(db, createSecretBox(KEY), isBound);
      await db.destroy();
    };

    expect(await before.migrate(env)).toMatchObject({ exitCode: 0 });
    const old = await startRelayProcess(env, before);
    await old.api.createWebhook({
      url,
      eventTypes: ['*'],
      headers: { authorization: AUTHORIZATION },
      retryPolicy: { initialIntervalMs: RETRY_MS, backoffCoefficient: 1, maximumAttempts: 100 },
    });
    const { body: waiting } = await old.api.postEvent({ eventType: 'posted.before', payload: {} });
    await eventually(async () => (await old.api.listDeliveries('?status=retrying')).body.data.length === 1);

    expect(await relayCommand(['migrate'], env)).toMatchObject({ exitCode: 0 });
    const next = await startRelayProcess(env);
    const { body: beside } = await old.api.postEvent({ eventType: 'posted.beside', payload: {} });
    expect(await old.stop()).toBe(0);
    status = 200;
    for (const { id } of [waiting, beside]) {
      await eventually(async () => (await next.api.getEvent(id)).body.status === 'delivered');
    }
    await reseal(true);
    const { body: sealed } = await next.api.postEvent({ eventType: 'posted.sealed', payload: {} });
    await eventually(async () => (await next.api.getEvent(sealed.id)).body.status === 'delivered');
    expect(await next.stop()).toBe(0);
    await reseal(false);

    expect(await before.migrate(env)).toMatchObject({ exitCode: 0, stderr: '' });
    const again = await startRelayProcess(env, before);
    const { body: after } = await again.api.postEvent({ eventType: 'posted.after', payload: {} });
    await eventually(async () => (await again.api.getEvent(after.id)).body.status === 'delivered');
    expect(await again.stop()).toBe(0);
    expect(new Set(receiver.received.map(({ headers }) => headers['authorization']))).toEqual(new Set([AUTHORIZATION]));
  },
  180_000,
);
