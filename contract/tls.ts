import { Type, type Static } from 'typebox';
import { Strict } from './primitives.ts';

const Pem = (description: string) =>
  Type.Optional(
    Type.String({ minLength: 1, maxLength: 32_768, description, examples: ['-----BEGIN CERTIFICATE-----\n…'] }),
  );

/** Whom Relay believes that it speaks to the receiver, and how it proves itself there. */
export const TlsInput = Strict(
  {
    ca: Pem('certificate authorities to trust instead of the well-known ones, PEM'),
    certificate: Pem('the client certificate, with those between it and its root, PEM'),
    key: Pem('its private key, PEM without a password; masked on read'),
  },
  { title: 'Tls', minProperties: 1 },
);
export type Tls = Static<typeof TlsInput>;
