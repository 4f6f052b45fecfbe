import { hiddenIn, keepMasked, originOf, type Credentials } from '../../contract/hiddenValues.ts';
import { MASKED_VALUE } from '../../contract/maskedHeaders.ts';
import type { WebhookSettings } from '../../contract/webhookSettings.ts';

/**
 * The settings after a change, with the real values where a caller sent the masks that he was shown. As hidden headers are, what he
 * cannot read is forgotten when the URL's origin changes.
 */
export function credentialsAfter(sent: WebhookSettings, stored: WebhookSettings): WebhookSettings {
  if (originOf(sent.url) === originOf(stored.url)) return keepMasked(sent, stored);
  const known = new Set([MASKED_VALUE, ...Object.values(hiddenIn(stored))]);
  const holdsKnown = (part: Partial<Credentials>) =>
    Object.values(hiddenIn({ signatures: [], auth: null, tls: null, ...part })).some((value) => known.has(value));
  return {
    ...sent,
    signatures: sent.signatures.filter((signature) => !holdsKnown({ signatures: [signature] })),
    auth: holdsKnown({ auth: sent.auth }) ? null : sent.auth,
    tls: holdsKnown({ tls: sent.tls }) ? withoutCertificate(sent.tls) : sent.tls,
  };
}

function withoutCertificate(tls: WebhookSettings['tls']): WebhookSettings['tls'] {
  return tls?.ca === undefined ? null : { ca: tls.ca };
}
