import { signatureHeaders } from '../../activities/http/sign.ts';
import { otherSignatures } from '../../activities/http/signOtherwise.ts';
import { webhookBody } from '../../activities/webhookBody.ts';
import type { RequestToSign, SignedRequest } from '../../contract/deliveries.ts';
import { MASKED_VALUE } from '../../contract/maskedHeaders.ts';
import { inCommand } from '../audit/inCommand.ts';
import type { Caller } from '../http/caller.ts';
import { notFound } from '../http/problem.ts';
import { signableWebhook, type SignServices } from '../webhooks/sendOnce.ts';
import { eventToSend, needScopes } from './eventToSend.ts';
import { attemptsOfDelivery, findDelivery } from './queries.ts';
import { headersOfNow, sentRequest, UNKNOWN } from './sentRequest.ts';

/**
 * A request of a delivery with its real signatures, to be made by hand: as an attempt sent it, or as one would be sent now. What
 * proves who sends in another way than by a signature stays masked (docs/adr/0018-a-request-to-make-by-hand.md).
 * @throws ApiProblem `not_found`, `forbidden`, `payload_erased`, or `unavailable` when a secret cannot be opened here.
 */
export async function signRequest(
  services: SignServices,
  caller: Caller,
  id: string,
  { attempt: number }: RequestToSign,
): Promise<SignedRequest> {
  const { db, publicUrl } = services;
  const delivery = await findDelivery(db, caller, id);
  needScopes(caller, ['events:read'], 'the body is the event’s payload');
  const event = await eventToSend(db, delivery.eventId);
  const { webhook, secrets } = await signableWebhook(services, delivery.webhookId);
  const { url, headers } = await unsigned();
  const signable = {
    id: event.id,
    timestamp: new Date(Number(headers['webhook-timestamp']) * 1000),
    body: webhookBody({ ...event, eventId: event.id }, delivery.format ?? 'standard', publicUrl),
  };
  // Whoever makes it is in no trace of Relay's.
  const { traceparent: _, ...own } = headers;
  const signed = {
    ...own,
    ...otherSignatures(webhook.signatures, signable),
    ...signatureHeaders({ ...signable, secrets, privateKey: webhook.privateKey }),
  };
  const result: SignedRequest = { method: 'POST', url, headers: signed, masked: maskedIn(signed), body: signable.body };
  return inCommand(services, caller, () =>
    Promise.resolve({
      result,
      target: { type: 'delivery' as const, id, clientId: delivery.clientId },
      entry: { action: 'delivery.signed' as const, after: { attempt: number ?? 'now', url } },
    }),
  );

  async function unsigned(): Promise<{ url: string; headers: Record<string, string> }> {
    if (number === undefined)
      return { url: webhook.url, headers: headersOfNow(delivery, { startedAt: new Date() }, webhook) };
    const attempts = await attemptsOfDelivery(db, id);
    const attempt = attempts.find((one) => one.number === number);
    if (!attempt) throw notFound('attempt');
    return sentRequest(delivery, attempt, webhook);
  }
}

function maskedIn(headers: Record<string, string>): string[] {
  return Object.keys(headers).filter((name) => headers[name] === MASKED_VALUE || headers[name] === UNKNOWN);
}
