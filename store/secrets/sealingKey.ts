import type { Knex } from 'knex';
import { readSealed } from './readSealed.ts';
import type { SecretBox } from '../../ops/secretBox.ts';

/** None of this process's keys is the one that the stored secrets are sealed with; the message says what to set. */
export class WrongSecretsKey extends Error {
  override name = 'WrongSecretsKey';

  /** @param sealingKey the fingerprint of the key that is wanted, when it is known. */
  constructor(box: SecretBox, sealingKey: string | null) {
    const [key, previous] = box.keys;
    const wanted = sealingKey ? ` (fingerprint ${sealingKey})` : '';
    const given = `SECRETS_KEY (${key})${previous ? ` and SECRETS_KEY_PREVIOUS (${previous})` : ''}`;
    super(
      `Signing secrets are sealed with another key${wanted} than ${given}. Set SECRETS_KEY to the key that they are sealed with. ` +
        'To replace that key, set SECRETS_KEY_PREVIOUS to it until “npm run reseal” has run (docs/SECURITY.md, “Replacing SECRETS_KEY”).',
    );
  }
}

/**
 * Makes sure at the start of a process that it has the key that secrets are sealed with, and says which one that is when
 * nobody has said so yet.
 * @throws WrongSecretsKey
 */
export async function agreeOnSealingKey(db: Knex, box: SecretBox): Promise<void> {
  if ((await sealingKey(db)) === null) {
    const key = await keyOfStored(db, box);
    // Of several processes that start at once one is first; the others look at what it has said.
    await db('installation').whereNull('sealingKey').update({ sealingKey: key });
  }
  const key = await sealingKey(db);
  if (key === null || !box.keys.includes(key)) throw new WrongSecretsKey(box, key);
}

/** Whether there is a key that secrets are, or would be, sealed with; another one than that would be refused. */
export async function isSealed(db: Knex): Promise<boolean> {
  return (await sealingKey(db)) !== null || (await db('webhookSecrets').first('id')) !== undefined;
}

/**
 * The fingerprint of the key to seal with; until the transaction ends it stays the one.
 * @throws WrongSecretsKey when it is not here, because it was replaced without this process.
 */
export async function lockSealingKey(trx: Knex, box: SecretBox): Promise<string> {
  let key = await lock(trx);
  if (key === null) {
    await agreeOnSealingKey(trx, box);
    key = await lock(trx);
  }
  if (key !== null && box.keys.includes(key)) return key;
  throw new WrongSecretsKey(box, key);
}

/**
 * Lets every process seal with the box's first key from now on; those that are sealing with the one before are waited for.
 * @throws WrongSecretsKey when what is stored is sealed with a key that the box does not have.
 */
export function moveSealingKey(db: Knex, box: SecretBox): Promise<void> {
  return db.transaction(async (trx) => {
    const { sealingKey: before } = await trx('installation').forUpdate().first<Row>('sealingKey');
    if (before === null) await keyOfStored(trx, box);
    else if (!box.keys.includes(before) && (await isAnyStored(trx, box))) throw new WrongSecretsKey(box, before);
    await trx('installation').update({ sealingKey: box.keys[0] });
  });
}

interface Row {
  sealingKey: string | null;
}

async function sealingKey(db: Knex): Promise<string | null> {
  return (await db('installation').first<Row>('sealingKey')).sealingKey;
}

/** Null, and nothing is locked, while nobody has said which one it is. */
async function lock(trx: Knex): Promise<string | null> {
  const row = await trx('installation').whereNotNull('sealingKey').forShare().first<Row | undefined>('sealingKey');
  return row?.sealingKey ?? null;
}

async function isAnyStored(db: Knex, box: SecretBox): Promise<boolean> {
  for await (const _ of readSealed(db, box)) return true;
  return false;
}

/**
 * The key that what is stored is sealed with: the previous one as long as it opens anything, since processes that have only
 * that may be running.
 * @throws WrongSecretsKey when nothing that is stored can be opened.
 */
async function keyOfStored(db: Knex, box: SecretBox): Promise<string> {
  const safest = box.keys.at(-1) ?? '';
  const found = new Set<string | null>();
  for await (const { key } of readSealed(db, box)) {
    if (key === safest) return key;
    found.add(key);
  }
  if (found.size === 0) return safest;
  for (const key of found) if (key !== null) return key;
  throw new WrongSecretsKey(box, null);
}
