import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { SessionLinkInput } from '../../contract/access.ts';
import type { Scope } from '../../contract/scopes.ts';
import { newId, timeOfId } from '../../store/ids.ts';
import { ApiKeyModel } from '../../store/models/ApiKeyModel.ts';
import { inCommand, type CommandServices } from '../audit/inCommand.ts';
import type { Caller } from '../http/caller.ts';
import { digest } from './digest.ts';
import { refuseWider } from './grants.ts';
import { addSession, SESSION_SECONDS, storedKeyId } from './sessions.ts';

interface LinkRow {
  clientId: string;
  scopes: Scope[];
}

/**
 * Makes a link that signs whoever opens it first in as a client (docs/CONTRACT.md §12). It gives no more than its maker has.
 * @throws ApiProblem `forbidden`.
 */
export async function createSessionLink(
  services: CommandServices,
  caller: Caller,
  { clientId, scopes, expiresInSeconds }: SessionLinkInput,
): Promise<{ token: string; expiresAt: Date }> {
  refuseWider(caller, 'links', { clientId, scopes });
  const token = randomBytes(32).toString('base64url');
  const id = newId();
  const createdAt = timeOfId(id);
  const end = createdAt.getTime() + expiresInSeconds * 1000;
  const expiresAt = new Date(Math.min(end, caller.expiresAt?.getTime() ?? end));
  return inCommand(services, caller, async (trx) => {
    await trx('session_links').where('expiresAt', '<', createdAt).delete();
    await trx('api_keys').where({ byLink: true }).where('expiresAt', '<', createdAt).delete();
    const maker = { keyId: storedKeyId(caller), personId: caller.person ? caller.keyId : null };
    await trx('session_links').insert({
      ...{ id, tokenHash: digest(token), ...maker, clientId, scopes, createdAt, expiresAt },
    });
    return {
      result: { token, expiresAt },
      target: { type: 'session_link', id, clientId },
      entry: { action: 'session_link.created', after: { clientId, scopes, expiresAt: expiresAt.toISOString() } },
    };
  });
}

/**
 * Takes a link, which is gone then, and starts a session by a key of its own: nobody is shown it, it stands among the API keys, can
 * be revoked there, and ends with the session. Null for a link that was opened before, is over, or never was.
 */
export async function openSessionLink(db: Knex, token: string): Promise<string | null> {
  return db.transaction(async (trx) => {
    const now = new Date();
    const [link] = await trx<LinkRow & { tokenHash: Buffer; expiresAt: Date }>('session_links')
      .where({ tokenHash: digest(token) })
      .where('expiresAt', '>', now)
      .delete()
      .returning<LinkRow[]>(['clientId', 'scopes']);
    if (!link) return null;
    const { clientId, scopes } = link;
    const id = newId();
    const key = randomBytes(32).toString('base64url');
    await ApiKeyModel.query(trx).insert({
      id,
      name: `Link for ${clientId}`,
      scopes,
      clientId,
      rateLimitPerMinute: null,
      byLink: true,
      keyHash: digest(key),
      createdAt: timeOfId(id),
      expiresAt: new Date(now.getTime() + SESSION_SECONDS * 1000),
    });
    return addSession(trx, id, key);
  });
}
