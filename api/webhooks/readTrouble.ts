import type { Knex } from 'knex';
import { WEBHOOK_TROUBLES } from '../../contract/statuses.ts';
import type { WebhookTrouble, WebhookTroubleQuery } from '../../contract/webhooks.ts';
import { type Troubled, worstTroubled } from '../../store/health/trouble.ts';
import { WebhookModel } from '../../store/models/WebhookModel.ts';
import type { ApiKeyIdentity } from '../http/caller.ts';
import { clientsNamed } from '../listing/deliveryScope.ts';
import { presentWebhooks } from './presentWebhook.ts';

const DEFAULT_LIMIT = 5;

/** The webhooks that something is wrong with now, by what it is, each state with how many and the worst of them. */
export async function readTrouble(
  db: Knex,
  identity: ApiKeyIdentity,
  { clientId, limit = DEFAULT_LIMIT }: WebhookTroubleQuery,
): Promise<WebhookTrouble> {
  const troubled = await worstTroubled(db, { clientIds: clientsNamed(identity.clientId, clientId), limit });
  const rows = await WebhookModel.query(db).findByIds(troubled.map(({ id }) => id));
  const byId = new Map((await presentWebhooks(db, rows)).map((webhook) => [webhook.id, webhook]));
  const shown = ({ id, since, waiting, lastAttemptAt, errorMessage }: Troubled) => {
    const webhook = byId.get(id);
    if (!webhook) return [];
    const lastError = webhook.disabledReason ?? webhook.health.lastError ?? errorMessage;
    return [
      {
        webhook,
        since: since?.toISOString() ?? null,
        waiting,
        lastAttemptAt: lastAttemptAt?.toISOString() ?? null,
        lastError,
      },
    ];
  };
  const groups = WEBHOOK_TROUBLES.flatMap((state) => {
    const ofState = troubled.filter((one) => one.state === state);
    const [worst] = ofState;
    if (!worst) return [];
    const { count, oldestSince, allWaiting: waiting, causes } = worst;
    const since = oldestSince?.toISOString() ?? null;
    return [{ state, count, since, waiting, causes, webhooks: ofState.flatMap(shown) }];
  });
  return { data: groups };
}
