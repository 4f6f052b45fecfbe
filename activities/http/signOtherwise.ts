import { createHmac } from 'node:crypto';
import type { Signature } from '../../contract/signatures.ts';
import type { Signable } from './sign.ts';

/**
 * The headers of other schemes than Standard Webhooks, with lower-case names (docs/CONTRACT.md §11). Those that have ended sign no
 * more; two of one header stand in it with a comma between them (RFC 9110 §5.3).
 */
export function otherSignatures(
  signatures: readonly Signature[],
  { id, timestamp, body }: Omit<Signable, 'secrets'>,
): Record<string, string> {
  const seconds = String(Math.floor(timestamp.getTime() / 1000));
  const contents = { body, 'timestamp.body': `${seconds}.${body}`, 'id.timestamp.body': `${id}.${seconds}.${body}` };
  const headers: Record<string, string> = {};
  for (const { header, algorithm, content, encoding, template, secret, until } of signatures) {
    if (until !== null && Date.parse(until) <= timestamp.getTime()) continue;
    const signature = createHmac(algorithm, secret).update(contents[content]).digest(encoding);
    const value = template.replaceAll('{timestamp}', seconds).replaceAll('{signature}', signature);
    const name = header.toLowerCase();
    headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
  }
  return headers;
}
