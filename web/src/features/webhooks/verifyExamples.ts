/** How receivers verify a delivery, with the Standard Webhooks libraries, by language. */
export function verifyExamples(): Record<string, string> {
  return {
    TypeScript: `import { Webhook } from 'standardwebhooks';

// rawBody: the request's body as it came, before any parsing
const event = new Webhook(process.env.WEBHOOK_SECRET).verify(rawBody, request.headers);`,
    Python: `from standardwebhooks import Webhook

# raw_body: the request's body as it came, before any parsing
event = Webhook(os.environ["WEBHOOK_SECRET"]).verify(raw_body, request.headers)`,
    Go: `import standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

wh, err := standardwebhooks.NewWebhook(os.Getenv("WEBHOOK_SECRET"))
// body: the request's body as it came, before any parsing
err = wh.Verify(body, request.Header)`,
    'Any language': `signed    = webhook-id + "." + webhook-timestamp + "." + raw body
key       = base64-decode(secret without "whsec_")
expected  = "v1," + base64(HMAC-SHA256(key, signed))
accept when one of the space-separated webhook-signature values equals expected (compared in constant time)
and webhook-timestamp is within five minutes; ignore a webhook-id that was taken before`,
  };
}
