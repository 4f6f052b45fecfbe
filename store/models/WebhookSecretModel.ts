import { Model } from 'objection';

/** One of a webhook's signing secrets, encrypted; live until `expiresAt`. */
export class WebhookSecretModel extends Model {
  static override tableName = 'webhook_secrets';

  declare id: string;
  declare webhookId: string;
  declare ciphertext: Buffer;
  declare createdAt: Date;
  declare expiresAt: Date | null;
}
