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
