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

/** Seals as the whole installation does now. */
export interface Sealer {
  /** The fingerprint of the key. */
  key: string;
  /** Whether what is sealed is bound to its purpose, and hidden settings are sealed, too: every process can open that. */
  isBound: boolean;
  /** @param purpose of `purposes.ts`. */
  seal(text: string, purpose: string): Buffer;
}

/**
 * What to seal with; until the transaction ends it stays the one.
 * @throws WrongSecretsKey when the key is not here, because it was replaced without this process.
 */
export async function lockSealer(trx: Knex, box: SecretBox): Promise<Sealer> {
  let row = await lock(trx);
  if (!row) {
    await agreeOnSealingKey(trx, box);
    row = await lock(trx);
  }
  const key = row?.sealingKey ?? null;
  if (!row || key === null || !box.keys.includes(key)) throw new WrongSecretsKey(box, key);
  return sealerOf(box, { key, isBound: row.isBound });
}

function sealerOf(box: SecretBox, { key, isBound }: Pick<Sealer, 'key' | 'isBound'>): Sealer {
  return { key, isBound, seal: (text, purpose) => box.seal(text, key, isBound ? purpose : null) };
}

/**
 * Lets every process seal with the box's first key from now on; those that are sealing with the one before are waited for.
 * @param isBound whether what they seal is bound, which the release before cannot open.
 * @throws WrongSecretsKey when what is stored is sealed with a key that the box does not have.
 */
export function moveSealer(db: Knex, box: SecretBox, isBound: boolean): Promise<Sealer> {
  return db.transaction(async (trx) => {
    const { sealingKey: before } = await trx('installation').forUpdate().first<Row>('sealingKey');
    if (before === null) await keyOfStored(trx, box);
    else if (!box.keys.includes(before) && (await isAnyStored(trx, box))) throw new WrongSecretsKey(box, before);
    const [key = ''] = box.keys;
    await trx('installation').update({ sealingKey: key, isBound });
    return sealerOf(box, { key, isBound });
  });
}

interface Row {
  sealingKey: string | null;
  isBound: boolean;
}

async function sealingKey(db: Knex): Promise<string | null> {
  return (await db('installation').first<Row>('sealingKey')).sealingKey;
}

/** Undefined, and nothing is locked, while nobody has said which key it is. */
async function lock(trx: Knex): Promise<Row | undefined> {
  return trx('installation').whereNotNull('sealingKey').forShare().first<Row | undefined>('sealingKey', 'isBound');
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
