import { Model } from 'objection';
import { jsonSettings } from '../../contract/settingsTable.ts';
import { SETTINGS, type WebhookSettings } from '../../contract/webhookSettings.ts';
import type { DisabledBy } from '../deliveries/webhookState.ts';
import { WebhookSecretModel } from './WebhookSecretModel.ts';

/** A model whose rows have a column for each setting. */
const RowOfSettings = Model as Pick<typeof Model, keyof typeof Model> & (new () => Model & WebhookSettings);

export class WebhookModel extends RowOfSettings {
  static override tableName = 'webhooks';
  static override jsonAttributes = jsonSettings(SETTINGS);
  static override relationMappings = {
    secrets: {
      relation: Model.HasManyRelation,
      modelClass: WebhookSecretModel,
      join: { from: 'webhooks.id', to: 'webhook_secrets.webhookId' },
    },
  };

  declare id: string;
  declare clientId: string;
  declare disabledReason: string | null;
  /** Generated from `disabledReason`; null while it is active. */
  declare readonly disabledBy: DisabledBy | null;
  declare consecutiveFailures: number;
  declare createdAt: Date;
  declare updatedAt: Date;
  declare deletedAt: Date | null;
  /** Whether what waits for it is still being closed (store/deliveries/closeWaiting.ts). */
  declare isClosing: boolean;
  declare secrets?: WebhookSecretModel[];
}
