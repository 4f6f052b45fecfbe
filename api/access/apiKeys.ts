import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { ApiKeyListQuery, ApiKeyInput } from '../../contract/access.ts';
import type { Pagination } from '../../contract/primitives.ts';
import { newId, timeOfId } from '../../store/ids.ts';
import { ApiKeyModel } from '../../store/models/ApiKeyModel.ts';
import { ApiProblem, notFound, validationProblem } from '../http/problem.ts';
import { readPage } from '../listing/page.ts';
import { inCommand, type CommandServices } from '../audit/inCommand.ts';
import { hasScope, type ApiKeyIdentity, type Caller } from '../http/caller.ts';
import { onlyVisibleTo } from '../http/clientBinding.ts';
import { presentApiKey } from './presentApiKey.ts';
import { digest } from './digest.ts';
import { refuseWider } from './grants.ts';

/** Keys that can be used, newest first. */
export function listApiKeys(
  db: Knex,
  identity: ApiKeyIdentity,
  query: ApiKeyListQuery,
): Promise<{ rows: ApiKeyModel[]; pagination: Pagination }> {
  return readPage(onlyVisibleTo(identity, ApiKeyModel.query(db)).whereNull('revokedAt'), query);
}

/**
 * Makes a key, which is shown this once. It may do no more than the key of whoever makes it, whose end and
 * rate limit it has unless it is given less.
 * @param defaultPerMinute the limit of keys that have none of their own; 0 is unlimited.
 * @throws ApiProblem `forbidden`, or `validation_failed` for an end that has passed.
 */
export async function createApiKey(
  services: CommandServices,
  caller: Caller,
  { name, scopes, clientId, ...limits }: ApiKeyInput,
  defaultPerMinute: number,
): Promise<{ apiKey: ApiKeyModel; key: string }> {
  const boundTo = clientId ?? caller.clientId;
  refuseWider(caller, 'keys', { clientId: boundTo, scopes });
  const { rateLimitPerMinute = caller.rateLimitPerMinute ?? null, expiresAt = caller.expiresAt ?? null } = limits;
  const end = expiresAt ? new Date(expiresAt) : null;
  if (end && end.getTime() <= Date.now()) throw validationProblem([{ path: '/expiresAt', message: 'has passed' }]);
  if (caller.expiresAt && (end === null || end > caller.expiresAt)) {
    throw new ApiProblem(
      'forbidden',
      `This API key ends at ${caller.expiresAt.toISOString()}; it makes none that ends later.`,
    );
  }
  const most = ofMaker(caller, defaultPerMinute);
  if (unlessUnlimited(rateLimitPerMinute ?? defaultPerMinute) > most) {
    throw new ApiProblem(
      'forbidden',
      `This API key may make ${most} requests a minute; it makes none that may make more.`,
    );
  }
  const key = `rk_${randomBytes(32).toString('base64url')}`;
  const id = newId();
  const apiKey = await inCommand(services, caller, async (trx) => {
    const created = await ApiKeyModel.query(trx).insertAndFetch({
      id,
      name,
      scopes,
      rateLimitPerMinute,
      expiresAt: end,
      keyHash: digest(key),
      clientId: boundTo,
      createdAt: timeOfId(id),
    });
    return {
      result: created,
      target: { type: 'key', id, clientId: boundTo },
      entry: { action: 'key.created', after: presentApiKey(created) },
    };
  });
  return { apiKey, key };
}

/**
 * The most requests a minute that a key may give. The configuration's key is its operator's, who sets the default, too, and so are people
 * to whom it gives everything.
 */
function ofMaker(maker: ApiKeyIdentity, defaultPerMinute: number): number {
  const { keyId, person, clientId, rateLimitPerMinute } = maker;
  const isOperator = keyId === 'admin' || (person !== undefined && clientId === null && hasScope(maker, 'admin'));
  return isOperator ? Infinity : unlessUnlimited(rateLimitPerMinute ?? defaultPerMinute);
}

function unlessUnlimited(perMinute: number): number {
  return perMinute === 0 ? Infinity : perMinute;
}

/** Ends a key for good; it stops everywhere within two seconds, its sessions and links too. @throws ApiProblem `not_found` */
export async function revokeApiKey(services: CommandServices, caller: Caller, id: string): Promise<void> {
  await inCommand(services, caller, async (trx) => {
    const query = onlyVisibleTo(caller, ApiKeyModel.query(trx)).whereNull('revokedAt');
    const apiKey = await query.findById(id).forUpdate();
    if (!apiKey) throw notFound('API key');
    await apiKey.$query(trx).patch({ revokedAt: new Date() });
    await trx('sessions').where({ keyId: id }).delete();
    await trx('session_links').where({ keyId: id }).delete();
    // Who is shut out leaves no way in.
    if (apiKey.personId) await trx('session_links').where({ personId: apiKey.personId }).delete();
    return {
      result: undefined,
      target: { type: 'key', id, clientId: apiKey.clientId },
      entry: { action: 'key.revoked', before: presentApiKey(apiKey) },
    };
  });
}
