import type { Knex } from 'knex';
import { beforeEach, expect, inject, onTestFinished, test } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { newId } from '../../store/ids.ts';
import { WebhookSecretModel } from '../../store/models/WebhookSecretModel.ts';
import { resealSecrets } from '../../store/secrets/resealSecrets.ts';
import { agreeOnSealingKey, lockSealingKey, WrongSecretsKey } from '../../store/secrets/sealingKey.ts';
import { createSecretBox, fingerprintOf, type SecretBox } from '../../ops/secretBox.ts';
import { addSecret } from '../../api/webhooks/secrets.ts';
import { createDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

const [OLD, NEW, FOREIGN] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2), Buffer.alloc(32, 3)];
const [ofOld, ofNew, ofForeign] = [createSecretBox(OLD), createSecretBox(NEW), createSecretBox(FOREIGN)];
const ofBoth = createSecretBox(NEW, OLD);
const [oldKey, newKey] = [fingerprintOf(OLD), fingerprintOf(NEW)];

let db: Knex;
let webhookId: string;

beforeEach(async () => {
  const opened = connectDatabase({ url: await createDatabase(inject('postgresUrl')), poolMax: 4 });
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
const keys = async (box: SecretBox) =>
  (await WebhookSecretModel.query(db)).map(({ ciphertext }) => box.keyOf(ciphertext));
const add = (box: SecretBox) => db.transaction((trx) => addSecret(trx, box, webhookId, 'whsec_x'));

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
  expect(await resealSecrets(db, ofBoth)).toEqual({ sealed: 1, unreadable: [] });
  await add(ofBoth);
  await expect(add(ofOld)).rejects.toMatchObject({ code: 'unavailable', cause: { name: 'WrongSecretsKey' } });
  expect(await keys(ofNew)).toEqual([newKey, newKey]);
  expect(await resealSecrets(db, ofNew)).toEqual({ sealed: 2, unreadable: [] });
});

test('reseal waits for what is being sealed with the key before, and takes it along', async () => {
  await agreeOnSealingKey(db, ofOld);
  const sealing = await db.transaction();
  expect(await lockSealingKey(sealing, ofBoth)).toBe(oldKey);
  const resealing = resealSecrets(db, ofBoth);
  await eventually(async () => {
    const { rows } = await db.raw<{ rows: unknown[] }>(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'
      AND datname = current_database()`);
    return rows.length > 0;
  });
  await addSecret(sealing, ofBoth, webhookId, 'whsec_x');
  await sealing.commit();
  expect(await resealing).toEqual({ sealed: 1, unreadable: [] });
  expect(await keys(ofBoth)).toEqual([newKey]);
});

test('reseal takes every page, leaves what it cannot open, and names its webhook', async () => {
  await agreeOnSealingKey(db, ofOld);
  const rows = Array.from({ length: 1001 }, () => ({
    id: newId(),
    webhookId,
    ciphertext: ofOld.seal('whsec_x', oldKey),
    createdAt: new Date(),
  }));
  await db.batchInsert('webhook_secrets', rows, 500);
  webhookId = await makeWebhook();
  await seal(ofForeign);
  expect(await resealSecrets(db, ofBoth)).toEqual({ sealed: 1001, unreadable: [webhookId] });
  expect(new Set(await keys(ofNew))).toEqual(new Set([newKey, null]));
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
  const ciphertext = box.seal('whsec_x', box.keys[0] ?? '');
  await WebhookSecretModel.query(db).insert({ id: newId(), webhookId, ciphertext, createdAt: new Date() });
}
