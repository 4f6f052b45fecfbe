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
  PLAIN,
} from './primitives.ts';
import { SCOPES } from './scopes.ts';

const Scopes = Type.Array(OneOf(SCOPES), { minItems: 1, uniqueItems: true, examples: [['events:write']] });
const KeyName = Type.String({
  maxLength: 200,
  pattern: PLAIN.notBlank,
  description: 'a text without control characters',
  examples: ['Billing module'],
});

export const ApiKeyInput = Strict(
  {
    name: KeyName,
    scopes: Scopes,
    clientId: Type.Optional(
      Nullable(ClientId, { description: 'the only client it may see and post for; null for all' }),
    ),
    rateLimitPerMinute: Type.Optional(
      Nullable(Type.Integer({ minimum: 0, maximum: 10_000_000, description: '0 is unlimited; null is the default' })),
    ),
    expiresAt: Type.Optional(Nullable(Timestamp, { description: 'when it ends; null for never' })),
  },
  { title: 'ApiKeyInput' },
);
export type ApiKeyInput = Static<typeof ApiKeyInput>;

const KEY_KINDS = ['key', 'link', 'person'] as const;

export const ApiKey = Type.Object(
  {
    id: Uuid,
    name: Type.String({ examples: ['Billing module'] }),
    kind: OneOf(KEY_KINDS, {
      description:
        'a key that somebody was shown, or one that a session stands for: by a link, or of a person that signed in',
      examples: ['key'],
    }),
    scopes: Scopes,
    clientId: Nullable(ClientId, { description: 'null for all clients' }),
    rateLimitPerMinute: Nullable(Type.Integer(), {
      description: '0 is unlimited; null is the default',
      examples: [null],
    }),
    expiresAt: Nullable(Timestamp, { examples: [null] }),
    lastUsedAt: Nullable(Timestamp, { examples: [null] }),
    createdAt: Timestamp,
  },
  { title: 'ApiKey' },
);
export type ApiKey = Static<typeof ApiKey>;

/** The key's record and, this once, the key itself. */
export const ApiKeyWithSecret = Type.Object(
  { ...ApiKey.properties, key: Type.String({ description: 'shown only in this answer', examples: ['rk_…'] }) },
  { title: 'ApiKeyWithSecret' },
);
export type ApiKeyWithSecret = Static<typeof ApiKeyWithSecret>;
export const ApiKeyPage = Page(ApiKey, { title: 'ApiKeyPage' });
export const ApiKeyListQuery = Strict(listParameters);
export type ApiKeyListQuery = Static<typeof ApiKeyListQuery>;

/** Who acts: a key, or a person that has signed in by an OpenID provider. */
const Actor = {
  keyId: Type.Optional(
    Type.String({ description: 'of the key; a person has none', examples: ['0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10'] }),
  ),
  userId: Type.Optional(Type.String({ description: 'of the person; a key has none' })),
  name: Type.String({ examples: ['Billing module'] }),
};

/** Who is calling, as the caller may know it. */
export const Me = Type.Object(
  {
    ...Actor,
    role: Type.Optional(Type.String({ description: "a person's roles that count, with commas between them" })),
    clientId: Nullable(ClientId, { description: 'null for all clients' }),
    scopes: Type.Array(OneOf(SCOPES), { examples: [['events:write']] }),
  },
  { title: 'Me' },
);
export type Me = Static<typeof Me>;

/** How people can sign in besides with an API key. */
export const SignInWays = Type.Object(
  {
    openId: Nullable(
      Type.Object({
        provider: Type.String({ description: 'the host of the OpenID provider', examples: ['login.example.com'] }),
        url: Type.String({ description: 'where a browser begins', examples: ['/auth/sign-in'] }),
      }),
      { description: 'null where there is none' },
    ),
  },
  { title: 'SignInWays' },
);
export type SignInWays = Static<typeof SignInWays>;

