import { maskHeaders } from '../../contract/maskedHeaders.ts';
import { buildHeaders, type HeaderSources } from './requestHeaders.ts';

/** Stands for what is not kept. */
const NOT_KEPT = '…';

/**
 * The headers of a request as they are kept with its attempt: authorization-like values of the webhook's own masked. Nor are
 * signatures kept: of a scheme without a time of its own they would stay valid for whoever reads them.
 */
export function keptHeaders(sources: HeaderSources): Record<string, string> {
  const { webhookHeaders, signature, otherSignatures = {} } = sources;
  return buildHeaders({
    ...sources,
    webhookHeaders: maskHeaders(webhookHeaders),
    signature: { ...signature, 'webhook-signature': `v1,${NOT_KEPT}` },
    otherSignatures: Object.fromEntries(Object.keys(otherSignatures).map((name) => [name, NOT_KEPT])),
  });
}
