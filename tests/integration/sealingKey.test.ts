import type { Knex } from 'knex';
import { beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { MASKED_VALUE } from '../../contract/maskedHeaders.ts';
import { connectDatabase } from '../../store/connect.ts';
import { migrate } from '../../store/migrate.ts';
import { newId } from '../../store/ids.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';
import { WebhookSecretModel } from '../../store/models/WebhookSecretModel.ts';
import { resealSecrets } from '../../store/secrets/resealSecrets.ts';
import { agreeOnSealingKey, lockSealer, WrongSecretsKey } from '../../store/secrets/sealingKey.ts';
import { purposeOfSecret } from '../../store/secrets/purposes.ts';
import { openHeaders, sealHeaders } from '../../store/secrets/hiddenHeaders.ts';
import { createSecretBox, fingerprintOf, type SecretBox } from '../../ops/secretBox.ts';
import { addSecret, sealerFor } from '../../api/webhooks/secrets.ts';
import { checkSecrets } from '../../cli/doctor/checkSecrets.ts';
import { connect, createDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { undoMigration } from '../support/migrations.ts';

const [OLD, NEW, FOREIGN] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2), Buffer.alloc(32, 3)];
const [ofOld, ofNew, ofForeign] = [createSecretBox(OLD), createSecretBox(NEW), createSecretBox(FOREIGN)];
const ofBoth = createSecretBox(NEW, OLD);
const [oldKey, newKey] = [fingerprintOf(OLD), fingerprintOf(NEW)];

let databaseUrl: string;
let db: Knex;
let webhookId: string;

beforeEach(async () => {
  databaseUrl = await createDatabase(inject('postgresUrl'));
  const opened = connectDatabase({ url: databaseUrl, poolMax: 4 });
  db = opened;
  onTestFinished(() => opened.destroy());
  webhookId = await makeWebhook();
});

async function makeWebhook(): Promise<string> {
  const id = newId();
  await db('webhooks').insert({
    id,
    clientId: 'acme',
    name: 'Billing',
    url: 'https://example.com/',
    eventTypes: ['*'],
    timeoutMs: 1000,
    headers: '{}',
    retryPolicy: '{}',
    isActive: true,
    createdAt: new Date(),
    updatedAt: new Date(),
  });
  return id;
}

const agreed = async () => (await db('installation').first<{ sealingKey: string | null }>('sealingKey')).sealingKey;
const keys = async (box: SecretBox) => (await opened(box)).map((one) => one?.key ?? null);
const opened = async (box: SecretBox) =>
  (await WebhookSecretModel.query(db)).map((row) => box.tryOpen(row.ciphertext, purposeOfSecret(row.webhookId)));
const sealed = (secrets: number, unreadable: string[] = []) => ({ secrets, withHidden: 0, unreadable });
const add = (box: SecretBox) =>
  db.transaction(async (trx) => addSecret(trx, await sealerFor(trx, box), webhookId, 'whsec_x'));

test('the first process that starts says which key seals, and one with another key is told what to set', async () => {
  await agreeOnSealingKey(db, ofOld);
  expect(await agreed()).toBe(oldKey);
  await expect(agreeOnSealingKey(db, ofNew)).rejects.toThrow(
    new RegExp(`${oldKey}.*SECRETS_KEY \\(${newKey}\\).*SECRETS_KEY_PREVIOUS.*npm run reseal`),
  );
  await agreeOnSealingKey(db, ofBoth);
  expect(await agreed()).toBe(oldKey);
});

test('of many that start at once with different keys one is right', async () => {
  const starts = await Promise.allSettled([ofOld, ofNew, ofForeign, ofOld].map((box) => agreeOnSealingKey(db, box)));
  const refused = starts.flatMap((start) => (start.status === 'rejected' ? [start.reason as unknown] : []));
  expect(refused.length).toBeLessThan(4);
  for (const reason of refused) expect(reason).toBeInstanceOf(WrongSecretsKey);
});

test.each([
  ['nothing is stored', [], oldKey],
  ['the previous key opens some', [ofOld, ofNew], oldKey],
  ['the new key opens all', [ofNew], newKey],
] as const)('a first start with two keys seals with the safe one: %s', async (_, stored, expected) => {
  for (const box of stored) await seal(box);
  await agreeOnSealingKey(db, ofBoth);
  expect(await agreed()).toBe(expected);
});

test('a first start whose keys open nothing that is stored is refused, and leaves the choice open', async () => {
  await seal(ofForeign);
  await expect(agreeOnSealingKey(db, ofBoth)).rejects.toBeInstanceOf(WrongSecretsKey);
  expect(await agreed()).toBeNull();
});

test('until reseal every process seals with the previous key, afterwards with the new one, or not at all', async () => {
  await agreeOnSealingKey(db, ofOld);
  await add(ofBoth);
  expect(await keys(ofOld)).toEqual([oldKey]);
  expect(await resealSecrets(db, ofBoth)).toEqual(sealed(1));
  await add(ofBoth);
  await expect(add(ofOld)).rejects.toMatchObject({ code: 'unavailable', cause: { name: 'WrongSecretsKey' } });
  expect(await keys(ofNew)).toEqual([newKey, newKey]);
  expect(await resealSecrets(db, ofNew)).toEqual(sealed(2));
});

