import { Type, type Static } from 'typebox';
import { Nullable, OneOf, Strict } from './primitives.ts';

/** The most signatures of other schemes. */
const MAX_SIGNATURES = 2;

const ALGORITHMS = ['sha1', 'sha256', 'sha512'] as const;
const CONTENTS = ['body', 'timestamp.body', 'id.timestamp.body'] as const;
const ENCODINGS = ['hex', 'base64'] as const;

const SecretText = Type.String({
  minLength: 1,
  maxLength: 1024,
  description: 'what the receiver verifies with, taken as text; masked on read',
  examples: ['it-is-a-secret'],
});
const Until = Type.String({
  format: 'date-time',
  description: 'when it ends, for the overlap with another',
  examples: ['2026-01-31T12:00:00.000Z'],
});

/** A signature beside the standard ones; what is left out is as GitHub has it but for the header (docs/CONTRACT.md §11). */
export const SignatureInput = Strict(
  {
    header: Type.String({ minLength: 1, maxLength: 256, examples: ['X-Hub-Signature-256'] }),
    algorithm: Type.Optional(OneOf(ALGORITHMS, { description: 'of the HMAC; sha256', examples: ['sha256'] })),
    content: Type.Optional(OneOf(CONTENTS, { description: 'what is signed; body', examples: ['body'] })),
    encoding: Type.Optional(OneOf(ENCODINGS, { description: 'hex', examples: ['hex'] })),
    template: Type.Optional(
      Type.String({
        pattern: '^[\\x20-\\x7e]{1,256}$',
        description: "the header's value: `{signature}`, and `{timestamp}` in Unix seconds, stand in it",
        examples: ['sha256={signature}'],
      }),
    ),
    secret: SecretText,
    until: Type.Optional(Nullable(Until)),
  },
  { title: 'SignatureInput' },
);

const SignatureSchema = Type.Object(
  {
    header: Type.String({ examples: ['X-Hub-Signature-256'] }),
    algorithm: OneOf(ALGORITHMS),
    content: OneOf(CONTENTS),
    encoding: OneOf(ENCODINGS),
    template: Type.String({ examples: ['sha256={signature}'] }),
    secret: Type.String({ description: 'masked', examples: ['********'] }),
    until: Nullable(Until),
  },
  { title: 'Signature' },
);
export type Signature = Static<typeof SignatureSchema>;

export const SignatureInputs = Type.Array(SignatureInput, { maxItems: MAX_SIGNATURES });
export const Signatures = Type.Array(SignatureSchema);

/** A signature with what was left out. */
export function settledSignature(given: Static<typeof SignatureInput>): Signature {
  const defaults = { algorithm: 'sha256', content: 'body', encoding: 'hex', template: '{signature}' } as const;
  return { ...defaults, ...given, until: given.until ?? null };
}

/** How well-known schemes sign, but for the secret. */
export const SIGNATURE_PRESETS: Record<'github' | 'stripe' | 'shopify', Omit<Signature, 'secret' | 'until'>> = {
  // https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
  github: {
    header: 'X-Hub-Signature-256',
    algorithm: 'sha256',
    content: 'body',
    encoding: 'hex',
    template: 'sha256={signature}',
  },
  // https://docs.stripe.com/webhooks#verify-manually
  stripe: {
    header: 'Stripe-Signature',
    algorithm: 'sha256',
    content: 'timestamp.body',
    encoding: 'hex',
    template: 't={timestamp},v1={signature}',
  },
  // https://shopify.dev/docs/apps/build/webhooks/subscribe/https
  shopify: {
    header: 'X-Shopify-Hmac-SHA256',
    algorithm: 'sha256',
    content: 'body',
    encoding: 'base64',
    template: '{signature}',
  },
};
