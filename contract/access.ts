import { Type, type Static } from 'typebox';
import {
  ClientId,
  listParameters,
  Nullable,
  OneOf,
  Page,
  spanParameters,
  Strict,
  Timestamp,
  Uuid,
} from './primitives.ts';
import { SCOPES } from './scopes.ts';

const Scopes = Type.Array(OneOf(SCOPES), { minItems: 1, uniqueItems: true });
const KeyName = Type.String({
  maxLength: 200,
  pattern: '^[^\\p{Cc}\\p{Cs}]*[^\\p{Cc}\\p{Cs}\\s][^\\p{Cc}\\p{Cs}]*$',
  description: 'a text without control characters',
  examples: ['Billing module'],
});

export const NewApiKey = Strict({
  name: KeyName,
  scopes: Scopes,
  clientId: Type.Optional(Nullable(ClientId)),
  rateLimitPerMinute: Type.Optional(
    Nullable(Type.Integer({ minimum: 0, maximum: 10_000_000, description: '0 is unlimited; null is the default' })),
  ),
  expiresAt: Type.Optional(Nullable(Timestamp)),
});
export type NewApiKey = Static<typeof NewApiKey>;

export const ApiKey = Type.Object({
  id: Uuid,
  name: Type.String(),
  scopes: Scopes,
  clientId: Nullable(ClientId),
  rateLimitPerMinute: Nullable(Type.Integer()),
  expiresAt: Nullable(Timestamp),
  lastUsedAt: Nullable(Timestamp),
  createdAt: Timestamp,
});
export type ApiKey = Static<typeof ApiKey>;

/** The key's record and, this once, the key itself. */
export const ApiKeyWithSecret = Type.Object({ ...ApiKey.properties, key: Type.String({ examples: ['rk_…'] }) });
export const ApiKeyPage = Page(ApiKey);
export const ApiKeyListQuery = Strict(listParameters);
export type ApiKeyListQuery = Static<typeof ApiKeyListQuery>;

/** Who is calling, as the caller may know it. */
export const Me = Type.Object({
  keyId: Type.String(),
  name: Type.String(),
  clientId: Nullable(ClientId),
  scopes: Type.Array(OneOf(SCOPES)),
});
export type Me = Static<typeof Me>;

export const SignIn = Strict({ key: Type.String({ minLength: 1, maxLength: 512 }) });

export const AUDIT_ACTIONS = [
  'webhook.created',
  'webhook.updated',
  'webhook.deleted',
  'webhook.secret_rotated',
  'key.created',
  'key.revoked',
  'delivery.retried',
  'delivery.cancelled',
  'event.replayed',
  'event_type.created',
  'event_type.updated',
  'event_type.deleted',
  'batch.started',
  'batch.cancelled',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const AuditEntry = Type.Object({
  id: Uuid,
  at: Timestamp,
  actor: Type.Object({ keyId: Type.String(), name: Type.String() }),
  action: OneOf(AUDIT_ACTIONS),
  target: Type.Object({ type: Type.String(), id: Type.String() }),
  changes: Type.Record(Type.String(), Type.Object({ before: Type.Unknown(), after: Type.Unknown() }), {
    description: 'What changed, member by member, without secrets',
  }),
  requestId: Type.String(),
  ip: Type.String(),
});
export type AuditEntry = Static<typeof AuditEntry>;
export const AuditPage = Page(AuditEntry);
export const AuditListQuery = Strict({
  ...listParameters,
  ...spanParameters,
  actor: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "the key's id" })),
  action: Type.Optional(OneOf(AUDIT_ACTIONS)),
  targetId: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
});
export type AuditListQuery = Static<typeof AuditListQuery>;
