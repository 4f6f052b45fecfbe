import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { SecretBox } from '../../../ops/secretBox.ts';
import { newId, timeOfId } from '../../../store/ids.ts';
import { ApiKeyModel } from '../../../store/models/ApiKeyModel.ts';
import { purposeOfIdToken } from '../../../store/secrets/purposes.ts';
import { lockSealer } from '../../../store/secrets/sealingKey.ts';
import { inCommand, type CommandServices } from '../../audit/inCommand.ts';
import type { Caller } from '../../http/caller.ts';
import { digest } from '../digest.ts';
import { addSession, MAX_SESSIONS, SESSION_SECONDS } from '../sessions.ts';
import type { Claims } from './provider.ts';
import type { Granted } from './rolesOf.ts';

const NAME_LENGTH = 200;

/** Who comes from the provider, and with what. */
interface Arrived {
  issuer: string;
  claims: Claims;
  granted: Granted;
  idToken: string;
}

/**
 * Starts a person's session by a key of its own, as {@link openSessionLink} does: it stands among the API keys and can be revoked
 * there. What it may do holds until it ends; the provider is asked again at the next sign-in.
 * @returns the session's token.
 */
export async function signInPerson(
  services: CommandServices & { secretBox: SecretBox },
  { issuer, claims, granted, idToken }: Arrived,
  { requestId, ip }: Pick<Caller, 'requestId' | 'ip'>,
): Promise<string> {
  const { role, scopes, clientId } = granted;
  const name = nameOf(claims);
  const personId = await notePerson(services.db, { issuer, subject: claims.sub, name });
  const caller = { keyId: personId, person: { role }, name, clientId, scopes, requestId, ip, traceparent: null };
  return inCommand(services, caller, async (trx) => {
    const id = newId();
    const key = randomBytes(32).toString('base64url');
    const createdAt = timeOfId(id);
    await removeEnded(trx, personId, createdAt);
    await ApiKeyModel.query(trx).insert({
      ...{ id, name, scopes, clientId, personId, role, createdAt },
      rateLimitPerMinute: null,
      keyHash: digest(key),
      expiresAt: new Date(createdAt.getTime() + SESSION_SECONDS * 1000),
    });
    const sealer = await lockSealer(trx, services.secretBox);
    const token = await addSession(trx, id, key, sealer.seal(idToken, purposeOfIdToken(id)));
    return {
      result: token,
      target: { type: 'person', id: personId, clientId },
      entry: { action: 'person.signed_in', after: { role, scopes, clientId } },
    };
  });
}

/** The person's id; a person is known by what the provider never gives to another. */
async function notePerson(db: Knex, person: { issuer: string; subject: string; name: string }): Promise<string> {
  const now = new Date();
  const [row] = await db('people')
    .insert({ id: newId(), ...person, createdAt: now, lastSeenAt: now })
    .onConflict(['issuer', 'subject'])
    .merge(['name', 'lastSeenAt'])
    .returning<{ id: string }[]>('id');
  if (!row) throw new Error('A person was not written down');
  return row.id;
}

/** Keys that people signed in with and that are over; of this person's the oldest, too, when there are too many. */
async function removeEnded(trx: Knex, personId: string, now: Date): Promise<void> {
  await trx('api_keys').whereNotNull('personId').where('expiresAt', '<', now).delete();
  const kept = trx('api_keys')
    .select('id')
    .where({ personId })
    .orderBy('id', 'desc')
    .limit(MAX_SESSIONS - 1);
  await trx('api_keys').where({ personId }).whereNotIn('id', kept).delete();
}

/** As people know each other; the subject is mostly a number. */
function nameOf(claims: Claims): string {
  const names = [claims['name'], claims['preferred_username'], claims['email'], claims.sub];
  const name = names.find((one): one is string => typeof one === 'string' && one.trim() !== '') ?? claims.sub;
  return [...name.replace(/\p{C}+/gu, ' ').trim()].slice(0, NAME_LENGTH).join('');
}
