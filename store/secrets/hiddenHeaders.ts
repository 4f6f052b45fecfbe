import { isMask, isSensitiveHeader, maskHeaders } from '../../contract/maskedHeaders.ts';
import type { SecretBox } from '../../ops/secretBox.ts';
import type { WebhookModel } from '../models/WebhookModel.ts';
import { purposeOfSettings } from './purposes.ts';
import type { Sealer } from './sealingKey.ts';

type Headers = Record<string, string>;
/** The columns that hold a webhook's headers: all names with what may be read, and what may not, sealed. */
export type StoredHeaders = Pick<WebhookModel, 'headers' | 'sealedSettings'>;

/** What is sealed, as JSON. */
interface Hidden {
  headers: Headers;
}

/** The headers of a webhook as this process can use them. */
export interface OpenedHeaders {
  /** With their real values; null when one of them cannot be opened. */
  real: Headers | null;
  /** Why not. */
  failure?: unknown;
}

/** A webhook's headers as they are to be stored: the values of authorization-like ones sealed, as soon as all processes can open that. */
export function sealHeaders(headers: Headers, webhookId: string, sealer: Sealer): StoredHeaders {
  if (!sealer.isBound || !holdsHidden(headers)) return { headers, sealedSettings: null };
  const hidden: Hidden = {
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => isSensitiveHeader(name))),
  };
  return {
    headers: maskHeaders(headers),
    sealedSettings: sealer.seal(JSON.stringify(hidden), purposeOfSettings(webhookId)),
  };
}

/** Opens what is stored of a webhook's headers; never throws for what it finds there. */
export function openHeaders(
  { id, headers, sealedSettings }: StoredHeaders & { id: string },
  box: SecretBox,
): OpenedHeaders {
  if (!Object.entries(headers).some(([name, value]) => isMask(name, value))) return { real: headers };
  try {
    if (!sealedSettings) throw new Error('The values of headers are missing');
    const { text, isBound } = box.open(sealedSettings, purposeOfSettings(id));
    if (!isBound) throw new Error('The values of headers were sealed for something else');
    const hidden = JSON.parse(text) as Hidden;
    const real = Object.entries(headers).map(([name, value]) => {
      if (!isMask(name, value)) return [name, value] as const;
      const sealed = hidden.headers[name];
      if (sealed === undefined) throw new Error('The value of a header is missing');
      return [name, sealed] as const;
    });
    return { real: Object.fromEntries(real) };
  } catch (failure) {
    return { real: null, failure };
  }
}

/** Whether any of them is hidden from readers. */
export function holdsHidden(headers: Headers): boolean {
  return Object.keys(headers).some(isSensitiveHeader);
}
