import { Type, type Static } from 'typebox';
import { OneOf, PLAIN, Strict } from './primitives.ts';

export const AUTH_TYPES = ['basic', 'bearer', 'oauth2'] as const;
type AuthType = (typeof AUTH_TYPES)[number];

const Text = (description: string, maxLength = 1024) =>
  Type.Optional(Type.String({ minLength: 1, maxLength, pattern: PLAIN.text, description }));

/** How Relay proves who it is to a receiver; which members there are goes by `type` ({@link AUTH_MEMBERS}). */
export const AuthInput = Strict(
  {
    type: OneOf(AUTH_TYPES, { examples: ['bearer'] }),
    username: Text('of `basic`; without a colon'),
    password: Text('of `basic`; masked on read'),
    token: Text('of `bearer`; masked on read', 4096),
    tokenUrl: Text('of `oauth2`: where tokens are got with client credentials', 2048),
    clientId: Text('of `oauth2`'),
    clientSecret: Text('of `oauth2`; masked on read'),
    scope: Text('of `oauth2`, if the token server wants it'),
    audience: Text('of `oauth2`, if the token server wants it'),
  },
  { title: 'Auth', examples: [{ type: 'bearer', token: 'a-token-of-the-receiver' }] },
);
export type Auth = Static<typeof AuthInput>;
type AuthMember = Exclude<keyof Auth, 'type'>;

/** The members of each type. */
export const AUTH_MEMBERS: Record<AuthType, { required: AuthMember[]; optional: AuthMember[] }> = {
  basic: { required: ['username', 'password'], optional: [] },
  bearer: { required: ['token'], optional: [] },
  oauth2: { required: ['tokenUrl', 'clientId', 'clientSecret'], optional: ['scope', 'audience'] },
};
