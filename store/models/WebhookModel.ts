import { Model } from 'objection';
import { jsonSettings } from '../../contract/settingsTable.ts';
import { SETTINGS, type WebhookSettings } from '../../contract/webhookSettings.ts';
import type { HealthState } from '../../contract/statuses.ts';
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
  /** Since when it is not active; null for an active one, and where a release before has disabled it. */
  declare disabledAt: Date | null;
  declare consecutiveFailures: number;
  declare healthState: HealthState;
  /** Down: the first failure of the row that it went down by. Healthy: since when again; null when it has never been down. */
  declare healthSince: Date | null;
  declare downAt: Date | null;
  declare nextTrialAt: Date | null;
  declare trials: number;
  declare healthError: string | null;
  /** Whether the ladder's workflow has heard of what it is now (temporal/healthWatch.ts). */
  declare isWatched: boolean;
  declare createdAt: Date;
  declare updatedAt: Date;
  declare deletedAt: Date | null;
  /** Whether what waits for it is still being closed (store/deliveries/closeWaiting.ts). */
  declare isClosing: boolean;
  /** When `ordering` was changed, until what waits goes by what it is now (store/order/releaseTurns.ts). */
  declare orderChangedAt: Date | null;
  /** Which of its client's changes it is as of (store/functions/count_webhook_change.sql): a `bigint`, which pg reads as text. */
  declare changedAs: string;
  /** The hidden values of its headers (store/secrets/hiddenHeaders.ts). */
  declare sealedSettings: Buffer | null;
  /** Of its key pair, with `asymmetric`. */
  declare publicKey: string | null;
  /** The hidden values of its other settings, and its private key (store/secrets/hiddenCredentials.ts). */
  declare sealedCredentials: Buffer | null;
  declare secrets?: WebhookSecretModel[];
}