/** What people get whose groups have a name. */
export const Role = Type.Object(
  {
    name: Type.String({ description: 'the value of the claim', examples: ['relay-admins'] }),
    clientId: Nullable(ClientId, { description: 'the only client that they see; null for all' }),
    scopes: Type.Array(OneOf(SCOPES), { examples: [['admin']] }),
  },
  { title: 'Role' },
);
export type Role = Static<typeof Role>;
export const RoleList = Type.Object(
  {
    claim: Nullable(Type.String(), {
      description: 'the claim whose values these are; null where nobody signs in by OpenID Connect',
      examples: ['groups'],
    }),
    data: Type.Array(Role, { description: 'in the order in which they count' }),
  },
  { title: 'RoleList' },
);
export type RoleList = Static<typeof RoleList>;

export const SignIn = Strict(
  { key: Type.String({ minLength: 1, maxLength: 512, description: 'an API key', examples: ['test-api-key-12345'] }) },
  { title: 'SignIn' },
);
export type SignIn = Static<typeof SignIn>;

export const SessionLinkInput = Strict(
  {
    clientId: ClientId,
    scopes: Scopes,
    expiresInSeconds: Type.Integer({
      minimum: 1,
      maximum: 86_400,
      default: 3600,
      description: 'how long it can be opened',
      examples: [3600],
    }),
  },
  { title: 'SessionLinkInput' },
);
export type SessionLinkInput = Static<typeof SessionLinkInput>;

export const SessionLink = Type.Object(
  {
    url: Type.String({
      description: 'signs in whoever opens it first; shown only in this answer',
      examples: ['https://relay.example.com/links/q2hXv0cTzv…'],
    }),
    expiresAt: Timestamp,
  },
  { title: 'SessionLink' },
);
export type SessionLink = Static<typeof SessionLink>;

export const AUDIT_ACTIONS = [
  'webhook.created',
  'webhook.updated',
  'webhook.deleted',
  'webhook.secret_rotated',
  'key.created',
  'key.revoked',
  'session_link.created',
  'person.signed_in',
  'delivery.retried',
  'delivery.cancelled',
  'delivery.signed',
  'delivery.sent_elsewhere',
  'event.replayed',
  'event.erased',
  'event_type.created',
  'event_type.updated',
  'event_type.deleted',
  'batch.started',
  'batch.cancelled',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Stands for a value of more than 1 KiB; of less, where an entry would be more than 16 KiB. */
export interface ShortenedValue {
  shortened: true;
  /** How its JSON begins. */
  start: string;
  /** The length of its JSON. */
  bytes: number;
  /** Of its JSON, in hexadecimal digits. */
  sha256: string;
}

export const AuditEntry = Type.Object(
  {
    id: Uuid,
    at: Timestamp,
    actor: Type.Object(Actor),
    action: OneOf(AUDIT_ACTIONS),
    target: Type.Object({
      type: Type.String({ examples: ['webhook'] }),
      id: Type.String({ examples: ['0191b2f4-7c1e-7b7e-9d5a-3f1f6c1f2a10'] }),
    }),
    changes: Type.Record(Type.String(), Type.Object({ before: Type.Unknown(), after: Type.Unknown() }), {
      description:
        'what changed, member by member, without secrets; a value of more than 1 KiB, or less in an entry of more than 16 KiB, as its beginning and SHA-256: `{ shortened: true, start, bytes, sha256 }`',
      examples: [{ name: { before: null, after: 'Billing' } }],
    }),
    requestId: Type.String({ examples: ['5f0c2a1e-8d0b-4a55-9f0e-2f6a3a0b7c11'] }),
    ip: Type.String({ examples: ['192.0.2.7'] }),
  },
  { title: 'AuditEntry' },
);
export type AuditEntry = Static<typeof AuditEntry>;
export const AuditPage = Page(AuditEntry, { title: 'AuditPage' });
export const AuditListQuery = Strict({
  ...listParameters,
  ...spanParameters,
  actor: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: "the key's id, or the person's" })),
  action: Type.Optional(OneOf(AUDIT_ACTIONS)),
  targetId: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
});
export type AuditListQuery = Static<typeof AuditListQuery>;
