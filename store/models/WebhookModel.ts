import { Model } from 'objection';
import type { RetryPolicy } from '../../contract/retrySchedule.ts';
import type { RateLimit } from '../../contract/webhooks.ts';
import { WebhookSecretModel } from './WebhookSecretModel.ts';

export class WebhookModel extends Model {
  static override tableName = 'webhooks';
  static override jsonAttributes = ['headers', 'retryPolicy', 'rateLimit'];
  static override relationMappings = {
    secrets: {
      relation: Model.HasManyRelation,
      modelClass: WebhookSecretModel,
      join: { from: 'webhooks.id', to: 'webhook_secrets.webhookId' },
    },
  };

  declare id: string;
  declare clientId: string;
  declare name: string;
  declare url: string;
  declare eventTypes: string[];
  declare headers: Record<string, string>;
  declare retryPolicy: RetryPolicy;
  declare rateLimit: RateLimit | null;
  declare timeoutMs: number;
  declare isActive: boolean;
  declare disabledReason: string | null;
  declare consecutiveFailures: number;
  declare createdAt: Date;
  declare updatedAt: Date;
  declare deletedAt: Date | null;
  /** Whether what waits for it is still being closed (store/deliveries/closeWaiting.ts). */
  declare isClosing: boolean;
  declare secrets?: WebhookSecretModel[];
}