test('reseal waits for what is being sealed with the key before, and takes it along', async () => {
  await agreeOnSealingKey(db, ofOld);
  const sealing = await db.transaction();
  const sealer = await lockSealer(sealing, ofBoth);
  expect(sealer.key).toBe(oldKey);
  const resealing = resealSecrets(db, ofBoth);
  await eventually(async () => {
    const { rows } = await db.raw<{ rows: unknown[] }>(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'
      AND datname = current_database()`);
    return rows.length > 0;
  });
  await addSecret(sealing, sealer, webhookId, 'whsec_x');
  await sealing.commit();
  expect(await resealing).toEqual(sealed(1));
  expect(await keys(ofBoth)).toEqual([newKey]);
});

test('reseal takes every page, leaves what it cannot open, and names its webhook', async () => {
  await agreeOnSealingKey(db, ofOld);
  const rows = Array.from({ length: 1001 }, () => ({
    id: newId(),
    webhookId,
    ciphertext: ofOld.seal('whsec_x', oldKey, null),
    createdAt: new Date(),
  }));
  await db.batchInsert('webhook_secrets', rows, 500);
  webhookId = await makeWebhook();
  await seal(ofForeign);
  expect(await resealSecrets(db, ofBoth)).toEqual(sealed(1001, [webhookId]));
  expect(new Set(await keys(ofNew))).toEqual(new Set([newKey, null]));
});

describe('what the release before cannot open', () => {
  const headers = { Authorization: 'Bearer s3cret', 'X-Team': 'billing' };
  const row = async (id = webhookId) => (await WebhookModel.query(db).findById(id))!;

  /** As after the migration of a database that processes of the release before use. */
  beforeEach(async () => {
    await db('installation').update({ isBound: false });
    await db('webhooks').update({ headers });
    await agreeOnSealingKey(db, ofOld);
  });

  test('is not sealed before reseal says that none of its processes runs any more', async () => {
    await add(ofBoth);
    const sealer = await db.transaction((trx) => lockSealer(trx, ofBoth));
    expect(sealHeaders(headers, webhookId, sealer)).toEqual({ headers, sealedSettings: null });
    expect(await opened(ofOld)).toEqual([{ text: 'whsec_x', key: oldKey, isBound: false }]);
  });

  test('is sealed by reseal: secrets are bound to their webhook, headers no longer lie in clear', async () => {
    await add(ofBoth);
    const deleted = await makeWebhook();
    await db('webhooks').where({ id: deleted }).update({ headers, deletedAt: new Date() });
    expect(await resealSecrets(db, ofBoth)).toEqual({ ...sealed(1), withHidden: 1 });
    const masked = { ...headers, Authorization: MASKED_VALUE };
    expect((await row()).headers).toEqual(masked);
    expect(openHeaders(await row(), ofNew)).toEqual({ real: headers });
    expect(await opened(ofNew)).toEqual([{ text: 'whsec_x', key: newKey, isBound: true }]);
    expect(await row(deleted)).toMatchObject({ headers: masked, sealedSettings: null });
    expect(await resealSecrets(db, ofNew)).toEqual({ ...sealed(1), withHidden: 1 });
  });

  test('is what the doctor asks to reseal, and looks at', async () => {
    await add(ofOld);
    const client = await connect(databaseUrl);
    const find = async () => checkSecrets(client, { SECRETS_KEY: OLD.toString('base64') });
    expect((await find()).map(({ todo }) => todo)).toContainEqual(expect.stringContaining('npm run reseal'));
    await resealSecrets(db, ofOld);
    expect((await find()).map(({ status }) => status)).toEqual(['ok']);
    await db('webhooks').update({ sealedSettings: Buffer.alloc(40) });
    expect(await find()).toMatchObject([{ status: 'fail', message: expect.stringContaining(webhookId) as string }]);
    await client.end();
  });

  test('becomes what it was on the way back, and is sealed again', async () => {
    await add(ofOld);
    await resealSecrets(db, ofOld);
    expect(await resealSecrets(db, ofOld, false)).toEqual({ ...sealed(1), withHidden: 1 });
    expect(await row()).toMatchObject({ headers, sealedSettings: null });
    expect(await opened(ofOld)).toEqual([{ text: 'whsec_x', key: oldKey, isBound: false }]);
    await add(ofOld);
    expect((await opened(ofOld)).map((one) => one?.isBound)).toEqual([false, false]);
    await resealSecrets(db, ofOld);
    expect((await row()).headers).not.toEqual(headers);
  });

  test('and what nobody can open is left as it is and named', async () => {
    await add(ofOld);
    await resealSecrets(db, ofOld);
    const { sealedSettings } = await row();
    const damaged = sealedSettings?.map((byte, index) => (index === 14 ? byte ^ 1 : byte));
    await db('webhooks').update({ sealedSettings: damaged && Buffer.from(damaged) });
    expect(await resealSecrets(db, ofBoth)).toEqual({ ...sealed(1, [webhookId]), withHidden: 0 });
  });
});

test('a database that was used before begins as the release before left it', async () => {
  await undoMigration(db, '014_sealed_settings');
  await migrate(db);
  expect(await db<{ isBound: boolean }>('installation').first('isBound')).toEqual({ isBound: false });
});

test('reseal without the key that secrets are sealed with changes nothing, unless there is nothing', async () => {
  await agreeOnSealingKey(db, ofForeign);
  await seal(ofForeign);
  await expect(resealSecrets(db, ofBoth)).rejects.toBeInstanceOf(WrongSecretsKey);
  expect(await keys(ofForeign)).toEqual([fingerprintOf(FOREIGN)]);
  await WebhookSecretModel.query(db).delete();
  await resealSecrets(db, ofNew);
  expect(await agreed()).toBe(newKey);
});

/** Stores a secret that is sealed with the box's own key, whatever was agreed on. */
async function seal(box: SecretBox): Promise<void> {
  const ciphertext = box.seal('whsec_x', box.keys[0] ?? '', null);
  await WebhookSecretModel.query(db).insert({ id: newId(), webhookId, ciphertext, createdAt: new Date() });
}
