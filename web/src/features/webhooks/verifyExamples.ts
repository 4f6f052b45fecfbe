import go from '../../../../docs/verify/verify.go?raw';
import java from '../../../../docs/verify/RelaySignature.java?raw';
import php from '../../../../docs/verify/verify.php?raw';
import python from '../../../../docs/verify/verify.py?raw';
import ruby from '../../../../docs/verify/verify.rb?raw';
import typescript from '../../../../docs/verify/verify.ts?raw';

const ANY_LANGUAGE = `signed    = webhook-id + "." + webhook-timestamp + "." + raw body
key       = base64-decode(secret without "whsec_")
expected  = "v1," + base64(HMAC-SHA256(key, signed))
accept when one of the space-separated webhook-signature values equals expected (compared in constant time)
and webhook-timestamp is within five minutes; ignore a webhook-id that was taken before`;

/** How receivers verify a delivery, by language: the files of docs/verify, which the tests run. */
export const VERIFY_EXAMPLES: Record<string, string> = {
  TypeScript: typescript,
  Python: python,
  Go: go,
  Java: java,
  PHP: php,
  Ruby: ruby,
  'Any language': ANY_LANGUAGE,
};

/** What an example calls a webhook's secret and its address, filled with the webhook's own. */
export interface EndpointData {
  url: string;
  webhookId: string;
  /** The `webhook-id` of a delivery that was made, to look for in the receiver's log. */
  lastEventId: string | null;
}

/** What of an endpoint its receiver must know, as comments above the code of a language. */
export function withEndpoint(code: string, language: string, { url, webhookId, lastEventId }: EndpointData): string {
  const mark = language === 'Python' || language === 'Ruby' || language === 'Any language' ? '#' : '//';
  const path = new URL(url).pathname;
  const lines = [
    `POST ${path} on ${new URL(url).host} receives the deliveries of webhook ${webhookId}.`,
    `secret: the whsec_… that was shown when the webhook was made or its secret rotated; read it from ${secretName(webhookId)}.`,
    ...(lastEventId ? [`The latest delivery came with webhook-id: ${lastEventId}`] : []),
  ];
  const comment = lines.map((line) => `${mark} ${line}`).join('\n');
  // PHP begins with its tag, which must stay first.
  return code.startsWith('<?php') ? code.replace('<?php', `<?php\n${comment}`) : `${comment}\n\n${code}`;
}

/** The environment variable that a receiver with several webhooks would keep the secret in. */
function secretName(webhookId: string): string {
  return `RELAY_SECRET_${webhookId.slice(-8).toUpperCase()}`;
}
